"""Make the fine painter of a models folder: what paints large pictures the second time, at a third of the work.

    stylize fine --photos DIR --models models/ --out runs/fine

How it learns is told in `fine_trainer`. The state of the run lies in `--out`, and the same command goes on from it; the
networks are written into `--models` at the end, or when interrupted. Pictures of `--paintings` are styles to learn
with, beside those of the models: the fine painter must know what the encoder predicts, too.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import torch

from stylize.errors import PictureError, StylizeError
from stylize.inference.style_vector import of_layers
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_config, add_threads, read_config
from stylize.training.csv_log import append_row
from stylize.training.data.photos import Photos
from stylize.training.device import best_device
from stylize.training.export.painter import export_fine
from stylize.training.loop import train
from stylize.training.models.trained_run import read_painter, read_vectors
from stylize.training.tasks.fine_trainer import FineConfig, FineLoss, FineTrainer

LOG_EVERY = 50  # steps between two rows of losses.csv

_log = logging.getLogger(__name__)


def run(trainer: FineTrainer, models: Path, out: Path, save_every: int = 200) -> float:
    """Train to the end, or until interrupted, and write the networks into `models`.

    Returns the largest difference of ONNX Runtime from torch. Raises TrainingError if that is too large.
    """
    out.mkdir(parents=True, exist_ok=True)
    recent: list[torch.Tensor] = []

    def after_step(loss: FineLoss) -> str | None:
        recent.append(torch.stack(loss))
        if trainer.step % LOG_EVERY:
            return None
        means = dict(zip(FineLoss._fields, torch.stack(recent).mean(0).tolist(), strict=True))
        recent.clear()
        append_row(out / "losses.csv", {"step": trainer.step} | {name: f"{mean:.3g}" for name, mean in means.items()})
        return "detail {detail:.4f} whole {whole:.4f} grid {grid:.2g}".format(**means)

    train(trainer, out / "checkpoint.pt", save_every, after_step)
    numbers = of_layers(trainer.vectors[0], trainer.painter.shape.channels, trainer.places)
    return export_fine(trainer.fine.cpu().eval(), models, numbers.cpu())


def predicted(models: Path, paintings: Path) -> dict[str, torch.Tensor]:
    """The style vectors [style_size] of all pictures in a folder that show a style, as the encoder predicts them."""
    stylizer, found = Stylizer(models, "cpu"), {}
    for path in Photos.in_folder(paintings).paths:
        try:
            found[f"{paintings.name}/{path.name}"] = torch.tensor(stylizer.predict(path).vector)
        except PictureError as error:
            _log.warning("%s was left out: %s", path.name, error)
    return found


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="stylize fine", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--models", required=True, type=Path, help="folder of the painter, which gets the fine painter")
    parser.add_argument("--paintings", type=Path, help="folder of pictures that are styles, too")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    add_threads(parser)
    add_config(parser, FineConfig)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        config: FineConfig = read_config(arguments, FineConfig)
        torch.manual_seed(config.seed)
        vectors = read_vectors(arguments.models)
        if arguments.paintings:
            vectors |= predicted(arguments.models, arguments.paintings)
        photos = Photos.in_folder(arguments.photos, held_out=False)
        trainer = FineTrainer(read_painter(arguments.models), vectors, photos, config, device=best_device())
        worst = run(trainer, arguments.models, arguments.out)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {arguments.models}; largest difference of ONNX Runtime from torch: {worst:.2g} (pixels in 0..1)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
