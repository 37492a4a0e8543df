"""One training run: the painter, a table of style vectors, their optimisers, and what is needed to go on.

Beside plain styles the painter is trained on vectors between two styles, and between `photo` and a style, where the
style weight shrinks with the cube of the strength: so blends and strengths are paintings in their own right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging.contact_sheet import contact_sheet
from stylize.inference import style_vector
from stylize.styles import PHOTO
from stylize.training.data.images import to_image
from stylize.training.data.paintings import STYLE_SIZES, Painting, painting_at_sizes
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.distributed import rank, summed, world_size
from stylize.training.losses.perceptual import (
    SCALE_WEIGHTS,
    SCALES,
    STYLE_WEIGHT,
    TV_WEIGHT,
    Losses,
    check_scales,
    mixed_target,
    style_target,
)
from stylize.training.losses.training_loss import JITTER, PaintFunction, TrainingLoss, check_crop
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import Painter, identity_vector, paint
from stylize.training.muon import Muon
from stylize.training.schedule import restore, warmup_stable_decay

MAX_GRADIENT = 10.0  # norm to which gradients are clipped
MAX_OUT_OF_RANGE = 0.2  # share of pixels far beyond 0..1 from which a run has diverged, after `SETTLED` steps
SETTLED = 500


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a run's outcome; the defaults are the shipped recipe."""

    steps: int = 8282
    batch: int = 16
    crop: int = 352  # pixels
    style_sizes: tuple[int, ...] = STYLE_SIZES  # shorter side of the paintings, pixels; Gram matrices are averaged
    optimizer: str = "muon"  # for the convolutions, or "adam"; style vectors always use Adam
    rate: float = 3e-3  # peak learning rate of the convolutions
    style_rate: float = 3e-3  # peak learning rate of the style vectors
    warm: int = 200  # steps of rising rate
    cool: float = 0.4  # share of the steps in which the rate falls to zero
    scales: tuple[int, ...] = SCALES  # how many times smaller pictures and paintings are seen by the style loss
    scale_weights: tuple[float, ...] = SCALE_WEIGHTS  # of the scales in the style loss: one for all, or one for each
    between: float = 0.25  # share of the samples that lie between two styles, or between photo and style
    style_weight: float = STYLE_WEIGHT
    tv_weight: float = TV_WEIGHT
    offset: int = JITTER  # output and photo are cropped by the same 0 to offset - 1 px before the loss; 1 = never
    pad: int = 0  # pixels of reflection around a crop; 0 = as when painting: else the border learns what nobody sees
    seed: int = 1


class _Batch(NamedTuple):
    """Crops [N, 3, S, S], and of each its paintings, how far it lies to the second one and to `photo`, its offset."""

    photos: Tensor
    grained: Tensor
    first: Tensor
    second: Tensor
    between: Tensor
    strength: Tensor
    offset: Tensor

    def select(self, which: slice) -> _Batch:
        """Some samples of it."""
        return _Batch(*(values[which] for values in self))


class _Gradients(NamedTuple):
    """What one process finds of its part of a batch, summed over pictures."""

    losses: Tensor  # [3, N], on the CPU
    total: float
    out_of_range: float  # shares of pixels far beyond 0..1
    gradients: list[Tensor]  # of the total, one per parameter


class PainterTrainer:
    """A run in progress: weights, vectors, optimisers and what is needed to go on."""

    def __init__(
        self,
        painter: Painter,
        paintings: list[Painting],
        photos: Photos,
        network: LossNetwork,
        config: TrainConfig,
        augmentation: Augmentation,
        *,
        device: torch.device,
        compiled: bool = False,
        paint: PaintFunction = paint,
    ) -> None:
        """`paint` and `compiled` are those of `TrainingLoss`."""
        self.pad = config.pad or painter.pad
        check_crop(config.crop, self.pad)
        check_scales(config.scales, config.crop - config.offset, "A crop", network)
        self.config, self.augmentation, self.photos, self.paintings = config, augmentation, photos, paintings
        self.device = device
        self.painter = painter.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.loss = TrainingLoss(
            network.to(device), pad=self.pad, jitter=config.offset, compiled=compiled, paint=paint
        )  # fmt: skip
        self.identity = identity_vector(painter.shape).to(device)
        self.table = nn.Parameter(_first_vectors(painter, len(paintings)).to(device))
        self.frozen = _frozen_numbers(self.table)
        with torch.no_grad():
            sized = [painting_at_sizes(painting.path, config.style_sizes) for painting in paintings]
            self.target = style_target(network, sized, config.scales, config.scale_weights)
        self.running_loss = torch.ones(len(paintings))  # of each painting, style loss alone
        weights = list(painter.parameters())
        self.parameters = [*weights, self.table]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Adam([self.table], config.style_rate, (0.9, 0.99)),
            Muon(weights, config.rate)
            if config.optimizer == "muon"
            else torch.optim.Adam(weights, config.rate, (0.9, 0.99)),
        ]
        self.schedulers = [
            warmup_stable_decay(optimizer, config.steps, config.warm, config.cool * config.steps)
            for optimizer in self.optimizers
        ]
        self.step = 0

    @torch.no_grad()
    def start_from(self, known: Mapping[str, Tensor]) -> None:
        """Start from style vectors [style_size] by id; a painting that has none starts from the mean of the others."""
        mean = torch.stack([vector for name, vector in known.items() if name != PHOTO]).mean(0)
        for row, name in zip(self.table, (PHOTO, *(p.id for p in self.paintings)), strict=True):
            row.copy_(known.get(name, mean))

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    def vectors(self) -> Tensor:
        """All style vectors [1 + styles, style_size]; row 0 is `photo`."""
        return torch.where(self.frozen, self.identity, self.table)

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The photos of a step, plain and with grain, each [N, 3, S, S]."""
        config = self.config
        return self.photos.crops(step, config.batch, config.crop, self.augmentation, config.seed)

    def training_step(self, photos: Tensor, grained: Tensor) -> Losses:
        """One optimiser step on crops [N, 3, S, S]; returns the losses of the batch's plain samples.

        Where `torchrun` started several processes, each paints its part of the crops, and all take the same step.
        """
        count, batch = len(photos), self._sample(photos, grained)
        mine = slice(rank(), count, world_size())
        losses, sums = torch.zeros(3, count), torch.zeros(2)
        gradients = [torch.zeros_like(parameter) for parameter in self.parameters]
        if len(photos[mine]):
            losses[:, mine], sums[0], sums[1], gradients = self._gradients(batch.select(mine))
        summed(sums, losses, *gradients)
        total, out_of_range = (sums / count).tolist()
        if not math.isfinite(total) or (self.step > SETTLED and out_of_range > MAX_OUT_OF_RANGE):
            raise TrainingError(
                f"Training diverged at step {self.step} (loss {total:.3g}, {out_of_range:.0%} of pixels far out of "
                "range). The last checkpoint is kept; resume with a smaller --rate."
            )
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient / count
        nn.utils.clip_grad_norm_(self.parameters, MAX_GRADIENT)
        for optimizer, scheduler in zip(self.optimizers, self.schedulers, strict=True):
            optimizer.step()
            scheduler.step()
        plain = (batch.between == 0) & (batch.strength == 1)
        for painting, style in zip(batch.first[plain], losses[0, plain], strict=True):
            self.running_loss[painting] += 0.05 * (style - self.running_loss[painting])
        self.step += 1
        return Losses(*losses[:, plain])

    def _sample(self, photos: Tensor, grained: Tensor) -> _Batch:
        """Which styles the next step paints on which crops: those with a larger loss more often."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        count = len(photos)
        first, second = (
            torch.multinomial(self.running_loss.sqrt(), count, replacement=True, generator=generator) for _ in range(2)
        )
        kind, share = torch.rand(2, count, generator=generator)
        blended = kind < self.config.between / 2
        weakened = (kind >= self.config.between / 2) & (kind < self.config.between)
        between, strength = torch.where(blended, share, 0.0), torch.where(weakened, share, 1.0)
        offsets = torch.randint(self.config.offset, (2,), generator=generator)
        return _Batch(photos, grained, first, second, between, strength, offsets.expand(count, 2))

    def _gradients(self, batch: _Batch) -> _Gradients:
        """Losses and gradients of some samples."""
        left, top = batch.offset[0].tolist()
        between, strength = (share.to(self.device) for share in (batch.between, batch.strength))
        table = self.vectors()
        vectors = torch.lerp(table[1 + batch.first], table[1 + batch.second], between[:, None])
        vectors = torch.lerp(table[:1], vectors, strength[:, None])
        target = mixed_target(self.target.pick(batch.first), self.target.pick(batch.second), between)
        found = self.loss(self.painter, batch.photos, batch.grained, vectors, target, (left, top))
        losses = found.perceptual
        bold = losses.style * self.config.style_weight + losses.tv * self.config.tv_weight
        total = (bold * strength**3 + losses.content + found.artifacts()).sum()
        gradients = list(torch.autograd.grad(total, self.parameters))
        out_of_range = (found.unlimited.detach() - 0.5).abs().gt(1).float().mean((1, 2, 3)).sum().item()
        return _Gradients(torch.stack(losses).detach().cpu(), total.item(), out_of_range, gradients)

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on, to export and to evaluate."""
        return {
            "painter": self.painter.state_dict(),
            "shape": self.painter.shape.as_dict(),
            "vectors": self.vectors().detach(),
            "table": self.table.detach(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "running_loss": self.running_loss,
            "step": self.step,
            "styles": [asdict(p) | {"path": p.path.name} for p in self.paintings],
            "settings": asdict(self.config),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises TrainingError if it has another shape or other styles."""
        if state["shape"] != self.painter.shape.as_dict() or [s["id"] for s in state["styles"]] != [
            p.id for p in self.paintings
        ]:
            raise TrainingError("The checkpoint was trained with other styles or another shape. Choose another --out.")
        self.painter.load_state_dict(state["painter"])
        for optimizer, scheduler, saved in zip(self.optimizers, self.schedulers, state["optimizers"], strict=True):
            restore(optimizer, scheduler, saved, state["step"])
        with torch.no_grad():
            self.table.copy_(state["table"])
        self.running_loss, self.step = state["running_loss"], state["step"]

    @torch.no_grad()
    def samples(self, photos: list[Tensor]) -> Image.Image:
        """Each photo in its own row, then painted in every style."""
        cells = []
        for photo in photos:
            cells.append(to_image(photo))
            for vector in self.vectors()[1:]:
                painted = paint(self.painter, photo[None].to(self.device), vector[None], pad=self.pad)
                cells.append(to_image(painted[0]))
        return contact_sheet(cells, columns=len(self.vectors()))


def _first_vectors(painter: Painter, styles: int) -> Tensor:
    """Vectors [1 + styles, style_size] to start from: `photo`, then paintings from mid-grey without the photo behind.

    From the photo itself paintings start ten times slower.
    """
    table = identity_vector(painter.shape).repeat(1 + styles, 1)
    scale, shift, gate = style_vector.split(table[1:])
    style_vector.last_layer(scale)[:] = 1.0
    style_vector.last_layer(shift)[:] = 0.5
    gate[:] = 0.0
    return table


def _frozen_numbers(table: Tensor) -> Tensor:
    """A mask of `table`: the last layer and the gate of `photo`, which stays exactly the identity."""
    frozen = torch.zeros_like(table, dtype=torch.bool)
    scale, shift, gate = style_vector.split(frozen[0])
    for part in (style_vector.last_layer(scale), style_vector.last_layer(shift), gate):
        part[:] = True
    return frozen
