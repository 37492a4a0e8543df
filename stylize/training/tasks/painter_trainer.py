"""One training run: the painter, a table of style vectors, their optimisers, and what is needed to go on.

Beside plain styles the painter is trained on vectors between two styles, and between `photo` and a style, where the
style weight shrinks with the cube of the strength: so blends and strengths are paintings in their own right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging.contact_sheet import contact_sheet
from stylize.styles import PHOTO
from stylize.training.checkpoint import read_checkpoint, write_checkpoint
from stylize.training.data.images import to_image
from stylize.training.data.paintings import STYLE_SIZES, Painting, painting_at_sizes
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.distributed import rank, summed, world_size
from stylize.training.losses.artifacts import artifacts
from stylize.training.losses.perceptual import (
    STYLE_WEIGHT,
    TV_WEIGHT,
    Losses,
    mixed_target,
    perceptual_losses,
    style_target,
)
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import PAD, Painter, identity_vector, limited, paint
from stylize.training.muon import Muon
from stylize.training.precision import autocast

JITTER = 8  # pixels: output and photo are cropped by the same 0..7, so that the loss network's grid has no fixed place


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run's outcome; the defaults are the shipped recipe."""

    steps: int = 20500
    batch: int = 4
    crop: int = 256  # pixels
    style_sizes: tuple[int, ...] = STYLE_SIZES  # shorter side of the paintings, pixels; Gram matrices are averaged
    optimizer: str = "muon"  # for the convolutions, or "adam"; style vectors always use Adam
    rate: float = 3e-3  # peak learning rate of the convolutions
    style_rate: float = 3e-3  # peak learning rate of the style vectors
    warm: int = 200  # steps of rising rate
    cool: float = 0.4  # share of the steps in which the rate falls to zero
    between: float = 0.3  # share of the samples that lie between two styles, or between photo and style
    style_weight: float = STYLE_WEIGHT
    tv_weight: float = TV_WEIGHT
    offset: int = JITTER  # output and photo are cropped by the same 0 to offset - 1 px before the loss; 1 = never
    pad: int = PAD  # pixels of reflection around a crop: as when painting, or the border learns what nobody sees
    seed: int = 1


class _Batch(NamedTuple):
    """Crops [N, 3, S, S], and of each its paintings, how far it lies to the second one and to `photo`, its offset."""

    clean: Tensor
    noisy: Tensor
    first: Tensor
    second: Tensor
    between: Tensor
    strength: Tensor
    offset: Tensor

    def part(self, which: slice) -> _Batch:
        """Some samples of it."""
        return _Batch(*(values[which] for values in self))


class Trainer:
    """A run in progress: weights, vectors, optimiser and what is needed to go on."""

    def __init__(
        self,
        painter: Painter,
        paintings: list[Painting],
        photos: Photos,
        network: LossNetwork,
        settings: Settings,
        augmentation: Augmentation,
        device: torch.device,
    ) -> None:
        check_crop(settings.crop, settings.pad)
        self.settings, self.augmentation, self.photos, self.paintings = settings, augmentation, photos, paintings
        self.device = device
        self.painter = painter.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        start = identity_vector(painter.shape)
        table = start.repeat(1 + len(paintings), 1).to(device)
        channels = sum(painter.shape.channels)
        last = painter.shape.channels[-1]
        table[1:, channels - last : channels] = 1.0  # paintings start from mid-grey, without the photo behind them:
        table[1:, 2 * channels - last : 2 * channels] = 0.5  # from the photo itself they start ten times slower
        table[1:, -3:] = 0.0
        self.table = nn.Parameter(table)
        self.fixed = torch.zeros_like(table, dtype=torch.bool)  # `photo` stays exactly the identity
        for part in (slice(channels - last, channels), slice(2 * channels - last, None)):
            self.fixed[0, part] = True
        self.start = start.to(device)
        with torch.no_grad():
            self.target = style_target(network, [painting_at_sizes(p.path, settings.style_sizes) for p in paintings])
        weights = list(painter.parameters())
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Adam([self.table], settings.style_rate, (0.9, 0.99)),
            Muon(weights, settings.rate)
            if settings.optimizer == "muon"
            else torch.optim.Adam(weights, settings.rate, (0.9, 0.99)),
        ]
        self.peaks = (settings.style_rate, settings.rate)
        self.hardness = torch.ones(len(paintings))  # running style loss of each painting
        self.learnt = [*weights, self.table]
        self.step = 0
        self.paint, self.losses = paint, perceptual_losses  # replaced by their compiled selves on request

    @torch.no_grad()
    def begin_with(self, known: Mapping[str, Tensor]) -> None:
        """Start from style vectors [style_size] by id; a painting that has none starts from the mean of the others."""
        mean = torch.stack([vector for name, vector in known.items() if name != PHOTO]).mean(0)
        for row, name in zip(self.table, (PHOTO, *(p.id for p in self.paintings)), strict=True):
            row.copy_(known.get(name, mean))

    def vectors(self) -> Tensor:
        """All style vectors [1 + styles, style_size]; row 0 is `photo`."""
        return torch.where(self.fixed, self.start, self.table)

    def advance(self, clean: Tensor, noisy: Tensor) -> Losses:
        """One optimiser step on crops [N, 3, S, S]; returns the losses of the batch's plain samples.

        Where `torchrun` started several processes, each paints its part of the crops, and all take the same step.
        """
        count, batch = len(clean), self._batch(clean, noisy)
        mine = slice(rank(), count, world_size())
        losses, known = torch.zeros(3, count), torch.zeros(2)
        slopes = [torch.zeros_like(parameter) for parameter in self.learnt]
        if len(clean[mine]):
            losses[:, mine], known[0], known[1], slopes = self._slopes(batch.part(mine))
        summed(known, losses, *slopes)
        total, beyond = (known / count).tolist()
        if not math.isfinite(total) or (self.step > 500 and beyond > 0.2):
            raise TrainingError(
                f"Training diverged at step {self.step} (loss {total:.3g}, {beyond:.0%} of pixels far out of range). "
                "The last checkpoint is kept; resume with a smaller --rate."
            )
        for parameter, slope in zip(self.learnt, slopes, strict=True):
            parameter.grad = slope / count
        nn.utils.clip_grad_norm_(self.learnt, 10.0)
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * schedule(self.step, self.settings)
            optimizer.step()
        plain = (batch.between == 0) & (batch.strength == 1)
        for painting, style in zip(batch.first[plain], losses[0, plain], strict=True):
            self.hardness[painting] += 0.05 * (style - self.hardness[painting])
        self.step += 1
        return Losses(*losses[:, plain])

    def _batch(self, clean: Tensor, noisy: Tensor) -> _Batch:
        """Which styles the next step paints on which crops: the harder ones more often."""
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        count, (clean, noisy) = len(clean), (self._placed(x) for x in (clean, noisy))
        first, second = (
            torch.multinomial(self.hardness.sqrt(), count, replacement=True, generator=generator) for _ in range(2)
        )
        kind, share = torch.rand(2, count, generator=generator)
        blended = kind < self.settings.between / 2
        weakened = (kind >= self.settings.between / 2) & (kind < self.settings.between)
        between, strength = torch.where(blended, share, 0.0), torch.where(weakened, share, 1.0)
        offsets = torch.randint(self.settings.offset, (2,), generator=generator)
        return _Batch(clean, noisy, first, second, between, strength, offsets.expand(count, 2))

    def _slopes(self, batch: _Batch) -> tuple[Tensor, float, float, list[Tensor]]:
        """Losses [3, N] of a batch, their weighted sum, the sum of shares of pixels far out of range, the slopes."""
        dx, dy = batch.offset[0].tolist()
        inner = (..., slice(dy, dy - self.settings.offset), slice(dx, dx - self.settings.offset))
        between, strength = (share.to(self.device) for share in (batch.between, batch.strength))
        with autocast(self.device):
            vectors = self.vectors()
            mixed = torch.lerp(vectors[1 + batch.first], vectors[1 + batch.second], between[:, None])
            mixed = torch.lerp(vectors[:1], mixed, strength[:, None])
            beyond = self.paint(self.painter, batch.clean, mixed, batch.noisy, self.settings.pad)
            painted = limited(beyond)
            target = mixed_target(self.target.pick(batch.first), self.target.pick(batch.second), between)
            losses = self.losses(self.network, painted[inner], batch.clean[inner], target)
        bold = losses.style * self.settings.style_weight + losses.tv * self.settings.tv_weight
        total = (bold * strength**3 + losses.content + artifacts(painted, batch.clean)).sum()
        slopes = list(torch.autograd.grad(total, self.learnt))
        far_out = (beyond.detach() - 0.5).abs().gt(1).float().mean((1, 2, 3)).sum().item()
        return torch.stack(losses).detach().cpu(), total.item(), far_out, slopes

    def _placed(self, pixels: Tensor) -> Tensor:
        return pixels.to(self.device, memory_format=torch.channels_last)

    def save(self, path: Path) -> None:
        """Write a checkpoint. Raises TrainingError if it cannot be written."""
        state = {
            "painter": self.painter.state_dict(),
            "shape": self.painter.shape.as_dict(),
            "vectors": self.vectors().detach(),
            "table": self.table.detach(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "hardness": self.hardness,
            "step": self.step,
            "styles": [asdict(p) | {"path": p.path.name} for p in self.paintings],
            "settings": asdict(self.settings),
        }
        write_checkpoint(state, path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same shape and styles. Raises TrainingError if it is another's."""
        state = read_checkpoint(path)
        if state["shape"] != self.painter.shape.as_dict() or [s["id"] for s in state["styles"]] != [
            p.id for p in self.paintings
        ]:
            raise TrainingError(f"{path} was trained with other styles or another shape. Choose another --out.")
        self.painter.load_state_dict(state["painter"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        with torch.no_grad():
            self.table.copy_(state["table"])
        self.hardness, self.step = state["hardness"], state["step"]

    @torch.no_grad()
    def samples(self, photos: list[Tensor]) -> Image.Image:
        """A contact sheet: each photo in its own row, then painted in every style."""
        cells = []
        for photo in photos:
            cells.append(to_image(photo))
            for vector in self.vectors()[1:]:
                painted = paint(self.painter, photo[None].to(self.device), vector[None], pad=self.settings.pad)
                cells.append(to_image(painted[0]))
        return contact_sheet(cells, columns=len(self.vectors()))


def check_crop(crop: int, pad: int = PAD) -> None:
    """Raises TrainingError if `pad` pixels of reflection do not fit around a crop of `crop` pixels."""
    if crop <= pad:
        raise TrainingError(f"{pad} px of reflection do not fit around a crop of {crop} px. Give a larger --crop.")


def schedule(step: int, settings: Settings) -> float:
    """Share of the peak learning rate: linear rise, plateau, then a fall to zero over the last `cool` share."""
    rise = min(1.0, (step + 1) / max(1, settings.warm))
    fall = min(1.0, (settings.steps - step) / max(1.0, settings.cool * settings.steps))
    return min(rise, max(fall, 0.0))
