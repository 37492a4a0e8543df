"""Train a painter and many styles together.

    stylize train --photos DIR --paintings DIR --out runs/first [--steps N ...]
    torchrun --nproc-per-node 2 -m stylize.training.tasks.train ...    # one process per core: the fastest way
    stylize train artist --works DIR --out runs/artist                 # an artist's hand: stylize.training.tasks.artist

With `--from models/` it starts from a shipped painter and its styles; other paintings begin with the mean of these.
Writes `checkpoint.pt` (resumed by the same command), `losses.csv` and `samples.png` into the run's folder.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from stylize import imaging
from stylize.errors import StylizeError, TrainingError
from stylize.training.arguments import add_config, add_paintings, add_threads, read_config
from stylize.training.csv_log import append_row
from stylize.training.data.images import at_size, open_rgb, to_tensor
from stylize.training.data.paintings import find_paintings
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.device import best_device
from stylize.training.distributed import join, world_size
from stylize.training.loop import train
from stylize.training.losses.perceptual import Losses
from stylize.training.models.loss_network import load_loss_network
from stylize.training.models.painter import Painter, Shape
from stylize.training.models.trained_run import read_painter, read_vectors
from stylize.training.tasks import artist
from stylize.training.tasks.painter_trainer import PainterTrainer, TrainConfig

LOG_EVERY = 50  # steps between two rows of losses.csv
SAMPLES = 3  # photos that are painted at every checkpoint, shorter side 256

_log = logging.getLogger(__name__)


def run(trainer: PainterTrainer, out: Path, sample_photos: list[Tensor], sample_every: int = 500) -> None:
    """Train to the end, writing checkpoints, losses and samples into `out`. Interrupting saves and stops."""
    out.mkdir(parents=True, exist_ok=True)
    sums, count, started = torch.zeros(3), 0, time.monotonic()

    def after_step(losses: Losses) -> str | None:
        nonlocal count
        sums.add_(torch.stack([part.sum() for part in losses]))
        count += len(losses.style)
        if trainer.step % LOG_EVERY or not count:
            return None
        means = dict(zip(Losses._fields, (sums / count).tolist(), strict=True))
        row = {"step": trainer.step, "seconds": round(time.monotonic() - started, 1)}
        append_row(out / "losses.csv", row | {name: f"{mean:.5f}" for name, mean in means.items()})
        sums.zero_()
        count = 0
        return "style {style:.3f} content {content:.3f} tv {tv:.4f}".format(**means)

    def after_save() -> None:
        if sample_photos:
            imaging.write(trainer.samples(sample_photos), out / "samples.png")

    train(trainer, out / "checkpoint.pt", sample_every, after_step, after_save)
    if trainer.photos.unreadable:
        _log.warning("%d photos could not be read and were skipped", len(trainer.photos.unreadable))


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] == "artist":
        return artist.main(words[1:])
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(
        prog="stylize train",
        description=__doc__.split("\n")[0],
        epilog="stylize train artist --works DIR --out DIR [--start STYLE] [--id ID] [--artist NAME] "
        "[--style-loss averaged] [--all-weights] learns an artist's hand from many works; stylize train artist --help "
        "tells the rest.",
    )
    parser.add_argument("--photos", required=True, help="folder of photos")
    add_paintings(parser, "folder of paintings")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument(
        "--from", dest="start", type=Path, help="a folder of shipped networks to start from: their painter and styles"
    )
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    add_threads(parser, world_size())
    for kind in (TrainConfig, Augmentation, Shape):
        add_config(parser, kind)
    arguments = parser.parse_args(words)
    try:
        join()
        torch.set_num_threads(arguments.threads)
        _train(arguments, read_config(arguments, TrainConfig))
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace, config: TrainConfig) -> None:
    torch.manual_seed(config.seed)
    held_out = Photos.in_folder(arguments.photos)
    with suppress(TrainingError):  # a small folder may have none held out
        held_out = Photos.in_folder(arguments.photos, held_out=True)
    painter, vectors = _start(arguments)
    trainer = PainterTrainer(
        painter,
        find_paintings(arguments.paintings),
        Photos.in_folder(arguments.photos, held_out=False),
        load_loss_network(arguments.loss_weights, ours=False),
        config,
        read_config(arguments, Augmentation),
        device=best_device(),
        compiled=arguments.compile,
    )
    if vectors:
        trainer.start_from(vectors)
    samples = [to_tensor(at_size(open_rgb(path), 256, multiple=4)) for path in held_out.paths[:SAMPLES]]
    run(trainer, arguments.out, samples)


def _start(arguments: argparse.Namespace) -> tuple[Painter, Mapping[str, Tensor]]:
    """The painter to train, and the style vectors to start from by id, none for a new one."""
    if arguments.start:
        return read_painter(arguments.start), read_vectors(arguments.start)
    return Painter(read_config(arguments, Shape)), {}


if __name__ == "__main__":
    sys.exit(main())
