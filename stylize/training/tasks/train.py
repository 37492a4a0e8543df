"""Train a painter and many styles together.

    python -m stylize.training.tasks.train --photos DIR --styles DIR --out runs/first [--steps N ...]
    torchrun --nproc-per-node 2 -m stylize.training.tasks.train ...    # one process per core: the fastest way

With `--from models/` it starts from a shipped painter and its styles; other paintings begin with the mean of these.
Writes `checkpoint.pt` (resumed by the same command), `losses.csv` and `samples.png` into the run's folder.
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.training.arguments import add_settings, read_settings
from stylize.training.data.images import at_size, open_rgb, to_tensor
from stylize.training.data.paintings import find_paintings
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.distributed import join, rank, world_size
from stylize.training.losses.perceptual import perceptual_losses
from stylize.training.models.loss_network import load_loss_network
from stylize.training.models.painter import Painter, Shape, paint
from stylize.training.models.pretrained import read_painter, read_vectors
from stylize.training.precision import best_device
from stylize.training.tasks.painter_trainer import Settings, Trainer

_log = logging.getLogger(__name__)


def run(trainer: Trainer, out: Path, sample_photos: list[Tensor], sample_every: int = 500) -> None:
    """Train to the end, writing checkpoints, losses and samples into `out`. Interrupting saves and stops."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, settings = out / "checkpoint.pt", trainer.settings
    if checkpoint.exists():
        trainer.load(checkpoint)
        _log.info("going on from step %d", trainer.step)

    def crops(step: int) -> tuple[Tensor, Tensor]:
        return trainer.photos.crops(step, settings.batch, settings.crop, trainer.augmentation, settings.seed)

    bar = tqdm(total=settings.steps, initial=trainer.step, unit="step", mininterval=5, disable=rank() > 0)
    sums, counted, started = torch.zeros(3), 0, time.monotonic()
    with ThreadPoolExecutor(1) as reader, bar:
        upcoming = reader.submit(crops, trainer.step)
        try:
            while trainer.step < settings.steps:
                clean, noisy = upcoming.result()
                upcoming = reader.submit(crops, trainer.step + 1)
                losses = trainer.advance(clean, noisy)
                sums += torch.stack([part.sum() for part in losses])
                counted += len(losses.style)
                bar.update()
                if rank():
                    continue
                if trainer.step % 50 == 0 and counted:
                    means = (sums / counted).tolist()
                    _append_row(out / "losses.csv", trainer.step, time.monotonic() - started, means)
                    bar.set_postfix_str("style {:.3f} content {:.3f} tv {:.4f}".format(*means))
                    sums, counted = torch.zeros(3), 0
                if trainer.step % sample_every == 0:
                    trainer.save(checkpoint)
                    trainer.samples(sample_photos).save(out / "samples.png")
        except KeyboardInterrupt:
            _log.warning("interrupted at step %d; the same command goes on", trainer.step)
        except (MemoryError, RuntimeError) as error:  # on a CPU, torch says it with a plain RuntimeError
            if isinstance(error, RuntimeError) and "memory" not in str(error):
                raise
            raise TrainingError(
                "Out of memory. Use a smaller --batch or --crop; the last checkpoint is kept."
            ) from error
        finally:
            upcoming.cancel()
    if rank():
        return
    trainer.save(checkpoint)
    trainer.samples(sample_photos).save(out / "samples.png")
    if trainer.photos.unreadable:
        _log.warning("%d photos could not be read and were skipped", len(trainer.photos.unreadable))


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="stylize train", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--styles", required=True, help="folder of paintings")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument(
        "--from", dest="start", type=Path, help="a folder of shipped networks to start from: their painter and styles"
    )
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--threads", type=int, default=max(1, len(os.sched_getaffinity(0)) // world_size()))
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    add_settings(parser, Settings)
    add_settings(parser, Augmentation)
    add_settings(parser, Shape)
    arguments = parser.parse_args(argv)
    try:
        join()
        torch.set_num_threads(arguments.threads)
        settings: Settings = read_settings(arguments, Settings)
        torch.manual_seed(settings.seed)
        held_out = Photos.in_folder(arguments.photos)
        with suppress(TrainingError):  # a small folder may have none held out
            held_out = Photos.in_folder(arguments.photos, held_out=True)
        painter = read_painter(arguments.start) if arguments.start else Painter(read_settings(arguments, Shape))
        trainer = Trainer(
            painter,
            find_paintings(arguments.styles),
            Photos.in_folder(arguments.photos, held_out=False),
            load_loss_network(arguments.loss_weights, ours=False),
            settings,
            read_settings(arguments, Augmentation),
            best_device(),
        )
        if arguments.start:
            trainer.begin_with(read_vectors(arguments.start))
        if arguments.compile:
            trainer.paint, trainer.losses = torch.compile(paint), torch.compile(perceptual_losses)
        samples = [to_tensor(at_size(open_rgb(p), 256, multiple=4)) for p in held_out.paths[:3]]
        run(trainer, arguments.out, samples)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _append_row(path: Path, step: int, seconds: float, means: list[float]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "seconds", "style", "content", "tv"])
        writer.writerow([step, round(seconds, 1), *(f"{m:.5f}" for m in means)])


if __name__ == "__main__":
    sys.exit(main())
