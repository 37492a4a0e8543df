"""Photos to train on and paintings to learn: folders in, tensors [3, H, W] in 0..1 out.

Augmentation is a function of the seed and the step alone, so a resumed run sees the crops it would have seen.
"""

from __future__ import annotations

import csv
import logging
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from stylize.errors import TrainingError
from stylize.inference.painter import GRAIN

REMEMBERED = 8  # photos kept in memory: those of a lesson are few and wanted at every step
HELD_OUT_SHARE = 40  # one photo in this many is never trained on, chosen by its name
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Augmentation:
    """What happens to a photo before it is painted. Ranges are uniform; 0 switches a part off."""

    zoom: float = 0.45  # the crop's side is between this share and all of the photo's shorter side; 1 = all of it
    flip: bool = True
    jitter: float = 0.1  # brightness, contrast and saturation change by up to this share
    noise: float = GRAIN  # deviation of the added noise


@dataclass(frozen=True)
class Painting:
    """A painting to learn: its file and what the style file will say of it."""

    path: Path
    id: str
    title: str
    artist: str = ""
    year: str = ""
    licence: str = ""


class Photos:
    """A folder of photos, read when needed. Unreadable ones are skipped and counted in `unreadable`."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self.unreadable: set[Path] = set()
        self._read = lru_cache(REMEMBERED)(open_rgb)

    @classmethod
    def in_folder(cls, folder: str | Path, held_out: bool | None = None) -> Photos:
        """All photos under `folder`: the held-out ones (True), the others (False) or both (None).

        Raises TrainingError if there are none.
        """
        paths = pictures_in(Path(folder))
        if held_out is not None:
            paths = [p for p in paths if is_held_out(p) == held_out]
        if not paths:
            raise TrainingError(f"No photos found in {folder}. Give a folder that holds {_suffixes()} files.")
        return cls(paths)

    def crops(self, step: int, count: int, size: int, augmentation: Augmentation, seed: int) -> tuple[Tensor, Tensor]:
        """`count` random square crops as (clean, noisy), each [count, 3, size, size]."""
        rng = np.random.default_rng((seed, step))
        clean = torch.stack([self._crop(rng, size, augmentation) for _ in range(count)])
        noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
        return clean, (clean + augmentation.noise * noise).clamp(0, 1)

    def _crop(self, rng: np.random.Generator, size: int, augmentation: Augmentation) -> Tensor:
        while True:
            readable = len(self.paths) - len(self.unreadable)
            if not readable:
                raise TrainingError("None of the photos could be read; the last one was " + str(self.paths[-1]))
            path = self.paths[rng.integers(len(self.paths))]
            image = None if path in self.unreadable else self._open(path)
            if image is not None:
                return _augmented(image, rng, size, augmentation)

    def _open(self, path: Path) -> Image.Image | None:
        try:
            return self._read(path)
        except TrainingError as error:
            self.unreadable.add(path)
            _log.warning("skipped (%d so far): %s", len(self.unreadable), error)
            return None


def pictures_in(folder: Path) -> list[Path]:
    """Picture files under `folder`, sorted. Raises TrainingError if the folder does not exist."""
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder.")
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def is_held_out(path: Path) -> bool:
    """Whether a photo is kept for evaluation, by its name alone."""
    return zlib.crc32(path.name.encode()) % HELD_OUT_SHARE == 0


def open_rgb(path: Path) -> Image.Image:
    """An upright RGB picture. Raises TrainingError if the file cannot be read."""
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # Pillow's decoders raise many kinds
        raise TrainingError(f"{path} cannot be read as a picture ({error}).") from error


def at_size(image: Image.Image, shorter: int, multiple: int = 1) -> Image.Image:
    """`image` resized so that its shorter side is `shorter`, both sides rounded to `multiple`."""
    ratio = shorter / min(image.size)
    width, height = (max(multiple, round(side * ratio / multiple) * multiple) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def to_tensor(image: Image.Image) -> Tensor:
    """[3, H, W] in 0..1."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div_(255)


def to_image(pixels: Tensor) -> Image.Image:
    """An RGB picture from [3, H, W], limited to 0..1."""
    values = pixels.detach().float().clamp(0, 1).mul(255).round().byte()
    return Image.fromarray(values.permute(1, 2, 0).cpu().numpy())


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
        raise TrainingError(f"No paintings found in {folder}. Give a folder that holds {_suffixes()} files.")
    ids = [p.id for p in paintings]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise TrainingError(f"Two paintings in {folder} have the id {', '.join(sorted(twice))}; rename one.")
    return paintings


def painting_at_sizes(path: Path, sizes: Sequence[int]) -> list[Tensor]:
    """The painting with its shorter side at each of `sizes` pixels, as tensors [3, H, W]."""
    image = open_rgb(path)
    return [to_tensor(at_size(image, size)) for size in sizes]


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """Pictures of one size per row, side by side."""
    width = max(sum(p.width for p in row) for row in rows)
    page = Image.new("RGB", (width, sum(row[0].height for row in rows)), "white")
    top = 0
    for row in rows:
        left = 0
        for picture in row:
            page.paste(picture, (left, top))
            left += picture.width
        top += row[0].height
    return page


def _augmented(image: Image.Image, rng: np.random.Generator, size: int, augmentation: Augmentation) -> Tensor:
    side = min(image.size) * rng.uniform(augmentation.zoom, 1.0)
    left = rng.uniform(0, image.width - side)
    top = rng.uniform(0, image.height - side)
    box = (left, top, left + side, top + side)
    pixels = to_tensor(image.resize((size, size), Image.Resampling.BICUBIC, box))
    if augmentation.flip and rng.random() < 0.5:
        pixels = pixels.flip(2)
    if augmentation.jitter:
        bright, contrast, saturation = rng.uniform(1 - augmentation.jitter, 1 + augmentation.jitter, 3).tolist()
        pixels = pixels * bright
        pixels = pixels.mean() + (pixels - pixels.mean()) * contrast
        grey = pixels.mean(0, keepdim=True)
        pixels = (grey + (pixels - grey) * saturation).clamp_(0, 1)
    return pixels


def _suffixes() -> str:
    return ", ".join(sorted(SUFFIXES))
