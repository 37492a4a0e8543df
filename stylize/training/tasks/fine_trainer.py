"""One run that makes a fine painter: the painter without its deep levels, for the second painting of large pictures.

A second painting keeps an enlarged one crisp, and what it changes at the scale of the first is taken back
(`stylize.inference.upscale`). Of the deep levels, nearly two thirds of the painter's work, only that is left which
reaches down to single pixels; left out untrained, they leave a mesh of 4 px. So a painter without them, started from
the layers that remain, learns the detail that the whole painter paints (distillation: Hinton et al. 2015,
https://arxiv.org/abs/1503.02531). Style vectors stay as they are: it uses their numbers for its layers, of any style,
blend and strength.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.errors import TrainingError
from stylize.inference.input_noise import FIELD, grain
from stylize.inference.layers import shallow
from stylize.inference.style_vector import of_layers
from stylize.inference.upscale import FINE_STRENGTH
from stylize.styles import PHOTO
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.device import autocast
from stylize.training.losses.artifacts import GRID_WEIGHT, grid
from stylize.training.losses.training_loss import check_crop
from stylize.training.models.painter import Painter, fine_painter, limited, paint
from stylize.training.muon import Muon
from stylize.training.schedule import restore, warmup_stable_decay

SMALLEST = 96  # pixels: side of the first painting of a crop
WHOLE = 0.2  # weight of all that differs, beside the detail: what is taken back must not grow


@dataclass(frozen=True)
class FineConfig:
    """How the fine painter learns; the defaults are the shipped recipe."""

    steps: int = 1500
    batch: int = 2
    crop: int = 256  # pixels of the second painting
    largest: float = 2.5  # times that a first painting is enlarged at most
    between: float = 0.5  # share of the samples that are blends, or have less than full strength
    rate: float = 1e-3  # peak learning rate
    warm: int = 30  # steps of rising rate
    cool: float = 0.6  # share of the steps in which the rate falls to zero
    seed: int = 1


class FineLoss(NamedTuple):
    """How far the fine painter is from the painter, means over the batch; differences in pixels of 0..1."""

    detail: Tensor
    whole: Tensor
    grid: Tensor


class FineTrainer:
    """A run in progress: the fine painter, its optimiser, and what is needed to go on.

    `vectors` are style vectors [style_size] of the painter by id, `photo` among them: the more, the better.
    """

    def __init__(
        self,
        painter: Painter,
        vectors: Mapping[str, Tensor],
        photos: Photos,
        config: FineConfig,
        *,
        device: torch.device,
    ) -> None:
        check_crop(config.crop, painter.pad)
        if config.crop / config.largest < SMALLEST:
            raise TrainingError(
                f"A crop of {config.crop} px is painted at {config.crop / config.largest:.0f} px first; "
                f"{SMALLEST} are needed. Give a larger --crop or a smaller --largest."
            )
        self.config, self.photos, self.device = config, photos, device
        self.fine = fine_painter(painter).to(device)
        self.painter = painter.to(device).requires_grad_(False)
        known = {name: vector.to(device) for name, vector in vectors.items()}
        self.identity = known.pop(PHOTO)
        self.vectors = torch.stack(list(known.values()))
        self.places = shallow(painter.shape.layers)
        self.optimizer = Muon(self.fine.parameters(), config.rate)
        self.scheduler = warmup_stable_decay(self.optimizer, config.steps, config.warm, config.cool * config.steps)
        self.step = 0

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The photos of a step, plain and with grain, each [N, 3, S, S]."""
        config = self.config
        return self.photos.crops(step, config.batch, config.crop, Augmentation(), config.seed)

    def training_step(self, photos: Tensor, _grained: Tensor) -> FineLoss:
        """One optimiser step on crops [N, 3, S, S] of photos."""
        photos = photos.to(self.device)
        enlarged, vectors, small = self._first_painting(photos)
        grained = self._grained(enlarged)
        lighter = torch.lerp(self.identity, vectors, FINE_STRENGTH)
        numbers = of_layers(lighter, self.painter.shape.channels, self.places)
        with autocast(self.device):
            with torch.no_grad():
                wanted = limited(paint(self.painter, enlarged, lighter, grained)).float()
            got = limited(paint(self.fine, enlarged, numbers, grained)).float()
        difference = got - wanted
        kept = difference - _resized(_resized(difference, small), photos.shape[-1])
        found = FineLoss(kept.abs().mean(), difference.abs().mean(), grid(got).mean())
        total = found.detail + WHOLE * found.whole + GRID_WEIGHT / 10 * found.grid
        if not torch.isfinite(total):
            raise TrainingError(f"Training diverged at step {self.step}. Use a smaller --rate and another --out.")
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.step += 1
        return FineLoss(*(part.detach().cpu() for part in found))

    @torch.no_grad()
    def _first_painting(self, photos: Tensor) -> tuple[Tensor, Tensor, int]:
        """First paintings at the size of the photos [N, 3, S, S], the vectors they have, and the side they had."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        count, side = len(photos), photos.shape[-1]
        first, second = (torch.randint(len(self.vectors), (count,), generator=generator) for _ in range(2))
        kind, share, strength, smaller = torch.rand(4, count, generator=generator)
        share = torch.where(kind < self.config.between / 2, share, 0.0).to(self.device)
        blended = (kind >= self.config.between / 2) & (kind < self.config.between)
        strength = torch.where(blended, strength, 1.0).to(self.device)
        vectors = torch.lerp(self.vectors[first], self.vectors[second], share[:, None])
        vectors = torch.lerp(self.identity, vectors, strength[:, None])
        small = round(side / self.config.largest ** smaller[0].item())
        reduced = _resized(photos, small).clamp(0, 1)
        with autocast(self.device):
            painted = limited(paint(self.painter, reduced, vectors)).float()
        left = (1 - strength)[:, None, None, None] * (photos - _resized(reduced, side))
        return (_resized(painted, side) + left).clamp(0, 1), vectors, small

    def _grained(self, pixels: Tensor) -> Tensor:
        """`pixels` [N, 3, S, S] with the grain of another place at every step."""
        top, left = ((self.step * k) % FIELD for k in (197, 331))
        side = pixels.shape[-1]
        noise = torch.from_numpy(grain(range(top, top + side), range(left, left + side))).permute(2, 0, 1)
        return (pixels + noise.float().to(pixels.device) / 255).clamp(0, 1)

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on, and to export."""
        return {
            "fine": self.fine.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "settings": asdict(self.config),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises RuntimeError if it is another painter's."""
        self.fine.load_state_dict(state["fine"])
        restore(self.optimizer, self.scheduler, state["optimizer"], state["step"])
        self.step = state["step"]


def _resized(pixels: Tensor, side: int) -> Tensor:
    """Squares [N, 3, S, S] at another size."""
    return F.interpolate(pixels, (side, side), mode="bicubic", antialias=side < pixels.shape[-1])
