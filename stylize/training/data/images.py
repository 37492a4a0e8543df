"""Picture files in, tensors [3, H, W] in 0..1 out, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylize import imaging
from stylize.errors import TrainingError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"}


def pictures_in(folder: Path) -> list[Path]:
    """Picture files under `folder`, sorted. Raises TrainingError if the folder does not exist."""
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder.")
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def open_rgb(path: Path) -> Image.Image:
    """An upright RGB picture in sRGB, as the rest of the package reads it. Raises PictureError if it cannot be read."""
    return Image.fromarray(imaging.read(path).pixels)


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


def suffixes() -> str:
    """The endings of picture files, for messages."""
    return ", ".join(sorted(SUFFIXES))
