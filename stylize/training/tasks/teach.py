"""Teach the painter one more painting, or several: fit a style vector, and nothing else, in a minute on two cores.

    stylize teach painting.jpg --id my_style --title "My style" [--photos DIR]
    stylize teach one.jpg two.jpg three.jpg --id my_hand

Several paintings of one hand are taught as one style, by the average of their Gram matrices (docs/artists.md). The
painter's weights stay as they are, so the result is a style file of a few KB in models/styles/ like any other. An
existing file of this id is where teaching goes on. With `--all-weights` a copy of the painter is taught as a whole:
that takes longer, and the result is a network of its own, models/<id>.onnx, which cannot be blended.

An interrupted command keeps the best so far, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from stylize.errors import StyleError, StylizeError
from stylize.imaging import Source
from stylize.inference.external_network import OURS
from stylize.paths import MODELS
from stylize.styles import PHOTO, Style, average, dumps, save
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_config, add_threads, read_config
from stylize.training.data.images import at_size, to_tensor
from stylize.training.data.paintings import read_painting
from stylize.training.data.photos import Photos, example_photos
from stylize.training.device import best_device
from stylize.training.export.painter import export_style
from stylize.training.loop import follow
from stylize.training.models.loss_network import LossNetwork, load_loss_network
from stylize.training.models.painter import Painter
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks.style_trainer import StyleTrainer, TeachConfig, nearest

DEFAULTS = TeachConfig()


@dataclass(frozen=True)
class TeachProgress:
    """The state after `step` of `steps` steps.

    `loss` is the total loss of photos that are not trained on, as they are painted now, and `best` the smallest so far;
    `style` is what had it: a Style like any other, which a Stylizer paints with. With all weights taught, `painter` is
    the copy of the painter that the style belongs to (and no Stylizer has); otherwise it is the painter itself.
    """

    step: int
    steps: int
    loss: float
    best: float
    style: Style
    painter: Painter


def teach_style(
    painting: Source | list[Source],
    models: Path = MODELS,
    *,
    style: Style | None = None,
    config: TeachConfig = DEFAULTS,
    stylizer: Stylizer | None = None,
    network: LossNetwork | None = None,
    photos: str | Path | None = None,
    checkpoint: Path | None = None,
    overwrite: bool = False,
) -> Generator[TeachProgress, None, None]:
    """Teach the painter in the folder `models` a painting (a path, the bytes of a file or a PIL image), or a list of
    several as one style, step by step.

        for progress in teach_style("painting.jpg", stylizer=stylizer):
            preview = stylizer(small_photo, progress.style)
        taught = progress.style  # the best of all; styles.dumps(taught) is its file

    The first one comes after the start was chosen, before any step; then there is one after 5, 10 and 20 steps and so
    on. Close the iterator to cancel. It works in the caller's thread, with as many threads as torch is set to.

    Args:
        style: the texts of what is taught (id, title, ...); its vector, if it has one, is where to start.
        stylizer: a Stylizer of the same folder, if there is one already; without, one is opened for a moment.
        network: the loss network; default: the one that ships in models/ (or STYLIZE_LOSS_WEIGHTS).
        photos: a folder of photos to train on; default: those that scikit-image ships.
        checkpoint: a file to go on from, and to write at each progress.
        overwrite: begin anew where the checkpoint is of another painting or config; else that is an error.

    Raises PictureError if the painting cannot be read, TrainingError if there is no style in it or teaching fails.
    """
    images = [read_painting(one) for one in (painting if isinstance(painting, list) else [painting])]
    stylizer = stylizer or Stylizer(models, "cpu")
    known = stylizer.styles
    style = replace(style or Style("taught", "Taught"), painter=known[PHOTO].painter)
    painter = read_painter(models).to(best_device()).requires_grad_(False)
    device = next(painter.parameters()).device
    network = (network or load_loss_network()).to(device)
    sizes = [to_tensor(at_size(image, size)) for image in images for size in config.style_sizes]
    with tempfile.TemporaryDirectory() as folder:
        trained_on = Photos.in_folder(photos) if photos is not None else example_photos(Path(folder))
        if len(style.vector):
            start = torch.tensor(style.vector)
        else:
            vectors = [torch.tensor(s.vector) for s in known if s.network is None]
            predicted = [found for image in images if (found := predicted_style(stylizer, image)) is not None]
            if predicted:
                vectors = [torch.tensor(average(predicted))]
            start = vectors[0] if len(vectors) == 1 else nearest(painter, vectors, sizes, trained_on, network)
        for at in StyleTrainer(painter, start, sizes, trained_on, network, config).fit(checkpoint, overwrite):
            found = replace(style, vector=at.vector.numpy())
            yield TeachProgress(at.step, at.steps, at.loss, at.best, found, at.painter)


def predicted_style(stylizer: Stylizer, image: Image.Image) -> Style | None:
    """The encoder's style for a painting; None where there is no encoder."""
    return stylizer.predict(image) if stylizer.can_predict else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stylize teach", description=__doc__.split("\n")[0])
    parser.add_argument("paintings", type=Path, nargs="+", metavar="painting", help="one, or several of one hand")
    parser.add_argument("--id", required=True, help="small letters, digits, '_' and '-'")
    parser.add_argument("--title", help="default: the id")
    parser.add_argument("--artist", default="")
    parser.add_argument("--year", default="")
    parser.add_argument("--licence", default="")
    parser.add_argument("--photos", help="folder of photos; default: those that scikit-image ships")
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter to teach")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a file; default models/loss.safetensors")
    parser.add_argument("--overwrite", action="store_true", help="go on from the style of that id, in its place")
    add_threads(parser)
    add_config(parser, TeachConfig)
    return parser


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        return _teach(arguments, read_config(arguments, TeachConfig))
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1


def _teach(arguments: argparse.Namespace, config: TeachConfig) -> int:
    stylizer = Stylizer(arguments.models, "cpu")
    texts = ("title", "artist", "year", "licence")
    before = stylizer.styles[arguments.id] if arguments.id in stylizer.styles else Style(arguments.id, arguments.id)
    about = {"id": arguments.id} | {key: getattr(arguments, key) or getattr(before, key) for key in texts}
    style = Style(**about)
    target = _target(style, stylizer, arguments.models, config.all_weights)
    checkpoint = target.with_suffix(".run")
    if target.exists() and not checkpoint.exists() and not arguments.overwrite:
        raise StyleError(f"{target} exists. Give --overwrite to go on from it, in its place, or another --id.")
    if not config.all_weights:
        style = replace(style, vector=before.vector)
    steps = teach_style(
        arguments.paintings,
        arguments.models,
        style=style,
        config=config,
        stylizer=stylizer,
        network=load_loss_network(arguments.loss_weights),
        photos=arguments.photos,
        checkpoint=checkpoint,
        overwrite=arguments.overwrite,
    )
    last: TeachProgress | None = None

    def show(progress: TeachProgress) -> None:
        nonlocal last
        last = progress
        bar.update(progress.step - bar.n)
        bar.set_postfix_str(f"loss {progress.loss:.3f} best {progress.best:.3f}")

    bar = tqdm(total=config.steps, unit="step", delay=1)
    interrupted = follow(steps, bar, show)
    if last is None:
        print("interrupted before there was anything to keep", file=sys.stderr)
        return 1
    if config.all_weights:
        export_style(last.style.vector, last.painter.cpu(), target, about | {"range": "[0, 1]"})
    else:
        save(last.style, target)
    if interrupted:
        print(f"interrupted; the best so far is kept, the same command goes on from {checkpoint}", file=sys.stderr)
    else:
        checkpoint.unlink(missing_ok=True)
    print(f"wrote {target} (loss {last.best:.3f})")
    return 0


def _target(style: Style, stylizer: Stylizer, models: Path, all_weights: bool) -> Path:
    """The file to write. A name that cannot be is found before a minute of work: raises StyleError."""
    dumps(style)
    if style.id == PHOTO:
        raise StyleError("The id 'photo' is the identity's; choose another.")
    taken = {known.id: known.network for known in stylizer.styles}
    if not all_weights:
        if network := taken.get(style.id):
            raise StyleError(f"The id {style.id!r} is that of {network.name}; choose another.")
        return models / "styles" / f"{style.id}.safetensors"
    target = models / f"{style.id}.onnx"
    if any(fnmatch(target.name, ours) for ours in OURS) or (style.id in taken and taken[style.id] is None):
        raise StyleError(f"The id {style.id!r} is taken; choose another.")
    return target


if __name__ == "__main__":
    sys.exit(main())
