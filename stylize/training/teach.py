"""Teach the painter one more painting: fit a style vector, and nothing else, in about a minute on two cores.

    python -m stylize.training.teach painting.jpg --id my_style --title "My style" [--photos DIR]

The painter's weights stay as they are (transfer learning; Dumoulin et al. 2017, section 3.2), so the result is a style
file of 7 KB in models/styles/ like any other. An existing file of this id is where teaching goes on.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from skimage import data as shipped
from torch import Tensor
from tqdm import tqdm

from stylize.errors import StyleError, StylizeError, TrainingError
from stylize.styles import PHOTO, Style, dumps, save
from stylize.stylizer import MODELS, Stylizer
from stylize.training.data import Augmentation, Photos, open_rgb, painting_at_sizes, to_tensor
from stylize.training.export import read_painter
from stylize.training.networks import Painter, paint
from stylize.training.options import add_settings, best_device, read_settings
from stylize.training.perceptual import (
    GRID_WEIGHT,
    LossNetwork,
    StyleTarget,
    grid,
    load_loss_network,
    perceptual_losses,
    style_target,
)
from stylize.training.trainer import JITTER
from stylize.training.trainer import Settings as Recipe

MIN_SIDE = 64  # pixels of a painting's shorter side
FLAT = 0.01  # deviation of a painting's pixels, 0..1, under which there is nothing to learn


@dataclass(frozen=True)
class Settings:
    """How a painting is taught. The learning rate rises over a tenth of the steps and falls to zero."""

    steps: int = 120
    batch: int = 4
    crop: int = 256  # pixels
    rate: float = 2e-2
    check_every: int = 20  # steps between two looks at photos that are not trained on
    patience: int = 4  # looks without a better loss after which teaching stops
    seed: int = 1


@dataclass(frozen=True)
class Progress:
    """The state after `step` steps: `loss` on the photos kept for looking, and the best vector [style_size] so far."""

    step: int
    steps: int
    loss: float
    best: float
    vector: Tensor


def teach(
    painter: Painter, start: Tensor, painting: list[Tensor], photos: Photos, network: LossNetwork, settings: Settings
) -> Iterator[Progress]:
    """Fit a style vector to `painting` (tensors [3, H, W] at one or more sizes) from `start` [style_size].

    Yields at every look; close the iterator to stop. Raises TrainingError if the loss is not finite.
    """
    device = next(painter.parameters()).device
    network = network.to(device)
    with torch.no_grad():
        target = style_target(network, [painting])
    vector = start.clone().to(device).requires_grad_()
    optimizer = torch.optim.Adam([vector], settings.rate, (0.9, 0.99))
    rise = max(1, settings.steps // 10)
    augmentation = Augmentation()
    kept = photos.crops(settings.steps, settings.batch, settings.crop, augmentation, settings.seed)
    best, best_vector, worse = float("inf"), start, 0
    for step in range(settings.steps + 1):
        if step % settings.check_every == 0 or step == settings.steps:
            loss = _loss(painter, vector.detach(), *kept, target, network)
            if loss < best:
                best, best_vector, worse = loss, vector.detach().clone().cpu(), 0
            else:
                worse += 1
            yield Progress(step, settings.steps, loss, best, best_vector)
            if worse >= settings.patience or step == settings.steps:
                return
        optimizer.param_groups[0]["lr"] = settings.rate * min(
            1.0, (step + 1) / rise, (settings.steps - step) / (settings.steps - rise + 1)
        )
        clean, noisy = photos.crops(step, settings.batch, settings.crop, augmentation, settings.seed)
        dx, dy = (int(n) for n in torch.randint(JITTER, (2,), generator=torch.Generator().manual_seed(step)))
        with torch.autocast(device.type, torch.bfloat16):
            painted = paint(painter, clean.to(device), vector[None], noisy.to(device))
            part = (..., slice(dy, dy - JITTER), slice(dx, dx - JITTER))
            several = target.pick(torch.zeros(len(clean), dtype=torch.long))
            losses = perceptual_losses(network, painted[part], clean.to(device)[part], several)
        total = (losses.total() + GRID_WEIGHT * grid(painted)).mean()
        if not torch.isfinite(total):
            raise TrainingError(f"Teaching diverged at step {step}; use a smaller --rate.")
        optimizer.zero_grad()
        total.backward()
        optimizer.step()


@torch.no_grad()
def nearest(
    painter: Painter, known: list[Tensor], painting: list[Tensor], photos: Photos, network: LossNetwork
) -> Tensor:
    """The vector of `known` whose paintings come closest to `painting`, or their mean if that is closer."""
    device = next(painter.parameters()).device
    network = network.to(device)
    target = style_target(network, [painting])
    crops = photos.crops(0, 1, 256, Augmentation(), 0)
    candidates = [*known, torch.stack(known).mean(0)]
    return min(candidates, key=lambda vector: _loss(painter, vector.to(device), *crops, target, network))


def check_painting(image: Image.Image, name: str) -> None:
    """Raises TrainingError for a picture from which no style can be learnt."""
    if min(image.size) < MIN_SIDE:
        raise TrainingError(
            f"{name} is {image.width}x{image.height}; a painting needs {MIN_SIDE} pixels or more a side."
        )
    if to_tensor(image.resize((64, 64))).flatten(1).std(1).max() < FLAT:
        raise TrainingError(f"{name} is blank: there is no style in it to learn.")


def example_photos(folder: Path) -> Photos:
    """The photos that scikit-image ships, written into `folder`, for those who give none."""
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera"):
        Image.fromarray(getattr(shipped, name)()).convert("RGB").save(folder / f"{name}.png")
    return Photos.in_folder(folder)


@torch.no_grad()
def _loss(
    painter: Painter, vector: Tensor, clean: Tensor, noisy: Tensor, target: StyleTarget, network: LossNetwork
) -> float:
    clean, noisy = clean.to(vector.device), noisy.to(vector.device)
    painted = paint(painter, clean, vector[None], noisy)
    several = target.pick(torch.zeros(len(clean), dtype=torch.long))
    return float(perceptual_losses(network, painted, clean, several).total().mean())


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stylize.training.teach", description=__doc__.split("\n")[0])
    parser.add_argument("painting", type=Path)
    parser.add_argument("--id", required=True, help="small letters, digits, '_' and '-'")
    parser.add_argument("--title", help="default: the id")
    parser.add_argument("--artist", default="")
    parser.add_argument("--year", default="")
    parser.add_argument("--licence", default="")
    parser.add_argument("--photos", help="folder of photos; default: those that scikit-image ships")
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter to teach")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    add_settings(parser, Settings)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        return _teach(arguments, read_settings(arguments, Settings))
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _teach(arguments: argparse.Namespace, settings: Settings) -> int:
    book = Stylizer(arguments.models, "cpu").styles
    sha = book[PHOTO].painter
    texts = {key: getattr(arguments, key) for key in ("id", "artist", "year", "licence")}
    style = Style(**texts, title=arguments.title or arguments.id, painter=sha, vector=book[PHOTO].vector)
    if style.id == PHOTO:
        raise StyleError("The id 'photo' is the identity's; choose another.")
    dumps(style)  # a bad id is found before a minute of work
    painter = read_painter(arguments.models).to(best_device()).requires_grad_(False)
    network = load_loss_network(arguments.loss_weights)
    check_painting(open_rgb(arguments.painting), arguments.painting.name)
    painting = painting_at_sizes(arguments.painting, Recipe().style_sizes)
    with tempfile.TemporaryDirectory() as folder:
        photos = Photos.in_folder(arguments.photos) if arguments.photos else example_photos(Path(folder))
        if style.id in book:
            start = torch.tensor(book[style.id].vector)
        else:
            start = nearest(painter, [torch.tensor(s.vector) for s in book], painting, photos, network)
        bar = tqdm(total=settings.steps, unit="step")
        best = None
        try:
            for best in teach(painter, start, painting, photos, network, settings):
                bar.update(best.step - bar.n)
                bar.set_postfix_str(f"loss {best.loss:.3f} best {best.best:.3f}")
        except KeyboardInterrupt:
            print("interrupted; the best so far is kept", file=sys.stderr)
        finally:
            bar.close()
    if best is None:
        return 1
    target = arguments.models / "styles" / f"{style.id}.safetensors"
    save(replace(style, vector=best.vector.numpy()), target)
    print(f"wrote {target} (loss {best.best:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
