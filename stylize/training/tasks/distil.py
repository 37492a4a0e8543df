"""Distil a small loss network from a larger one, so that teaching and optimising need no download.

    stylize distil --photos DIR --paintings DIR [DIR ...] --teacher PATH --out models/loss.safetensors
    stylize distil regions --photos DIR [DIR ...] --teachers DIR --out runs/regions

How it learns is told in `distillation_trainer`. The state of the run lies beside the result (`<out>.run`); the same
command goes on from it.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import torch

from stylize.errors import StylizeError, TrainingError
from stylize.training.arguments import add_config, add_paintings, add_threads, read_config
from stylize.training.data.photos import Photos
from stylize.training.device import best_device
from stylize.training.loop import train
from stylize.training.models.loss_network import load_loss_network, save_vgg
from stylize.training.tasks import distil_regions
from stylize.training.tasks.distillation_trainer import DistilConfig, DistillationLoss, DistillationTrainer

SHOW_EVERY = 50  # steps
AVERAGE = 0.02  # share of the last step in the running means that the bar shows


def run(trainer: DistillationTrainer, out: Path, about: dict[str, str], save_every: int = 200) -> None:
    """Distil to the end; the network so far is written to `out` at every save, and when interrupted."""
    mean: torch.Tensor | None = None

    def after_step(loss: DistillationLoss) -> str | None:
        nonlocal mean
        found = torch.stack(loss)
        mean = found if mean is None else torch.lerp(mean, found, AVERAGE)
        if trainer.step % SHOW_EVERY:
            return None
        features, grams = (" ".join(f"{value:.3f}" for value in row) for row in mean.tolist())
        return f"features {features}, Gram {grams}"

    def after_save() -> None:
        save_vgg(trainer.student, out, about | {"steps": str(trainer.step)})

    train(trainer, out.with_name(out.name + ".run"), save_every, after_step, after_save)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] == "regions":
        return distil_regions.main(arguments[1:])
    return _distil(arguments)


def _distil(argv: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(
        prog="stylize distil",
        description=__doc__.split("\n")[0],
        epilog="stylize distil regions --photos DIR --teachers DIR --out DIR distils the network that finds regions.",
    )
    parser.add_argument("--photos", required=True, help="folder of photos")
    add_paintings(parser, "folders of paintings", "+")
    parser.add_argument("--teacher", required=True, help="vgg16 or a state dict, as for --loss-weights elsewhere")
    parser.add_argument("--out", required=True, type=Path, help="safetensors file to write")
    add_threads(parser)
    add_config(parser, DistilConfig)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        config: DistilConfig = read_config(arguments, DistilConfig)
        if not arguments.out.parent.is_dir():
            raise TrainingError(f"{arguments.out.parent} is not a folder. Make it first, or choose another --out.")
        torch.manual_seed(config.seed)
        trainer = DistillationTrainer(
            load_loss_network(arguments.teacher),
            Photos.in_folder(arguments.photos, held_out=False),
            Photos([path for folder in arguments.paintings for path in Photos.in_folder(folder).paths]),
            config,
            device=best_device(),
        )
        run(trainer, arguments.out, {"teacher": Path(arguments.teacher).stem})
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
