"""One run of the encoder's training: photos painted with predicted vectors, and the painter's own loss of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.training.data.painting_crops import Bank, batches
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.losses.artifacts import artifacts
from stylize.training.losses.perceptual import StyleTarget, mixed_target, perceptual_losses
from stylize.training.models.encoder import Encoder
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import PAD, Painter, limited, paint
from stylize.training.precision import autocast
from stylize.training.tasks.painter_trainer import JITTER, check_crop

BESIDE = 2  # paintings that may stand beside a sample's own


@dataclass(frozen=True)
class Settings:
    """How an encoder is trained. The rate rises, and falls to zero in proportion to the steps that are left."""

    steps: int = 3500
    batch: int = 4
    crop: int = 192  # pixels of a photo
    pad: int = PAD  # pixels of reflection around a crop, as when painting
    rate: float = 4e-4  # of Adam; twice that is too much, and so is Muon's
    warm: int = 50  # steps of rising rate
    regress: int = 300  # steps, before, of learning the vectors of the painter's own paintings from crops of them
    hidden: int = 512  # units in each of the two layers; an encoder with fewer is widened, and starts as it is
    views: int = 8  # of each painting: the whole, and crops
    photo_styles: int = 1750  # photos that are painted after, beside the paintings
    mixed: float = 0.5  # share of the samples whose painting is two or three, side by side: the paintings are few
    dropout: float = 0.05  # share of what the encoder sees that it must do without
    average: float = 0.998  # the encoder is the mean of its weights over about 1 / (1 - average) steps
    keep: float = 0.0  # share, in what is written, of the weights that it started from (Wortsman et al. 2021)
    check_every: int = 500  # steps between two looks at paintings that are not trained on
    seed: int = 1


class EncoderTrainer:
    """A run in progress. `banks` are the crops to train on and those to look at."""

    def __init__(
        self,
        encoder: Encoder,
        painter: Painter,
        banks: tuple[Bank, Bank],
        photos: Photos,
        network: LossNetwork,
        settings: Settings,
        device: torch.device,
    ) -> None:
        check_crop(settings.crop, settings.pad)
        self.settings, self.photos, self.device = settings, photos, device
        self.augmentation = Augmentation()
        self.encoder = encoder.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.painter = painter.to(device, memory_format=torch.channels_last).requires_grad_(False)  # type: ignore[call-overload]
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.bank, self.others = banks
        self.seen, self.seen_others = (all_statistics(encoder, bank.pictures) for bank in banks)
        layers = [encoder.first, encoder.second, encoder.last]
        weights = [weight for layer in layers for weight in layer.parameters()]
        self.optimizer = torch.optim.Adam(weights, settings.rate, (0.9, 0.99))
        self._average = AveragedModel(encoder, multi_avg_fn=get_ema_multi_avg_fn(settings.average), use_buffers=False)
        self.step = 0
        self.paint, self.losses = paint, perceptual_losses  # replaced by their compiled selves on request

    @property
    def smooth(self) -> Encoder:
        """The encoder with its weights averaged over the last steps: what a run is for."""
        return cast(Encoder, self._average.module) if self._average.n_averaged else self.encoder

    def regress(self, vectors: dict[str, Tensor]) -> None:
        """Learn the known vectors of some paintings, by file name, from all crops of these that keep their hues."""
        whole = [i for i, name in enumerate(self.bank.source) if name in vectors]
        if not whole:
            return
        wanted = torch.stack([vectors[self.bank.source[i]] for i in whole]).to(self.device)
        optimizer = torch.optim.Adam(self.encoder.parameters(), 1e-3)
        for _ in range(self.settings.regress):
            off = (self.encoder.predict(self.seen[whole]) - wanted) / self.encoder.spread
            optimizer.zero_grad()
            F.smooth_l1_loss(off, torch.zeros_like(off)).backward()
            optimizer.step()

    def advance(self, clean: Tensor, noisy: Tensor) -> Tensor:
        """One step on crops of photos [N, 3, S, S], each in another style; returns the total losses [N]."""
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.step)
        chosen = torch.randint(len(self.bank.source), (len(clean),), generator=generator)
        rate = settings.rate * min(
            (self.step + 1) / settings.warm, 1.0, 1.25 * (settings.steps - self.step) / settings.steps
        )
        self.optimizer.zero_grad()
        self.optimizer.param_groups[0]["lr"] = rate
        dx, dy = torch.randint(JITTER, (2,), generator=generator).tolist()
        seen, target = self.seen[chosen], self.bank.target.pick(chosen)
        for _ in range(BESIDE):
            beside = torch.randint(len(self.bank.source), (len(clean),), generator=generator)
            kind, share = torch.rand(2, len(clean), generator=generator)
            share = torch.where(kind < settings.mixed, share, 0.0)
            seen = self.encoder.side_by_side(seen, self.seen[beside], share.to(self.device))
            target = mixed_target(target, self.bank.target.pick(beside), share)
        seen = self._veiled(seen, generator)
        ways = self.paint, self.losses
        total = self._total(self.encoder.predict(seen), target, clean, noisy, (dx, dy), ways)
        loss = total.log().mean()  # every painting counts alike, however far off it still is
        loss.backward()
        if not torch.isfinite(loss):
            raise TrainingError(f"Training diverged at step {self.step}; resume with a smaller --rate.")
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 10.0)
        self.optimizer.step()
        self._average.update_parameters(self.encoder)
        self.step += 1
        return total.detach().cpu()

    def _veiled(self, seen: Tensor, generator: torch.Generator) -> Tensor:
        """Statistics [N, F], of which a share is replaced by what is usual, so that none is relied on alone."""
        share, centre = self.settings.dropout, self.encoder.centre
        veiled = torch.rand(seen.shape, generator=generator) < share
        return torch.where(veiled.to(self.device), centre, centre + (seen - centre) / (1 - share))

    @torch.no_grad()
    def look(self) -> Tensor:
        """Total losses [M] of the paintings that are not trained on, each on two fixed crops of photos."""
        clean, noisy = self.photos.crops(0, 2, 256, self.augmentation, 2**32 - 1)
        totals = []
        for index in range(len(self.others.source)):
            vector = self.smooth.predict(self.seen_others[index : index + 1])
            target = self.others.target.pick(torch.full((2,), index))
            totals.append(self._total(vector, target, clean, noisy).mean())
        return torch.stack(totals).cpu()

    def _total(
        self,
        vectors: Tensor,
        target: StyleTarget,
        clean: Tensor,
        noisy: Tensor,
        offset: tuple[int, int] = (0, 0),
        ways: tuple[Any, Any] = (paint, perceptual_losses),
    ) -> Tensor:
        (dx, dy), (to_paint, to_judge) = offset, ways
        clean, noisy = (x.to(self.device, memory_format=torch.channels_last) for x in (clean, noisy))
        with autocast(self.device):
            painted = limited(to_paint(self.painter, clean, vectors, noisy, self.settings.pad))
            part = (..., slice(dy, dy - JITTER), slice(dx, dx - JITTER))
            target = StyleTarget(*([t.to(self.device) for t in some] for some in target))
            losses = to_judge(self.network, painted[part], clean[part], target)
        return losses.total() + artifacts(painted, clean)

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "encoder": self.encoder.state_dict(),
            "smooth": self._average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        with atomic_path(path) as part:
            torch.save(state, part)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same settings. Raises TrainingError if it is of another encoder."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.encoder.load_state_dict(state["encoder"])
            self._average.load_state_dict(state["smooth"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]
        except Exception as error:  # torch raises many kinds
            raise TrainingError(f"{path} is no checkpoint of this encoder ({error}). Choose another --out.") from error


@torch.no_grad()
def all_statistics(encoder: Encoder, pictures: list[Tensor]) -> Tensor:
    """What the encoder's convolutions know of every picture (uint8 [3, H, W]): [N, F]."""
    device = encoder.mean.device
    found = torch.zeros(len(pictures), len(encoder.centre), device=device)
    for indices in batches(pictures):
        pixels = torch.stack([pictures[i] for i in indices]).to(device, memory_format=torch.channels_last).float() / 255
        with autocast(device):
            found[indices] = encoder.statistics(pixels)
    return found
