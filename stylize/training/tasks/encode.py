"""Train the encoder: paint photos with the vectors it predicts from paintings, and learn from the painter's own loss.

    python -m stylize.training.tasks.encode --photos DIR --styles DIR [DIR ...] --out runs/encoder
    python -m stylize.training.tasks.encode ... --from models/encoder.onnx --steps 3000    # for a new painter

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
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.paths import MODELS
from stylize.styles import PHOTO
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_settings, read_settings
from stylize.training.data.images import pictures_in
from stylize.training.data.painting_crops import HELD_OUT, Bank, build
from stylize.training.data.paintings import find_paintings
from stylize.training.data.photos import Photos, is_held_out
from stylize.training.export.encoder import write_encoder
from stylize.training.losses.perceptual import perceptual_losses
from stylize.training.models.encoder import Encoder, between, widened
from stylize.training.models.loss_network import LossNetwork, Vgg, load_loss_network
from stylize.training.models.painter import paint
from stylize.training.models.pretrained import read_encoder, read_painter
from stylize.training.precision import best_device
from stylize.training.tasks.encoder_trainer import EncoderTrainer, Settings
from stylize.training.tasks.painter_trainer import Settings as Recipe

_log = logging.getLogger(__name__)


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
    parser = argparse.ArgumentParser(prog="stylize encode", description=__doc__.split("\n")[0])
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
        encoder = widened(read_encoder(arguments.start), settings.hidden)
        encoder.about(torch.stack(list(vectors.values())))
        before = deepcopy(encoder)
    else:
        eyes = load_loss_network(arguments.eyes) if arguments.eyes else network
        if not isinstance(eyes, Vgg):
            raise TrainingError("The encoder sees with a VGG-like network: give --eyes one.")
        encoder = Encoder.seeing_like(eyes, len(book[PHOTO].vector), settings.hidden)
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
    written = trainer.smooth.cpu()
    if arguments.start:
        written = between(written, before, settings.keep)
    worst = write_encoder(written, arguments.models, book[PHOTO].painter)
    _log.info("wrote %s; largest difference from torch: %.2g", arguments.models / "encoder.onnx", worst)


def _banks(arguments: argparse.Namespace, settings: Settings, network: LossNetwork) -> tuple[Bank, Bank]:
    """The crops to train on, and the paintings held out; from files if they are there."""
    paintings = [path for folder in arguments.styles for path in pictures_in(folder)]
    held = [path for path in paintings if path.name in HELD_OUT] or paintings[:1]
    photos = [path for path in pictures_in(Path(arguments.photos)) if not is_held_out(path)]
    order = np.random.default_rng(settings.seed).permutation(len(photos))[: settings.photo_styles]
    trained = [(path, range(settings.views)) for path in paintings if path.name not in HELD_OUT]
    found = []
    path = arguments.bank or arguments.out / "bank.pt"
    recoloured = [(photos[number], range(1 + i % 2, 2 + i % 2)) for i, number in enumerate(order)]
    for place, wanted in ((path, trained + recoloured),
                          (path.with_stem(path.stem + "-held-out"), [(p, range(1)) for p in held])):  # fmt: skip
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
