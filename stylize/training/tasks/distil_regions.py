"""Distil the regions network (subject, classes, faces) from larger networks.

    stylize distil regions --photos DIR [DIR ...] --teachers DIR --out runs/regions

What the teachers are and how their files are called is told in `stylize.training.data.region_labels`; how the network
learns, in `regions_trainer`. Into the run's folder go `labels/` (what the teachers say of each photo, made once),
`checkpoint.pt` (resumed by the same command), `losses.csv`, and `regions.onnx`: put that one into the models folder.
One photo in ten is never trained on; `python -m stylize.training.evaluation.regions` measures there.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

import torch
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.inference.session import Device
from stylize.training.arguments import add_config, add_threads, read_config
from stylize.training.checkpoint import write_checkpoint
from stylize.training.csv_log import append_row
from stylize.training.data.images import pictures_in, suffixes
from stylize.training.data.region_crops import RegionPhotos, is_region_held_out
from stylize.training.data.region_labels import Teachers, find_teacher, label_photos, labels_path
from stylize.training.device import best_device
from stylize.training.export.regions import write_regions
from stylize.training.loop import train
from stylize.training.models.regions import Regions
from stylize.training.models.trained_run import read_regions
from stylize.training.tasks.regions_trainer import RegionsConfig, RegionsLoss, RegionsTrainer

CHECKPOINT = "checkpoint.pt"
SHOW_EVERY = 25  # steps
AVERAGE = 0.02  # share of the last step in the running means that are shown

_log = logging.getLogger(__name__)


def run(trainer: RegionsTrainer, out: Path, save_every: int) -> None:
    """Train to the end; the network is written then, or when interrupted, a checkpoint at every save."""
    mean: torch.Tensor | None = None
    started = time.monotonic()

    def after_step(loss: RegionsLoss) -> str | None:
        nonlocal mean
        found = torch.stack(loss)
        mean = found if mean is None else torch.lerp(mean, found, AVERAGE)
        if trainer.step % SHOW_EVERY:
            return None
        parts = dict(zip(RegionsLoss._fields, mean.tolist(), strict=True))
        values = {"seconds": time.monotonic() - started, **parts}
        append_row(out / "losses.csv", {"step": trainer.step, **{name: f"{x:.4f}" for name, x in values.items()}})
        return ", ".join(f"{name} {value:.3f}" for name, value in parts.items())

    train(trainer, out / CHECKPOINT, save_every, after_step)
    write_regions(trainer.averaged, out / "regions.onnx")


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="stylize distil regions", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, type=Path, nargs="+", metavar="DIR", help="folders of photos")
    parser.add_argument("--teachers", required=True, type=Path, metavar="DIR", help="folder of the larger networks")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument(
        "--transfer", action=argparse.BooleanOptionalAction, default=True,
        help="start the trunk from the teacher for classes; default: yes",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="start", type=Path, metavar="FILE", help="a regions.onnx to go on from, in place of a teacher"
    )
    parser.add_argument("--save-every", type=int, default=200, help="steps; default %(default)s")
    add_threads(parser)
    add_config(parser, RegionsConfig)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        _distil(arguments, read_config(arguments, RegionsConfig))
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out / "regions.onnx")
    return 0


def _distil(arguments: argparse.Namespace, config: RegionsConfig) -> None:
    torch.manual_seed(config.seed)
    network = read_regions(arguments.start) if arguments.start else Regions()
    if arguments.transfer and not arguments.start:
        network.start_from(find_teacher(arguments.teachers, "deeplab"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    photos = labelled_photos(arguments.photos, arguments.teachers, arguments.out, arguments.threads, held_out=False)
    known = arguments.transfer or arguments.start is not None
    trainer = RegionsTrainer(network, photos, config, transferred=known, device=best_device())
    if not arguments.start and not (arguments.out / CHECKPOINT).exists():
        with tqdm(total=-(-config.place_crops // config.batch), desc="places", unit="batch", mininterval=5) as bar:
            loss = trainer.learn_from_places(bar.update)
        _log.info("places: " + ", ".join(f"{n} {x:.3f}" for n, x in zip(loss._fields, loss, strict=True)))
        write_checkpoint(trainer.state_dict(), arguments.out / CHECKPOINT)
    run(trainer, arguments.out, arguments.save_every)


def labelled_photos(folders: list[Path], teachers: Path, out: Path, threads: int, *, held_out: bool) -> RegionPhotos:
    """The photos that are kept for evaluation, or the others, with labels in `out`/labels, made where they lack.

    Raises TrainingError if there are none, or if a teacher is missing.
    """
    paths = [path for folder in folders for path in pictures_in(folder) if is_region_held_out(path) == held_out]
    if not paths:
        raise TrainingError(f"No photos found in {', '.join(map(str, folders))}. Give folders of {suffixes()} files.")
    folder = out / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(paths), desc="labels", unit="photo", mininterval=5) as bar:
        found = label_photos(paths, lambda: Teachers(teachers, Device("cpu", threads)), folder, bar.update)
    if not found:
        raise TrainingError(f"None of the {len(paths)} photos could be read; the last one was {paths[-1]}.")
    return RegionPhotos(found, [labels_path(path, folder) for path in found])


if __name__ == "__main__":
    sys.exit(main())
