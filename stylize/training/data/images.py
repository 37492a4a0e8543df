"""Picture files in, tensors [3, H, W] in 0..1 out, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from stylize.errors import TrainingError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def pictures_in(folder: Path) -> list[Path]:
    """Picture files under `folder`, sorted. Raises TrainingError if the folder does not exist."""
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder.")
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


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


def suffixes() -> str:
    """The endings of picture files, for messages."""
    return ", ".join(sorted(SUFFIXES))
