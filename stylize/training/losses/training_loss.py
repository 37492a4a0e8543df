"""What every trainer that paints minimises: crops painted as they will be saved, judged, and charged for artifacts.

The painter, the encoder and a taught style differ in where the style vectors come from, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from stylize.errors import TrainingError
from stylize.training.device import autocast
from stylize.training.losses.artifacts import artifacts
from stylize.training.losses.perceptual import Losses, StyleTarget, perceptual_losses
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import MULTIPLE, PAD, Painter, limited, paint

JITTER = (
    8  # pixels: painting and photo are cropped by the same 0..7, so that the loss network's grid has no fixed place
)

PaintFunction = Callable[[Painter, Tensor, Tensor, Tensor, int], Tensor]  # as `models.painter.paint`


class PaintedLosses(NamedTuple):
    """A batch of painted crops and what they cost."""

    perceptual: Losses  # each [N]
    painted: Tensor  # [N, 3, S, S] in 0..1
    unlimited: Tensor  # the same before it was limited
    photos: Tensor

    def artifacts(self) -> Tensor:
        """The charge for artifacts [N]."""
        return artifacts(self.painted, self.photos)

    def total(self) -> Tensor:
        """The weighted sum of all [N]."""
        return self.perceptual.total() + self.artifacts()


class TrainingLoss:
    """Paints crops and judges them with a loss network.

    `pad` pixels of reflection surround a crop. The loss network sees it without `jitter` pixels in each direction.
    `compiled` uses torch.compile: faster, and needs a C++ compiler.
    """

    def __init__(
        self,
        network: LossNetwork,
        *,
        pad: int = PAD,
        jitter: int = JITTER,
        compiled: bool = False,
        paint: PaintFunction = paint,
    ) -> None:
        self.device = next(network.parameters()).device
        self.network = network.to(memory_format=torch.channels_last)
        self.pad, self.jitter = pad, jitter
        self.paint = torch.compile(paint) if compiled else paint
        self._judge = torch.compile(perceptual_losses) if compiled else perceptual_losses

    def __call__(
        self,
        painter: Painter,
        photos: Tensor,
        grained: Tensor,
        vectors: Tensor,
        target: StyleTarget,
        offset: tuple[int, int] = (0, 0),
    ) -> PaintedLosses:
        """The losses of `photos` [N, 3, S, S] (`grained`: with noise) painted with `vectors` [N or 1, style_size].

        `target` holds each picture's painting; `offset` (x, y) is where the loss network's crop begins, below `jitter`.
        """
        photos, grained = (x.to(self.device, memory_format=torch.channels_last) for x in (photos, grained))
        left, top = offset
        crop = (..., slice(top, (top - self.jitter) or None), slice(left, (left - self.jitter) or None))
        with autocast(self.device):
            unlimited = self.paint(painter, photos, vectors, grained, self.pad)
            painted = limited(unlimited)
            losses = self._judge(self.network, painted[crop], photos[crop], target.to(self.device))
        return PaintedLosses(losses, painted, unlimited, photos)


def check_crop(crop: int, pad: int = PAD) -> None:
    """Raises TrainingError if `pad` pixels of reflection, and up to the next multiple, do not fit around a crop."""
    if crop <= pad + -(crop + 2 * pad) % MULTIPLE:
        raise TrainingError(f"{pad} px of reflection do not fit around a crop of {crop} px. Give a larger --crop.")
