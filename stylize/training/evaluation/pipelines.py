"""What paints pictures for an evaluation: a painter of a run or a folder, and what users get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from stylize.styles import PHOTO
from stylize.stylizer import Stylizer
from stylize.training.data.images import to_image, to_tensor
from stylize.training.data.paintings import STYLE_SIZES
from stylize.training.evaluation.metrics import EXACT, SHIPPED
from stylize.training.load_run import load_run
from stylize.training.models.painter import paint
from stylize.training.models.trained_run import read_painter, read_vectors


@dataclass(frozen=True)
class Pipeline:
    """Something that paints: `paint(photo, style id, strength)` returns a picture of the photo's size."""

    name: str
    styles: Sequence[str]
    paint: Callable[[Image.Image, str, float], Image.Image]


def exact(source: Path, device: torch.device) -> tuple[Pipeline, tuple[int, ...]]:
    """A painter with instance normalisation over the whole photo, and the style sizes that it was trained with.

    `source` is a run's folder or checkpoint, or a folder of shipped networks, which are taken to have the recipe's
    sizes. Raises TrainingError if it is none.
    """
    if (source / "painter.onnx").is_file():
        painter, vectors = read_painter(source), read_vectors(source)
        sizes: tuple[int, ...] = STYLE_SIZES
    else:
        run = load_run(source)
        painter, sizes = run.painter, run.style_sizes
        names = (PHOTO, *(style["id"] for style in run.styles))
        vectors = dict(zip(names, run.vectors, strict=True))
    painter.to(device)

    @torch.no_grad()
    def painted(photo: Image.Image, style: str, strength: float) -> Image.Image:
        vector = torch.lerp(vectors[PHOTO], vectors[style], strength).to(device)
        return to_image(paint(painter, to_tensor(photo)[None].to(device), vector[None], pad=painter.pad)[0])

    return Pipeline(EXACT, [name for name in vectors if name != PHOTO], painted), sizes


def shipped(models: Path) -> Pipeline:
    """What users run: `Stylizer` at the photo's own size."""
    stylizer = Stylizer(models=models)

    def painted(photo: Image.Image, style: str, strength: float) -> Image.Image:
        return stylizer(photo, style, strength=strength, brush=None)

    return Pipeline(SHIPPED, [style.id for style in stylizer.styles], painted)
