"""Train the encoder: paint photos with the vectors it predicts from paintings, and learn from the painter's own loss.

    stylize encode --photos DIR --paintings DIR [DIR ...] --out runs/encoder
    stylize encode ... --from models/encoder.onnx --steps 3000    # for a new painter

The painter of --models stays as it is. Writes `crops.pt` (crops of the paintings, made once), `checkpoint.pt` (resumed
by the same command) and `losses.csv` into the run's folder, and at the end encoder.onnx into --models.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
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
from stylize.training.arguments import add_config, add_paintings, add_threads, read_config
from stylize.training.csv_log import append_row
from stylize.training.data.images import pictures_in
from stylize.training.data.painting_crops import HELD_OUT, PaintingCrops, crop_paintings
from stylize.training.data.paintings import find_paintings
from stylize.training.data.photos import Photos, is_held_out
from stylize.training.device import best_device
from stylize.training.export.encoder import write_encoder
from stylize.training.loop import train
from stylize.training.models.encoder import Encoder, for_style_size, interpolate, widen
from stylize.training.models.loss_network import LossNetwork, Vgg, load_loss_network
from stylize.training.models.trained_run import read_encoder, read_painter
from stylize.training.tasks.encoder_trainer import EncodeConfig, EncoderTrainer

_log = logging.getLogger(__name__)


def run(trainer: EncoderTrainer, out: Path) -> None:
    """Train to the end, writing checkpoints and losses into `out`. Interrupting saves and stops."""
    out.mkdir(parents=True, exist_ok=True)
    started, logs = time.monotonic(), torch.zeros(2)  # the sum of the totals' logarithms, and their number

    def after_step(totals: Tensor) -> str:
        logs.add_(torch.stack([totals.log().mean(), torch.tensor(1.0)]))
        total = (logs[0] / logs[1]).exp().item()
        text = f"total {total:.3f}"
        if trainer.step % trainer.config.check_every == 0 or trainer.step == trainer.steps:
            held_out = trainer.validate().log().mean().exp().item()
            values = {"seconds": time.monotonic() - started, "total": total, "held_out": held_out}
            row = {"step": trainer.step, **{name: f"{value:.4f}" for name, value in values.items()}}
            append_row(out / "losses.csv", row)
            text += f" held out {held_out:.3f}"
            logs.zero_()
        return text

    train(trainer, out / "checkpoint.pt", trainer.config.check_every, after_step)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="stylize encode", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    add_paintings(parser, "folders of paintings", "+")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter; encoder.onnx is written there")
    parser.add_argument("--from", dest="start", type=Path, help="an encoder.onnx to start from")
    parser.add_argument(
        "--features", help="the loss network whose convolutions the encoder gets; default: the loss's own"
    )
    parser.add_argument("--crops", type=Path, help="crops made by an earlier run; default: crops.pt in --out")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    add_threads(parser)
    add_config(parser, EncodeConfig)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        _train(arguments, read_config(arguments, EncodeConfig))
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace, config: EncodeConfig) -> None:
    torch.manual_seed(config.seed)
    styles = Stylizer(arguments.models, "cpu").styles
    network, painter = load_loss_network(arguments.loss_weights), read_painter(arguments.models)
    paintings, held_out = _painting_crops(arguments, config, network)
    vectors = {style.id: torch.tensor(style.vector) for style in styles if style.network is None}
    before = widen(read_encoder(arguments.start), config.hidden) if arguments.start else None
    known = before is not None and before.style_size == painter.shape.style_size  # else the vectors are others
    if before is not None:
        encoder = for_style_size(deepcopy(before), painter.shape.style_size)
        encoder.centre_on(torch.stack(list(vectors.values())))
    else:
        features = load_loss_network(arguments.features) if arguments.features else network
        if not isinstance(features, Vgg):
            raise TrainingError("The encoder's convolutions are those of a VGG-like network: give --features one.")
        encoder = Encoder.from_loss_network(features, painter.shape.style_size, config.hidden)
    trainer = EncoderTrainer(
        encoder,
        painter,
        paintings,
        held_out,
        Photos.in_folder(arguments.photos, held_out=False),
        network,
        config,
        device=best_device(),
        compiled=arguments.compile,
    )
    if before is None:
        encoder.standardise(trainer.statistics, torch.stack(list(vectors.values())))
    if not known:
        found = [painting for folder in arguments.paintings for painting in find_paintings(folder)]
        trainer.pretrain({painting.path.name: vectors[painting.id] for painting in found if painting.id in vectors})
    run(trainer, arguments.out)
    trained = trainer.averaged.cpu()
    if known and before is not None:
        trained = interpolate(trained, before, config.keep)
    worst = write_encoder(trained, arguments.models, styles[PHOTO].painter)
    _log.info("wrote %s; largest difference from torch: %.2g", arguments.models / "encoder.onnx", worst)


def _painting_crops(
    arguments: argparse.Namespace, config: EncodeConfig, network: LossNetwork
) -> tuple[PaintingCrops, PaintingCrops]:
    """The crops to train on, and the paintings held out; from files if they are there."""
    paintings = [path for folder in arguments.paintings for path in pictures_in(folder)]
    held_out = [path for path in paintings if path.name in HELD_OUT] or paintings[:1]
    photos = [path for path in pictures_in(Path(arguments.photos)) if not is_held_out(path)]
    order = np.random.default_rng(config.seed).permutation(len(photos))[: config.photo_styles]
    trained = [(path, range(config.views)) for path in paintings if path.name not in HELD_OUT]
    trained += [(photos[number], range(1 + i % 2, 2 + i % 2)) for i, number in enumerate(order)]
    path = arguments.crops or arguments.out / "crops.pt"
    return (
        _read_or_crop(path, trained, network, config),
        _read_or_crop(path.with_stem(f"{path.stem}-held-out"), [(p, range(1)) for p in held_out], network, config),
    )


def _read_or_crop(
    path: Path, wanted: Sequence[tuple[Path, Sequence[int]]], network: LossNetwork, config: EncodeConfig
) -> PaintingCrops:
    if path.exists():
        return PaintingCrops.load(path)
    with tqdm(total=len(wanted), desc=path.stem, unit="picture", mininterval=5) as bar:
        crops = crop_paintings(wanted, network, config.style_sizes, config.seed, bar.update)
    crops.save(path)
    return crops


if __name__ == "__main__":
    sys.exit(main())
