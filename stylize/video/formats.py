"""Which files are films, and which are written. Free of PyAV, which is slow to import."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image

from stylize.imaging.animation_reader import is_animation

WRITABLE = (".mp4", ".m4v", ".mov", ".mkv")
_STILLS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF", "AVIF")
READABLE = (*WRITABLE, ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv")


def is_film(path: Path) -> bool:
    """Whether `path` moves: a film by its ending, or an animation (GIF, WebP, PNG, AVIF) by its content."""
    return path.suffix.lower() in READABLE or is_animation(path)


def still_kind(path: Path) -> str | None:
    """The format of a picture, "JPEG" for example, whatever its ending says; None for films, GIFs and other files."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_STILLS) as image:
                return image.format
    except Exception:  # Pillow's decoders raise many kinds
        return None
