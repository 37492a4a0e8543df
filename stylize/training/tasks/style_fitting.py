"""Fit a style vector, or every weight of a copy of the painter, to one painting: the loop behind `teach`.

Transfer learning as in Dumoulin et al. 2017, section 3.2 (https://arxiv.org/abs/1610.07629): the trained convolutions
stay, scale and shift are learnt. With `all_weights` the convolutions are learnt on as well, at a smaller rate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.losses.artifacts import artifacts
from stylize.training.losses.perceptual import StyleTarget, perceptual_losses, style_target
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import PAD, Painter, limited, paint
from stylize.training.precision import autocast
from stylize.training.tasks.painter_trainer import JITTER, check_crop

EARLY = (5, 10)  # steps at which there is a look beside the regular ones, so that something shows at once


@dataclass(frozen=True)
class Settings:
    """How a painting is taught. The learning rate rises over a tenth of the steps and falls to zero."""

    steps: int = 120
    batch: int = 3  # one more takes a third more time and ends no lower
    crop: int = 256  # pixels
    rate: float = 2e-2  # of the style vector
    weight_rate: float = 5e-4  # of the painter's weights, when they are learnt too
    check_every: int = 20  # steps between two looks at photos that are not trained on
    patience: int = 4  # looks without a better loss after which teaching stops
    all_weights: bool = False  # every weight of a copy of the painter, not the style vector alone
    seed: int = 1


@dataclass(frozen=True)
class Look:
    """The state after `step` steps: `loss` on the photos kept for looking, and what had the smallest, `best`, so far.

    That is the style vector [style_size] and the painter that it belongs to (the given one, or a copy).
    """

    step: int
    steps: int
    loss: float
    best: float
    vector: Tensor
    painter: Painter


class Fit:
    """A fit in progress: what is learnt, its optimiser, and the best so far."""

    def __init__(
        self,
        painter: Painter,
        start: Tensor,
        painting: Sequence[Tensor],
        photos: Photos,
        network: LossNetwork,
        settings: Settings,
    ) -> None:
        """`painting` is [3, H, W] at one or more sizes, `start` [style_size]; all on the painter's device."""
        self.digest = _digest([*painting, *painter.parameters()])
        check_crop(settings.crop)
        self.device = next(painter.parameters()).device
        self.painter = deepcopy(painter).to(memory_format=torch.channels_last)
        self.painter.requires_grad_(settings.all_weights)
        self.photos, self.settings = photos, settings
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        with torch.no_grad():
            self.target = style_target(self.network, [painting])
        self.vector = start.clone().to(self.device).requires_grad_()
        groups = [{"params": [self.vector], "peak": settings.rate}]
        if settings.all_weights:
            groups.append({"params": list(self.painter.parameters()), "peak": settings.weight_rate})
        self.optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
        self.step, self.judged, self.worse, self.best = 0, -1, 0, float("inf")
        self.best_vector, self.best_painter = start.clone().cpu(), painter

    def looks(self, checkpoint: Path | None = None) -> Iterator[Look]:
        """Fit to the end, a look at a time; close the iterator to stop. `checkpoint` is written at each look.

        Raises TrainingError if the loss is not finite.
        """
        settings = self.settings
        if checkpoint is not None and checkpoint.exists():
            self.load(checkpoint)
        kept = self.photos.crops(settings.steps, settings.batch, settings.crop, Augmentation(), settings.seed)
        while True:
            regular = self.step % settings.check_every == 0 or self.step >= settings.steps
            if regular or self.step in EARLY:
                loss = mean_loss(self.painter, self.vector, *kept, self.target, self.network)
                if self.step != self.judged:  # a checkpoint was written after its look
                    self._judge(loss, regular)
                if checkpoint is not None:
                    self.save(checkpoint)
                yield Look(self.step, settings.steps, loss, self.best, self.best_vector, self.best_painter)
            if self.worse >= settings.patience or self.step >= settings.steps:
                return
            self._advance()

    def _judge(self, loss: float, regular: bool) -> None:
        self.judged = self.step
        if loss < self.best:
            self.best, self.best_vector, self.worse = loss, self.vector.detach().clone().cpu(), 0
            if self.settings.all_weights:
                self.best_painter = deepcopy(self.painter).requires_grad_(False)
        elif regular:
            self.worse += 1

    def _advance(self) -> None:
        settings, device = self.settings, self.device
        rise = max(1, settings.steps // 10)
        share = min(1.0, (self.step + 1) / rise, (settings.steps - self.step) / (settings.steps - rise + 1))
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * share
        clean, noisy = self.photos.crops(self.step, settings.batch, settings.crop, Augmentation(), settings.seed)
        dx, dy = torch.randint(JITTER, (2,), generator=torch.Generator().manual_seed(self.step)).tolist()
        with autocast(device):
            painted = limited(paint(self.painter, clean.to(device), self.vector[None], noisy.to(device), PAD))
            part = (..., slice(dy, dy - JITTER), slice(dx, dx - JITTER))
            several = self.target.pick(torch.zeros(len(clean), dtype=torch.long))
            losses = perceptual_losses(self.network, painted[part], clean.to(device)[part], several)
        total = (losses.total() + artifacts(painted, clean.to(device))).mean()
        if not torch.isfinite(total):
            raise TrainingError(f"Teaching diverged at step {self.step}; use a smaller --rate.")
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()
        self.step += 1

    def _identity(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to be of this fit."""
        return {"settings": asdict(self.settings), "digest": self.digest}

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "of": self._identity(),
            "step": self.step,
            "worse": self.worse,
            "best": self.best,
            "vector": self.vector.detach(),
            "best_vector": self.best_vector,
            "optimizer": self.optimizer.state_dict(),
        }
        if self.settings.all_weights:
            state |= {"painter": self.painter.state_dict(), "best_painter": self.best_painter.state_dict()}
        with atomic_path(path) as part:
            torch.save(state, part)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of this very fit; one of another painting or of other settings is left alone.

        Raises TrainingError if it cannot be read.
        """
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if state["of"] != self._identity():
                return
            self.optimizer.load_state_dict(state["optimizer"])
            with torch.no_grad():
                self.vector.copy_(state["vector"])
            if self.settings.all_weights:
                self.painter.load_state_dict(state["painter"])
                self.best_painter = deepcopy(self.painter).requires_grad_(False)
                self.best_painter.load_state_dict(state["best_painter"])
            self.step, self.worse, self.best = state["step"], state["worse"], state["best"]
            self.best_vector, self.judged = state["best_vector"], self.step
        except Exception as error:  # torch raises many kinds for a file that is not its own
            raise TrainingError(f"{path} is no checkpoint of teaching ({error}). Remove it to start anew.") from error


def _digest(tensors: Sequence[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


@torch.no_grad()
def nearest(
    painter: Painter, known: Sequence[Tensor], painting: Sequence[Tensor], photos: Photos, network: LossNetwork
) -> Tensor:
    """The vector of `known` whose paintings come closest to `painting`, or their mean if that is closer."""
    device = next(painter.parameters()).device
    network = network.to(device)
    target = style_target(network, [painting])
    crops = photos.crops(0, 1, 256, Augmentation(), 0)
    candidates = [*known, torch.stack(list(known)).mean(0)]
    return min(candidates, key=lambda vector: mean_loss(painter, vector.to(device), *crops, target, network))


@torch.no_grad()
def mean_loss(
    painter: Painter, vector: Tensor, clean: Tensor, noisy: Tensor, target: StyleTarget, network: LossNetwork
) -> float:
    """The total loss of `clean` [N, 3, H, W] (`noisy`: with grain) painted with `vector`, mean over the pictures."""
    clean, noisy = clean.to(vector.device), noisy.to(vector.device)
    several = target.pick(torch.zeros(len(clean), dtype=torch.long))
    with autocast(vector.device):
        painted = limited(paint(painter, clean, vector[None], noisy, PAD))
        return float(perceptual_losses(network, painted, clean, several).total().mean())
