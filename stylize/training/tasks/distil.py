"""Distil a small loss network from a larger one, so that teaching and optimising need no download.

    python -m stylize.training.tasks.distil --photos DIR --styles DIR [DIR ...] --teacher PATH \\
        --out models/loss.safetensors

The student is our own `Vgg`: as wide as the teacher at the layers that are kept (relu1_1, relu2_1, ...), with one
convolution between two of them, and started from random numbers. It learns the teacher's features and Gram matrices
(knowledge distillation by feature regression: Romero et al. 2015, https://arxiv.org/abs/1412.6550) of photos and of
paintings at many scales.

First each part, from one kept layer to the next, learns by itself, from the teacher's features: that is a shallow
problem, and quick. Then the whole learns, and beside the crops it sees pictures on their way from a photo to a
painting. These are walked by the student's own gradient: where optimisation would exploit an error of the student, the
student is shown that very picture and what the teacher says of it (as in DAgger, Ross et al. 2011,
https://arxiv.org/abs/1011.0686).

The state of the run lies beside the result (`<out>.run`); the same command goes on from it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.imaging import atomic_path
from stylize.training.arguments import add_settings, read_settings
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.losses.perceptual import gram
from stylize.training.models.loss_network import LossNetwork, Vgg, load_loss_network, save_vgg
from stylize.training.muon import Muon
from stylize.training.precision import autocast, best_device
from stylize.training.tasks import painter_trainer

INNER = (32, 48, 128, 256)  # channels between two kept layers, where the student has one convolution
WALKERS = 16  # pictures that are being walked from a photo to a painting
BIAS_RATE = 4.0  # step of a bias, in steps of its layer's weights
LIFE = 40  # turns of a walker, on average
STRIDES = (0.005, 0.05)  # root mean square of a walker's step, pixels in 0..1
MIXED, NOISY = 0.2, 0.25  # shares of the pictures that are mixed with another, and that get noise
NOISE = 0.2  # its largest deviation
PHOTOS = Augmentation(zoom=0.3, jitter=0.3)
PAINTINGS = Augmentation(zoom=0.15, jitter=0.3)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How the student learns; one step sees so many crops of each kind."""

    steps: int = 5000
    photo_crops: int = 3
    painting_crops: int = 3
    walked: int = 2
    crop: int = 160  # pixels
    rate: float = 1e-2  # peak size of a step relative to a layer's first weights
    apart: float = 0.85  # share of the steps in which each part learns by itself
    gram: float = 1.0  # weight of the Gram matrices beside the features
    warm: int = 100  # steps of rising rate
    cool: float = 0.7  # share of the steps in which the rate falls to zero
    seed: int = 1


class Mismatch(NamedTuple):
    """How far the student is from the teacher, one number a layer [L], each relative to the teacher's own size."""

    features: Tensor
    grams: Tensor


class Distillation:
    """A run in progress: the student, its optimisers, the walkers, and what is needed to go on."""

    def __init__(
        self, teacher: LossNetwork, photos: Photos, paintings: Photos, settings: Settings, device: torch.device
    ) -> None:
        self.settings, self.photos, self.paintings, self.device = settings, photos, paintings, device
        self.teacher = teacher.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.step = 0
        student = new_student(teacher, torch.cat(self.crops(0)).to(device))
        self.student = student.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = self._optimizers()
        self.walkers = torch.zeros(WALKERS, 3, settings.crop, settings.crop)  # where each is now
        self.goals = torch.zeros_like(self.walkers)  # the painting each walks to

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        """Muon for the weights, Adam for the biases; a layer's rate grows with its weights, which differ a lot."""
        muon, adam = [], []
        for name, weight in self.student.named_parameters():
            if weight.ndim == 4:
                step = self.settings.rate * weight.detach().square().mean().sqrt().item()
                muon.append({"params": [weight], "lr": 0.0, "peak": step / 0.2})  # Muon's own steps are 0.2 x rate
                bias = self.student.get_parameter(name.replace("weight", "bias"))
                adam.append({"params": [bias], "lr": 0.0, "peak": step * BIAS_RATE})
        return [Muon(muon, 0.0), torch.optim.Adam(adam, betas=(0.9, 0.99))]

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """Photos [N, 3, S, S] and paintings [M, 3, S, S] of a step."""
        s = self.settings
        return (
            self.photos.crops(step, s.photo_crops, s.crop, PHOTOS, s.seed)[0],
            self.paintings.crops(step, s.painting_crops, s.crop, PAINTINGS, s.seed)[0],
        )

    @property
    def apart(self) -> bool:
        """Whether the parts of the student still learn by themselves."""
        return self.step < self.settings.apart * self.settings.steps

    def advance(self, photos: Tensor, paintings: Tensor) -> Mismatch:
        """One optimiser step on the crops of a step and on some walkers."""
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        walked = photos[:0] if self.apart else self._walk(photos, paintings, generator)
        batch = torch.cat([_varied(torch.cat([photos, paintings]), generator), walked])
        batch = batch.to(self.device, memory_format=torch.channels_last)
        recipe = painter_trainer.Settings(steps=self.settings.steps, warm=self.settings.warm, cool=self.settings.cool)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * painter_trainer.schedule(self.step, recipe)
        with autocast(self.device):
            with torch.no_grad():
                wanted = self.teacher(batch)
            got = in_parts(self.student, batch, wanted) if self.apart else self.student(batch)
        found = mismatch(got, wanted)
        total = found.features.sum() + self.settings.gram * found.grams.log1p().sum()
        if not torch.isfinite(total):
            raise TrainingError(f"Distillation diverged at step {self.step}. Use a smaller --rate and another --out.")
        total.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        return Mismatch(found.features.detach().cpu(), found.grams.detach().cpu())

    def _walk(self, photos: Tensor, paintings: Tensor, generator: torch.Generator) -> Tensor:
        """Move the next few walkers one step down the student's style loss; one of them starts anew now and then."""
        count = min(self.settings.walked, WALKERS)
        turn = torch.arange(self.step * count, (self.step + 1) * count) % WALKERS
        idle = self.goals[turn].flatten(1).amax(1) == 0  # has never walked
        anew = idle | (torch.rand(count, generator=generator) < 1 / LIFE)
        for place in turn[anew].tolist():
            photo, painting = (int(torch.randint(len(x), (), generator=generator)) for x in (photos, paintings))
            self.walkers[place], self.goals[place] = photos[photo], paintings[painting]
        if not count:
            return self.walkers[:0]
        low, high = STRIDES
        stride = low * (high / low) ** torch.rand(count, 1, 1, 1, generator=generator)
        pixels = self.walkers[turn].to(self.device, memory_format=torch.channels_last).requires_grad_()
        with autocast(self.device):
            with torch.no_grad():
                goals = self.student(self.goals[turn].to(self.device))
            features = self.student(pixels)
        loss = _gram_distance([gram(f) for f in features], [gram(f) for f in goals]).sum()
        (slope,) = torch.autograd.grad(loss, [pixels])
        size = slope.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
        moved = (pixels.detach() - stride.to(self.device) * slope / size).clamp(0, 1).cpu()
        self.walkers[turn] = moved
        return moved

    def save(self, path: Path) -> None:
        """Write the state of the run, whole or not at all."""
        state = {
            "student": self.student.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "walkers": self.walkers,
            "goals": self.goals,
            "step": self.step,
            "settings": asdict(self.settings),
        }
        with atomic_path(path) as part:
            torch.save(state, part)

    def load(self, path: Path) -> None:
        """Go on from a state. Raises TrainingError if it is broken or of a run with other crops."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.student.load_state_dict(state["student"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            if state["walkers"].shape != self.walkers.shape:
                raise ValueError(f"its crops are of {state['walkers'].shape[-1]} pixels")
            self.walkers, self.goals, self.step = state["walkers"], state["goals"], state["step"]
        except Exception as error:  # torch raises many kinds for a file that is not its own
            raise TrainingError(f"{path} is not a state of this run ({error}). Remove it to start anew.") from error


@torch.no_grad()
def new_student(teacher: LossNetwork, pixels: Tensor, inner: Sequence[int] = INNER) -> Vgg:
    """A `Vgg` with random weights, as wide as `teacher` at each kept layer, and `inner` between them.

    Each layer is scaled so that its activations of `pixels` [N, 3, H, W] are as large as the teacher's in that group.
    """
    wanted = teacher(pixels)
    layers: list[list[nn.Conv2d]] = []
    x = pixels
    for features, *between in zip_longest(wanted, inner):
        layers.append([])
        for width in (features.shape[1], *filter(None, between)):
            layer = nn.Conv2d(x.shape[1], width, 3, padding=1, padding_mode="reflect")
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(cast(Tensor, layer.bias))
            gain = (features.square().mean() / F.relu(layer(x)).square().mean()).sqrt()
            layer.weight.mul_(gain)
            layers[-1].append(layer)
            x = F.relu(layer(x))
        x = F.max_pool2d(x, 2)
    return Vgg(layers, normalise=False)


def in_parts(student: Vgg, pixels: Tensor, wanted: Sequence[Tensor]) -> list[Tensor]:
    """The student's kept layers, each computed from the teacher's kept layer before it."""
    groups = [list(cast(nn.ModuleList, group)) for group in student.groups]
    got = [F.relu(groups[0][0](pixels))]
    for x, group, following in zip(wanted, groups, groups[1:], strict=False):
        for layer in group[1:]:
            x = F.relu(layer(x))
        got.append(F.relu(following[0](F.max_pool2d(x, 2))))
    return got


def mismatch(got: list[Tensor], wanted: list[Tensor]) -> Mismatch:
    """Features [N, C, H, W] of the student against the teacher's, layer by layer, means over the pictures."""
    features = [
        ((a.float() - b.float()).square().mean((1, 2, 3)) / b.float().square().mean((1, 2, 3)).clamp_min(1e-6)).mean()
        for a, b in zip(got, wanted, strict=True)
    ]
    grams = [_gram_distance([gram(a)], [gram(b)]).mean() for a, b in zip(got, wanted, strict=True)]
    return Mismatch(torch.stack(features), torch.stack(grams))


def _gram_distance(got: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """The style loss of Gram matrices [N, C, C], one list entry a layer: per picture [N]."""
    parts = [
        (a - b).square().sum((1, 2)) / b.square().sum((1, 2)).clamp_min(1e-6) for a, b in zip(got, wanted, strict=True)
    ]
    return torch.stack(parts).sum(0)


def _varied(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Some of the pictures [N, 3, S, S] mixed with their neighbour, some with noise over them."""
    shape = (len(pixels), 1, 1, 1)
    chance, share, deviation = torch.rand(3, *shape, generator=generator)
    pixels = torch.lerp(pixels, pixels.roll(1, 0), share * (chance < MIXED))
    noisy = (chance > 1 - NOISY) * deviation**2 * NOISE
    return (pixels + noisy * torch.randn(pixels.shape, generator=generator)).clamp(0, 1)


def run(distillation: Distillation, out: Path, about: dict[str, str], save_every: int = 200) -> None:
    """Distil to the end; the network so far is written to `out` at every save, and when interrupted."""
    state, settings = out.with_name(out.name + ".run"), distillation.settings
    if state.exists():
        distillation.load(state)
        _log.info("going on from step %d", distillation.step)

    def keep() -> None:
        distillation.save(state)
        save_vgg(distillation.student, out, about | {"steps": str(distillation.step)})

    bar = tqdm(total=settings.steps, initial=distillation.step, unit="step", mininterval=5)
    mean = None
    with ThreadPoolExecutor(1) as reader, bar:
        upcoming = reader.submit(distillation.crops, distillation.step)
        try:
            while distillation.step < settings.steps:
                crops = upcoming.result()
                upcoming = reader.submit(distillation.crops, distillation.step + 1)
                found = torch.stack(distillation.advance(*crops))
                mean = found if mean is None else torch.lerp(mean, found, 0.02)
                bar.update()
                if distillation.step % 50 == 0:
                    features, grams = (" ".join(f"{x:.3f}" for x in row) for row in mean.tolist())
                    bar.set_postfix_str(f"features {features}, Gram {grams}")
                if distillation.step % save_every == 0:
                    keep()
        except KeyboardInterrupt:
            _log.warning("interrupted at step %d; the same command goes on", distillation.step)
        finally:
            upcoming.cancel()
    keep()


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="stylize distil", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--styles", required=True, nargs="+", metavar="DIR", help="folders of paintings")
    parser.add_argument("--teacher", required=True, help="vgg16 or a state dict, as for --loss-weights elsewhere")
    parser.add_argument("--out", required=True, type=Path, help="safetensors file to write")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    add_settings(parser, Settings)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        settings: Settings = read_settings(arguments, Settings)
        if not arguments.out.parent.is_dir():
            raise TrainingError(f"{arguments.out.parent} is not a folder. Make it first, or choose another --out.")
        torch.manual_seed(settings.seed)
        distillation = Distillation(
            load_loss_network(arguments.teacher),
            Photos.in_folder(arguments.photos, held_out=False),
            Photos([path for folder in arguments.styles for path in Photos.in_folder(folder).paths]),
            settings,
            best_device(),
        )
        run(distillation, arguments.out, {"teacher": Path(arguments.teacher).stem})
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
