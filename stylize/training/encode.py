"""Train the encoder: paint photos with the vectors it predicts from paintings, and learn from the painter's own loss.

    python -m stylize.training.encode --photos DIR --styles DIR [DIR ...] --out runs/encoder
    python -m stylize.training.encode ... --from models/encoder.onnx --steps 3000 --rate 3e-3    # for a new painter

The painter of --models stays as it is. Writes `bank.pt` (crops of the paintings, made once), `checkpoint.pt` (resumed
by the same command) and `losses.csv` into the run's folder, and at the end encoder.onnx into --models.
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.styles import PHOTO
from stylize.stylizer import MODELS, Stylizer
from stylize.training.bank import HELD_OUT, Bank, batches, build
from stylize.training.data import Augmentation, Photos, find_paintings, is_held_out, pictures_in
from stylize.training.encoder import Encoder, read_encoder, write_encoder
from stylize.training.export import read_painter
from stylize.training.muon import Muon
from stylize.training.networks import Painter, paint
from stylize.training.options import add_settings, best_device, read_settings
from stylize.training.perceptual import (
    GRID_WEIGHT,
    TONE_WEIGHT,
    LossNetwork,
    Vgg,
    grid,
    load_loss_network,
    perceptual_losses,
    tone,
)
from stylize.training.trainer import JITTER
from stylize.training.trainer import Settings as Recipe

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How an encoder is trained. The rate rises, and falls to zero in proportion to the steps that are left."""

    steps: int = 8000
    batch: int = 4
    crop: int = 192  # pixels of a photo
    rate: float = 1e-2
    warm: int = 100  # steps of rising rate
    regress: int = 300  # steps, before, of learning the vectors of the painter's own paintings from crops of them
    crops: int = 8  # of each painting
    photo_styles: int = 250  # photos that are painted after, beside the paintings
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
        self.settings, self.photos, self.device = settings, photos, device
        self.augmentation = Augmentation()
        self.encoder = encoder.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.painter = painter.to(device, memory_format=torch.channels_last).requires_grad_(False)  # type: ignore[call-overload]
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.bank, self.others = banks
        self.seen, self.seen_others = (all_statistics(encoder, bank.pictures) for bank in banks)
        layers = [encoder.first, encoder.second, encoder.last]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Adam([layer.bias for layer in layers], settings.rate, (0.9, 0.99)),
            Muon([layer.weight for layer in layers], settings.rate),
        ]
        self.step = 0
        self.paint, self.losses = paint, perceptual_losses  # replaced by their compiled selves on request

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
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = rate
        dx, dy = torch.randint(JITTER, (2,), generator=generator).tolist()
        vectors = self.encoder.predict(self.seen[chosen])
        ways = self.paint, self.losses
        total = self._total(vectors, self.bank, chosen, clean, noisy, (dx, dy), ways)
        loss = total.log().mean()  # every painting counts alike, however far off it still is
        loss.backward()
        if not torch.isfinite(loss):
            raise TrainingError(f"Training diverged at step {self.step}; resume with a smaller --rate.")
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 10.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        return total.detach().cpu()

    @torch.no_grad()
    def look(self) -> Tensor:
        """Total losses [M] of the paintings that are not trained on, each on two fixed crops of photos."""
        clean, noisy = self.photos.crops(0, 2, 256, self.augmentation, 2**32 - 1)
        totals = []
        for index in range(len(self.others.source)):
            vector = self.encoder.predict(self.seen_others[index : index + 1])
            chosen = torch.full((2,), index)
            totals.append(self._total(vector, self.others, chosen, clean, noisy).mean())
        return torch.stack(totals).cpu()

    def _total(
        self,
        vectors: Tensor,
        bank: Bank,
        chosen: Tensor,
        clean: Tensor,
        noisy: Tensor,
        offset: tuple[int, int] = (0, 0),
        ways: tuple[Any, Any] = (paint, perceptual_losses),
    ) -> Tensor:
        (dx, dy), (to_paint, to_judge) = offset, ways
        clean, noisy = (x.to(self.device, memory_format=torch.channels_last) for x in (clean, noisy))
        with torch.autocast(self.device.type, torch.bfloat16):
            painted = to_paint(self.painter, clean, vectors, noisy)
            part = (..., slice(dy, dy - JITTER), slice(dx, dx - JITTER))
            target = bank.target.pick(chosen)
            target = type(target)(*([t.to(self.device) for t in some] for some in target))
            losses = to_judge(self.network, painted[part], clean[part], target)
        return losses.total() + grid(painted.float()) * GRID_WEIGHT + tone(painted.float(), clean) * TONE_WEIGHT

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "encoder": self.encoder.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "step": self.step,
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same settings. Raises TrainingError if it is of another encoder."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.encoder.load_state_dict(state["encoder"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
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
        with torch.autocast(device.type, torch.bfloat16):
            found[indices] = encoder.statistics(pixels)
    return found


def run(trainer: EncoderTrainer, out: Path) -> None:
    """Train to the end, writing checkpoints and losses into `out`. Interrupting saves and stops."""
    out.mkdir(parents=True, exist_ok=True)
    settings, checkpoint = trainer.settings, out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.load(checkpoint)
        _log.info("going on from step %d", trainer.step)
    started, logs, count = time.monotonic(), torch.zeros(()), 0
    bar = tqdm(total=settings.steps, initial=trainer.step, unit="step", mininterval=5)
    with ThreadPoolExecutor(1) as reader, bar:

        def crops(step: int) -> tuple[Tensor, Tensor]:
            return trainer.photos.crops(step, settings.batch, settings.crop, trainer.augmentation, settings.seed)

        upcoming = reader.submit(crops, trainer.step)
        try:
            while trainer.step < settings.steps:
                clean, noisy = upcoming.result()
                upcoming = reader.submit(crops, trainer.step + 1)
                logs += trainer.advance(clean, noisy).log().mean()
                count += 1
                bar.update()
                bar.set_postfix_str(f"total {(logs / count).exp().item():.3f}", refresh=False)
                if trainer.step % settings.check_every == 0 or trainer.step == settings.steps:
                    looked = trainer.look().log().mean().exp().item()
                    row = (trainer.step, time.monotonic() - started, (logs / count).exp().item(), looked)
                    _append_row(out / "losses.csv", row)
                    bar.set_postfix_str("total {:.3f} held out {:.3f}".format(*row[2:]))
                    logs, count = torch.zeros(()), 0
                    trainer.save(checkpoint)
        except KeyboardInterrupt:
            _log.warning("interrupted at step %d; the same command goes on", trainer.step)
        finally:
            upcoming.cancel()
    trainer.save(checkpoint)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m stylize.training.encode", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--styles", required=True, nargs="+", type=Path, help="folders of paintings")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter; encoder.onnx is written there")
    parser.add_argument("--from", dest="start", type=Path, help="an encoder.onnx to start from")
    parser.add_argument("--eyes", help="the loss network whose convolutions the encoder gets; default: the loss's own")
    parser.add_argument("--bank", type=Path, help="crops made by an earlier run; default: bank.pt in --out")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    add_settings(parser, Settings)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        settings: Settings = read_settings(arguments, Settings)
        torch.manual_seed(settings.seed)
        _train(arguments, settings)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace, settings: Settings) -> None:
    book = Stylizer(arguments.models, "cpu").styles
    network = load_loss_network(arguments.loss_weights)
    banks = _banks(arguments, settings, network)
    vectors = {style.id: torch.tensor(style.vector) for style in book if style.network is None}
    known = {p.path.name: vectors[p.id] for f in arguments.styles for p in find_paintings(f) if p.id in vectors}
    if arguments.start:
        encoder = read_encoder(arguments.start)
        encoder.about(torch.stack(list(vectors.values())))
    else:
        eyes = load_loss_network(arguments.eyes) if arguments.eyes else network
        if not isinstance(eyes, Vgg):
            raise TrainingError("The encoder sees with a VGG-like network: give --eyes one.")
        encoder = Encoder.seeing_like(eyes, len(book[PHOTO].vector))
    photos = Photos.in_folder(arguments.photos, held_out=False)
    trainer = EncoderTrainer(
        encoder, read_painter(arguments.models), banks, photos, network, settings, best_device()
    )  # fmt: skip
    if not arguments.start:
        encoder.standardise(trainer.seen, torch.stack(list(vectors.values())))
        trainer.regress(known)
    if arguments.compile:
        trainer.paint, trainer.losses = torch.compile(paint), torch.compile(perceptual_losses)
    run(trainer, arguments.out)
    worst = write_encoder(trainer.encoder.cpu(), arguments.models, book[PHOTO].painter)
    _log.info("wrote %s; largest difference from torch: %.2g", arguments.models / "encoder.onnx", worst)


def _banks(arguments: argparse.Namespace, settings: Settings, network: LossNetwork) -> tuple[Bank, Bank]:
    """The crops to train on, and the paintings held out; from files if they are there."""
    paintings = [path for folder in arguments.styles for path in pictures_in(folder)]
    held = [path for path in paintings if path.name in HELD_OUT] or paintings[:1]
    photos = [path for path in pictures_in(Path(arguments.photos)) if not is_held_out(path)]
    order = np.random.default_rng(settings.seed).permutation(len(photos))[: settings.photo_styles]
    trained = [(path, settings.crops) for path in paintings if path.name not in HELD_OUT]
    found = []
    path = arguments.bank or arguments.out / "bank.pt"
    for place, wanted in ((path, trained + [(photos[i], 1) for i in order]),
                          (path.with_stem(path.stem + "-held-out"), [(p, 1) for p in held])):  # fmt: skip
        if place.exists():
            found.append(Bank.load(place))
            continue
        with tqdm(total=len(wanted), desc=place.stem, unit="picture", mininterval=5) as bar:
            bank = build(wanted, network, Recipe().style_sizes, settings.seed, bar.update)
        bank.save(place)
        found.append(bank)
    return found[0], found[1]


def _append_row(path: Path, row: tuple[float, ...]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "seconds", "total", "held_out"])
        writer.writerow([row[0], *(f"{value:.4f}" for value in row[1:])])


if __name__ == "__main__":
    sys.exit(main())
