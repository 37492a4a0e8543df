"""One run of the encoder's training: photos painted with predicted vectors, and the painter's own loss of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stylize.errors import TrainingError
from stylize.training.data.painting_crops import PaintingCrops, batches
from stylize.training.data.paintings import STYLE_SIZES
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.device import autocast
from stylize.training.losses.perceptual import SCALES, StyleTarget, check_scales, mixed_target
from stylize.training.losses.training_loss import JITTER, TrainingLoss, check_crop
from stylize.training.models.encoder import Encoder
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import Painter
from stylize.training.schedule import restore, warmup_stable_decay

MAX_MIXED = 2  # paintings that may stand beside a sample's own
COOL = 0.8  # share of the steps in which the rate falls to zero
PRETRAIN_RATE = 1e-3  # of Adam, on known vectors
MAX_GRADIENT = 10.0  # norm to which gradients are clipped
VALIDATION_STEP = 2**32 - 1  # the seed of the crops of photos that held-out paintings are tried on


@dataclass(frozen=True)
class EncodeConfig:
    """How an encoder is trained. The rate rises, and falls to zero in proportion to the steps that are left."""

    steps: int = 3500
    batch: int = 4
    crop: int = 192  # pixels of a photo
    pad: int = 0  # pixels of reflection around a crop; 0 = as when painting
    rate: float = 4e-4  # of Adam; twice that is too much, and so is Muon's
    warm: int = 50  # steps of rising rate
    pretrain: int = 300  # steps, before, of learning the vectors of the painter's own paintings from crops of them
    hidden: int = 512  # units in each of the two layers; an encoder with fewer is widened, and starts as it is
    views: int = 8  # of each painting: the whole, and crops
    style_sizes: tuple[int, ...] = STYLE_SIZES  # shorter side of a painting's style target, pixels; they are averaged
    photo_styles: int = 1750  # photos that are painted after, beside the paintings
    mixed: float = 0.5  # share of the samples whose painting is two or three, side by side: the paintings are few
    dropout: float = 0.05  # share of the statistics that the encoder must do without
    average: float = 0.998  # the encoder is the mean of its weights over about 1 / (1 - average) steps
    keep: float = 0.0  # share, in what is written, of the weights that it started from (Wortsman et al. 2021)
    check_every: int = 500  # steps between two validations, on paintings that are not trained on
    seed: int = 1


class EncoderTrainer:
    """A run in progress. The painter stays as it is."""

    def __init__(
        self,
        encoder: Encoder,
        painter: Painter,
        paintings: PaintingCrops,
        held_out: PaintingCrops,
        photos: Photos,
        network: LossNetwork,
        config: EncodeConfig,
        *,
        device: torch.device,
        compiled: bool = False,
    ) -> None:
        """`paintings` are trained on, `held_out` validated on; `compiled` is that of `TrainingLoss`."""
        pad = config.pad or painter.pad
        check_crop(config.crop, pad)
        check_scales(SCALES, config.crop - JITTER, "A crop", network)
        self.config, self.photos, self.device = config, photos, device
        self.augmentation = Augmentation()
        self.encoder = encoder.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.painter = painter.to(device, memory_format=torch.channels_last).requires_grad_(False)  # type: ignore[call-overload]
        self.loss = TrainingLoss(network.to(device), pad=pad, compiled=compiled)
        self.paintings, self.held_out = paintings, held_out
        self.statistics, self.held_out_statistics = (
            all_statistics(encoder, crops.pictures) for crops in (paintings, held_out)
        )
        layers = [encoder.first, encoder.second, encoder.last]
        weights = [weight for layer in layers for weight in layer.parameters()]
        self.optimizer = torch.optim.Adam(weights, config.rate, (0.9, 0.99))
        self.scheduler = warmup_stable_decay(self.optimizer, config.steps, config.warm, COOL * config.steps)
        self._average = AveragedModel(encoder, multi_avg_fn=get_ema_multi_avg_fn(config.average), use_buffers=False)
        self.step = 0

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    @property
    def averaged(self) -> Encoder:
        """The encoder with its weights averaged over the last steps: what a run is for."""
        return cast(Encoder, self._average.module) if self._average.n_averaged else self.encoder

    def pretrain(self, vectors: dict[str, Tensor]) -> None:
        """Learn the known vectors of some paintings, by file name, from all crops of these that keep their hues."""
        known = [i for i, name in enumerate(self.paintings.source) if name in vectors]
        if not known:
            return
        wanted = torch.stack([vectors[self.paintings.source[i]] for i in known]).to(self.device)
        optimizer = torch.optim.Adam(self.encoder.parameters(), PRETRAIN_RATE)
        for _ in range(self.config.pretrain):
            error = (self.encoder.predict(self.statistics[known]) - wanted) / self.encoder.spread
            optimizer.zero_grad()
            F.smooth_l1_loss(error, torch.zeros_like(error)).backward()
            optimizer.step()

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The photos of a step, plain and with grain, each [N, 3, S, S]."""
        config = self.config
        return self.photos.crops(step, config.batch, config.crop, self.augmentation, config.seed)

    def training_step(self, photos: Tensor, grained: Tensor) -> Tensor:
        """One step on crops of photos [N, 3, S, S], each in another style; returns the total losses [N]."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        chosen = torch.randint(len(self.paintings.source), (len(photos),), generator=generator)
        left, top = torch.randint(JITTER, (2,), generator=generator).tolist()
        statistics, target = self._mixed(chosen, generator)
        vectors = self.encoder.predict(self._dropped_out(statistics, generator))
        total = self.loss(self.painter, photos, grained, vectors, target, (left, top)).total()
        loss = total.log().mean()  # every painting counts alike, however far off it still is
        if not torch.isfinite(loss):
            raise TrainingError(f"Training diverged at step {self.step}; resume with a smaller --rate.")
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), MAX_GRADIENT)
        self.optimizer.step()
        self.scheduler.step()
        self._average.update_parameters(self.encoder)
        self.step += 1
        return total.detach().cpu()

    def _mixed(self, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, StyleTarget]:
        """Statistics [N, F] and targets of the `chosen` paintings [N], some with others beside them."""
        statistics, target = self.statistics[chosen], self.paintings.target.pick(chosen)
        for _ in range(MAX_MIXED):
            others = torch.randint(len(self.paintings.source), (len(chosen),), generator=generator)
            kind, share = torch.rand(2, len(chosen), generator=generator)
            share = torch.where(kind < self.config.mixed, share, 0.0)
            statistics = self.encoder.mix_statistics(statistics, self.statistics[others], share.to(self.device))
            target = mixed_target(target, self.paintings.target.pick(others), share)
        return statistics, target

    def _dropped_out(self, statistics: Tensor, generator: torch.Generator) -> Tensor:
        """Statistics [N, F], of which a share is replaced by what is usual, so that none is relied on alone."""
        share, centre = self.config.dropout, self.encoder.centre
        dropped = torch.rand(statistics.shape, generator=generator) < share
        return torch.where(dropped.to(self.device), centre, centre + (statistics - centre) / (1 - share))

    @torch.no_grad()
    def validate(self) -> Tensor:
        """Total losses [M] of the paintings that are not trained on, each on two fixed crops of photos."""
        photos, grained = self.photos.crops(0, 2, 256, self.augmentation, VALIDATION_STEP)
        totals = []
        for index in range(len(self.held_out.source)):
            vector = self.averaged.predict(self.held_out_statistics[index : index + 1])
            target = self.held_out.target.pick(torch.full((2,), index))
            totals.append(self.loss(self.painter, photos, grained, vector, target).total().mean())
        return torch.stack(totals).cpu()

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {
            "encoder": self.encoder.state_dict(),
            "averaged": self._average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of an encoder of the same shape."""
        self.encoder.load_state_dict(state["encoder"])
        self._average.load_state_dict(state["averaged"])
        restore(self.optimizer, self.scheduler, state["optimizer"], state["step"])
        self.step = state["step"]


@torch.no_grad()
def all_statistics(encoder: Encoder, pictures: list[Tensor]) -> Tensor:
    """The encoder's statistics of every picture (uint8 [3, H, W]): [N, F]."""
    device = encoder.mean.device
    found = torch.zeros(len(pictures), len(encoder.centre), device=device)
    for indices in batches(pictures):
        pixels = torch.stack([pictures[i] for i in indices]).to(device, memory_format=torch.channels_last).float() / 255
        with autocast(device):
            found[indices] = encoder.statistics(pixels)
    return found
