"""Paintings to learn: files with titles, and their pixels at the sizes at which a style is learnt."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from torch import Tensor

from stylize import imaging
from stylize.errors import TrainingError
from stylize.imaging import Source
from stylize.inference.style_predictor import FLAT, MIN_SIDE
from stylize.training.data.images import at_size, open_rgb, pictures_in, suffixes, to_tensor

STYLE_SIZES = (500, 750)  # shorter sides at which a painting is learnt, pixels; Gram matrices are averaged
LONGEST = 6.0  # times its shorter side; of a longer painting the middle is learnt


@dataclass(frozen=True)
class Painting:
    """A painting to learn: its file and what the style file will say of it."""

    path: Path
    id: str
    title: str
    artist: str = ""
    year: str = ""
    licence: str = ""


def find_paintings(folder: str | Path, known: Path | None = None) -> list[Painting]:
    """The paintings in `folder`. Ids and titles come from the table `known`, or else from the file's name.

    Raises TrainingError if there are none or two have the same id.
    """
    table = Path(known or Path(__file__).with_name("paintings.csv"))
    with table.open(newline="", encoding="utf-8") as file:
        rows = {row.pop("file"): row for row in csv.DictReader(file)}
    paintings = []
    for path in pictures_in(Path(folder)):
        plain = re.sub(r"\W+", "_", path.stem.lower()).strip("_") or "style"
        row = rows.get(path.name, {"id": plain, "title": plain.replace("_", " ").title()})
        paintings.append(Painting(path, **row))
    if not paintings:
        raise TrainingError(f"No paintings found in {folder}. Give a folder that holds {suffixes()} files.")
    ids = [p.id for p in paintings]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise TrainingError(f"Two paintings in {folder} have the id {', '.join(sorted(twice))}; rename one.")
    return paintings


def painting_at_sizes(path: Path, sizes: Sequence[int]) -> list[Tensor]:
    """The painting with its shorter side at each of `sizes` pixels, as tensors [3, H, W]."""
    image = open_rgb(path)
    return [to_tensor(at_size(image, size)) for size in sizes]


def read_painting(painting: Source) -> Image.Image:
    """A painting as an upright RGB picture, small enough to learn from.

    Raises PictureError if it cannot be read, TrainingError if it is too small or blank.
    """
    image = Image.fromarray(imaging.read(painting).pixels)
    name = Path(painting).name if isinstance(painting, str | os.PathLike) else "This painting"
    check_painting(image, name)
    shorter = min(image.size)
    if max(image.size) > LONGEST * shorter:
        width, height = (min(side, round(LONGEST * shorter)) for side in image.size)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        image = image.crop((left, top, left + width, top + height))
    largest = 2 * max(STYLE_SIZES)
    return at_size(image, largest) if shorter > largest else image


def check_painting(image: Image.Image, name: str) -> None:
    """Raises TrainingError for a picture from which no style can be learnt."""
    if min(image.size) < MIN_SIDE:
        raise TrainingError(
            f"{name} is {image.width}x{image.height}; a painting needs {MIN_SIDE} pixels or more a side."
        )
    if to_tensor(image.resize((64, 64))).flatten(1).std(1).max() < FLAT:
        raise TrainingError(f"{name} is blank: there is no style in it to learn.")
