"""What painted pictures are compared with: optimisation from the photo. Its losses are kept, because it is slow.

A picture that was optimised with a loss network has learnt that network's own ways too. So `judges`, networks that
neither the painter nor the optimisation has seen, may watch: their losses of every step are kept as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylize.imaging import atomic_path
from stylize.training.data.images import to_image, to_tensor
from stylize.training.digest import digest
from stylize.training.losses.perceptual import StyleTarget, perceptual_losses, style_target
from stylize.training.models.loss_network import LossNetwork
from stylize.training.tasks.optimise import descend


@dataclass(frozen=True)
class Objective:
    """A loss network and one painting's Gram matrices in it."""

    network: LossNetwork
    target: StyleTarget

    @classmethod
    def of(
        cls,
        network: LossNetwork,
        sized: Sequence[Tensor],
        scales: Sequence[int] = (1,),
        weights: Sequence[float] = (1.0,),
    ) -> Objective:
        """The objective of a painting, given at one or more sizes as tensors [3, H, W], seen at `scales`.

        Raises TrainingError if scales and weights do not fit together or to the painting.
        """
        with torch.no_grad():
            return cls(network, style_target(network, [sized], scales, weights))

    @property
    def device(self) -> torch.device:
        """Where pictures must be."""
        return next(self.network.parameters()).device

    @property
    def digest(self) -> str:
        """A name for the network's weights and the scales."""
        return digest(digest_of(self.network), repr((self.target.scales, self.target.weights)))

    @torch.no_grad()
    def total(self, painted: Tensor, photo: Tensor) -> float:
        """The total loss of `painted`, both [3, H, W] in 0..1."""
        painted, photo = (x[None].contiguous().to(self.device) for x in (painted, photo))
        return perceptual_losses(self.network, painted, photo, self.target).total().item()


@dataclass(frozen=True)
class Reference:
    """Optimisation's totals from iteration 0 on (empty if it did not run), by each judge too, and its last picture."""

    curve: list[float]
    judged: list[list[float]]
    image: Image.Image


def reference(
    photo: Image.Image, own: Objective, judges: Sequence[Objective], iterations: int, kept: Path
) -> Reference:
    """Optimisation from `photo` by the losses of `own`, read from files that start with `kept`, or written to them.

    With 0 iterations nothing runs, and the picture is the photo.
    """
    if not iterations:
        return Reference([], [[] for _ in judges], photo)
    main = kept.with_suffix(".npz")
    marks = [kept.with_name(f"{kept.name}-{judge.digest[:12]}.npz") for judge in judges]
    if not all(path.exists() for path in (main, *marks)):
        start = to_tensor(photo).to(own.device)
        curve: list[float] = []
        judged: list[list[float]] = [[] for _ in judges]
        for step in descend(start, start, own.target, own.network, iterations):
            curve.append(step.total)
            for totals, judge in zip(judged, judges, strict=True):
                totals.append(judge.total(step.pixels, start))
        kept.parent.mkdir(parents=True, exist_ok=True)
        for path, totals in zip(marks, judged, strict=True):
            _keep(path, {"curve": np.array(totals)})
        _keep(main, {"curve": np.array(curve), "image": np.array(to_image(step.pixels))})
    with np.load(main) as found:
        curve, image = found["curve"].tolist(), Image.fromarray(found["image"])
    judged = []
    for path in marks:
        with np.load(path) as found:
            judged.append(found["curve"].tolist())
    return Reference(curve, judged, image)


def _keep(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with atomic_path(path) as part:
        np.savez(part, **arrays)  # type: ignore[arg-type]


def digest_of(network: LossNetwork) -> str:
    """A name for a network's weights."""
    return digest(*network.state_dict().values())
