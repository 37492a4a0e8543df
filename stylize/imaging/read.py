"""Pictures in: the only place where pictures are decoded.

Everything inside the package is upright RGB in uint8, [H, W, 3], sRGB; transparency travels beside it.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from stylize.errors import PictureError
from stylize.imaging.color import to_srgb
from stylize.imaging.picture import Picture, Pixels

Source = str | os.PathLike[str] | bytes | Image.Image

MAX_PIXELS = 120_000_000  # decoded pixels; a 108-megapixel phone photo passes, a decompression bomb does not
MAX_SIDE = 65_000  # pixels
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")  # Pillow's other decoders never see a file
BAND = 256  # rows converted at a time where a copy of all of them would be large

_FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"

pillow_heif.register_heif_opener()


def read(source: Source, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a path, the bytes of a file, or a PIL image: first frame, upright, sRGB.

    Raises PictureError if it cannot be read, is empty, is cut off, or has more than `max_pixels`.
    """
    if isinstance(source, Image.Image):
        return _convert(source, "This picture", max_pixels)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "This file", len(source), max_pixels)
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"A picture is a path, the bytes of a file or a PIL image, not a {type(source).__name__}.")
    path = Path(source)
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            what = "a folder" if path.is_dir() else "no file"
            raise PictureError(f"{path} is {what}. Give one picture file ({_FORMATS}).")
        with path.open("rb") as file:
            return _decode(file, path.name, path.stat().st_size, max_pixels)
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist.") from error
    except OSError as error:
        raise PictureError(f"{str(path)[:200]} cannot be opened ({error.strerror}).") from error
    except ValueError as error:  # a NUL in the path
        raise PictureError(f"{str(path)[:200]!r} cannot be opened ({error}).") from error


def _decode(file: IO[bytes], name: str, length: int, max_pixels: int) -> Picture:
    if length == 0:
        raise PictureError(f"{name} is empty. Give a picture ({_FORMATS}).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: the limit below is ours
            with Image.open(file, formats=READABLE) as image:
                return _convert(image, name, max_pixels)
    except UnidentifiedImageError as error:
        raise PictureError(f"{name} is not a picture we can read. Give a {_FORMATS} file.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large(name, max_pixels)) from error
    except PictureError:
        raise
    except Exception as error:  # opening already reads some of the file
        raise PictureError(_damaged(name, error)) from error


def _convert(image: Image.Image, name: str, max_pixels: int) -> Picture:
    width, height = image.size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise PictureError(_too_large(f"{name} ({width}x{height})", max_pixels))
    if not width or not height:
        raise PictureError(f"{name} has no pixels.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
            if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:  # turning an upright one would copy it
                image = ImageOps.exif_transpose(image)
            return _to_rgb(image)
    except PictureError:
        raise
    except (
        Exception
    ) as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, MemoryError ...
        raise PictureError(_damaged(name, error)) from error


def _to_rgb(image: Image.Image) -> Picture:
    """Convert band by band: of a large picture, copies of all of it in Pillow's own layout would be dear."""
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    alpha = np.empty((height, width), np.uint8) if image.has_transparency_data else None
    convert = _leveller(image) if image.mode.startswith(("I", "F")) else to_srgb(image)
    for top in range(0, height, BAND):
        band = image.crop((0, top, width, min(height, top + BAND)))
        if alpha is None:
            pixels[top : top + BAND] = np.asarray(convert(band))
        else:
            seen = np.asarray(band.convert("RGBA"))
            pixels[top : top + BAND], alpha[top : top + BAND] = seen[..., :3], seen[..., 3]
    if alpha is None or alpha.min() == 255:
        return Picture(pixels)
    return Picture(_opaque(pixels, alpha), alpha)


def _opaque(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Give fully transparent pixels the mean visible colour: what hides there must not bleed into the strokes."""
    hidden = alpha == 0
    if hidden.any() and not hidden.all():
        pixels[hidden] = pixels.mean((0, 1), where=~hidden[..., None]).round().astype(np.uint8)
    return pixels


def _leveller(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What brings a part of a picture of more than eight bits to eight; the range is that of the whole."""
    width, height = image.size
    bands = (image.crop((0, top, width, min(height, top + BAND))) for top in range(0, height, BAND))
    most = max(float(np.fmax.reduce(np.asarray(band), axis=None)) for band in bands)  # passes over what is no number
    top = 65535.0 if image.mode.startswith("I;16") or most > 255 else 255.0
    if image.mode == "F" and most <= 1:
        top = 1.0

    def level(part: Image.Image) -> Image.Image:
        levels = np.nan_to_num(np.asarray(part, np.float64)) / top * 255 + 0.5
        return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).convert("RGB")

    return level


def _damaged(name: str, error: Exception) -> str:
    said = " ".join(str(error).split())[:160] or type(error).__name__
    return f"{name} is damaged or cut off and cannot be decoded ({said})."


def _too_large(what: str, max_pixels: int) -> str:
    return (
        f"{what} is too large: at most {max_pixels // 1_000_000} megapixels and {MAX_SIDE} pixels a side are accepted."
    )
