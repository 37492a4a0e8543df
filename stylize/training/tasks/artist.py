"""Learn an artist's hand from many works: a style of them all, for the painter as it is.

    stylize train artist --works DIR --photos DIR --start starry_night --id vincent --out runs/vincent

A fifth of the works is kept to judge by (`stylize evaluate --kid`, docs/artists.md). The run's folder gets a
checkpoint, from which the same command goes on, `losses.csv`, `samples.png`, and the style file so far, which belongs
into models/styles. With `--all-weights` a copy of the painter is trained as a whole; then the result is a network of
its own, <id>.onnx, which belongs into models/.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from stylize import imaging
from stylize.errors import StylizeError, TrainingError
from stylize.paths import MODELS
from stylize.styles import PHOTO, Style, average, dumps, save
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_config, add_threads, read_config
from stylize.training.csv_log import append_row
from stylize.training.data.images import at_size, open_rgb, to_tensor
from stylize.training.data.photos import Photos, example_photos
from stylize.training.data.works import HELD_OUT, Works, split_works
from stylize.training.device import best_device
from stylize.training.export.painter import export_style
from stylize.training.loop import train
from stylize.training.models.loss_network import load_loss_network
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks.artist_trainer import ADVERSARIAL, ArtistConfig, ArtistLosses, ArtistTrainer

SAVE_EVERY = 50  # steps
LOG_EVERY = 10
SAMPLES = 3  # photos that are painted at every checkpoint, shorter side 256
RUNNING = 0.1  # share of the last step in what the bar shows

_log = logging.getLogger(__name__)


def run(trainer: ArtistTrainer, out: Path, about: Style, samples: list[Tensor]) -> Path:
    """Train to the end, writing checkpoints, losses, samples and the style so far into `out`; returns its file."""
    out.mkdir(parents=True, exist_ok=True)
    result = out / (f"{about.id}.onnx" if trainer.config.all_weights else f"{about.id}.safetensors")
    running: dict[str, float] = {}
    started = time.monotonic()

    def after_step(losses: ArtistLosses) -> str | None:
        for name, value in losses._asdict().items():
            if not math.isnan(value):
                running[name] = running.get(name, value) + RUNNING * (value - running.get(name, value))
        if trainer.step % LOG_EVERY:
            return None
        means = {name: f"{running.get(name, math.nan):.5f}" for name in ArtistLosses._fields}
        append_row(out / "losses.csv", {"step": trainer.step, "seconds": round(time.monotonic() - started), **means})
        return " ".join(f"{name} {value:.3f}" for name, value in running.items())

    def after_save() -> None:
        write_result(trainer, result, about)
        if samples:
            imaging.write(trainer.samples(samples), out / "samples.png")

    train(trainer, out / "checkpoint.pt", SAVE_EVERY, after_step, after_save)
    if trainer.guards.waited:
        _log.info("the discriminator waited at %d of %d steps", trainer.guards.waited, trainer.step)
    return result


def write_result(trainer: ArtistTrainer, path: Path, about: Style) -> None:
    """Write the style, or with all weights the network, of the moving average so far."""
    vector = trainer.average_vector.cpu().numpy()
    if not trainer.config.all_weights:
        save(replace(about, vector=vector), path)
        return
    texts = {key: getattr(about, key) for key in ("id", "title", "artist", "year", "licence")}
    export_style(vector, trainer.average_painter.cpu(), path, texts | {"range": "[0, 1]"})
    trainer.average_painter.to(trainer.device)


def start_vector(start: str | None, stylizer: Stylizer, works: Works) -> Tensor:
    """The style vector [style_size] to start from: that of the style `start`, or the mean of what the encoder predicts.

    Raises StyleError if there is no such style, TrainingError if it is a network of its own or there is no encoder.
    """
    if start:
        style = stylizer.styles[start]
        if style.network is not None:
            raise TrainingError(f"{start} is a network of its own; start from a style of the painter.")
        return torch.tensor(style.vector)
    if not stylizer.can_predict:
        raise TrainingError("There is no encoder to start from what it predicts. Give --start and a style's id.")
    return torch.tensor(average(stylizer.predict(works.image(path)) for path in works.paths))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stylize train artist", description=__doc__.split("\n")[0])
    parser.add_argument("--works", type=Path, required=True, help="folder of the artist's works: ten or hundreds")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument("--start", metavar="STYLE", help="default: the mean of what the encoder predicts of the works")
    parser.add_argument("--photos", type=Path, help="folder of photos; default: those that scikit-image ships")
    parser.add_argument("--id", default="artist", help="of the style: small letters, digits, '_' and '-'")
    parser.add_argument("--title", help="default: the id")
    parser.add_argument("--artist", default="")
    parser.add_argument("--year", default="")
    parser.add_argument("--licence", default="")
    parser.add_argument(
        "--held-out", type=float, default=HELD_OUT, metavar="SHARE",
        help="share of the works that is kept to judge by (default %(default)s); 0 learns from all",
    )  # fmt: skip
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter that learns")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a file; default models/loss.safetensors")
    add_threads(parser)
    add_config(parser, ArtistConfig)
    return parser


def main(argv: list[str]) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not 0 <= arguments.held_out < 1:
        parser.error("--held-out is a share: 0 or more, and below 1")
    try:
        torch.set_num_threads(arguments.threads)
        print(f"wrote {_train(arguments, read_config(arguments, ArtistConfig))}")
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace, config: ArtistConfig) -> Path:
    stylizer = Stylizer(arguments.models, "cpu")
    texts = {key: getattr(arguments, key) for key in ("id", "artist", "year", "licence")}
    about = Style(**texts, title=arguments.title or arguments.id, painter=stylizer.styles[PHOTO].painter)
    dumps(about)  # a name that cannot be is found before the work
    learnt, kept = split_works(arguments.works, arguments.held_out)
    works = Works(learnt, config.work_size)
    seen = "; they are grey, and the discriminator sees no colours" if works.grey else ""
    _log.info("%d works to learn from, %d kept to judge by%s", len(works.paths), len(kept), seen)
    with tempfile.TemporaryDirectory() as folder:
        photos = Photos.in_folder(arguments.photos, held_out=False) if arguments.photos else None
        photos = photos or example_photos(Path(folder))
        trainer = ArtistTrainer(
            read_painter(arguments.models),
            start_vector(arguments.start, stylizer, works),
            works,
            photos,
            load_loss_network(arguments.loss_weights),
            config,
            device=best_device(),
        )
        samples = [to_tensor(at_size(open_rgb(path), 256, multiple=4)) for path in photos.paths[:SAMPLES]]
        result = run(trainer, arguments.out, about, samples)
    if config.style_loss == ADVERSARIAL and trainer.guards.winning:
        _log.warning("the discriminator won in the end: more works, or a larger --anchor, say more")
    return result
