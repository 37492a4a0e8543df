"""Pictures in: the only place where pictures are decoded.

Everything inside the package is upright RGB in uint8, [H, W, 3], sRGB; transparency travels beside it. Of a picture
with a gain map (Ultra HDR, Apple's HDR photos) the base is read, which its camera meant for displays of standard range.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from stylize.callbacks import Note
from stylize.errors import PictureError
from stylize.imaging import deep_color, file_kind
from stylize.imaging.color_management import Converter, converter
from stylize.imaging.color_space import ColorSpace, to_srgb
from stylize.imaging.color_tags import Declared, declared
from stylize.imaging.deep_gray import BAND, Levels, bands_of, levels_of
from stylize.imaging.picture import Picture, Pixels

Source = str | os.PathLike[str] | bytes | Image.Image | Picture

MAX_PIXELS = 120_000_000  # decoded pixels; a 108-megapixel phone photo passes, a decompression bomb does not
MAX_SIDE = 65_000  # pixels
MAX_DPI = 100_000.0

pillow_heif.register_heif_opener()


def read(source: Source, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a path, the bytes of a file, or a PIL image: first frame, upright, sRGB. A Picture is returned as it is.

    What else the file holds, and what had to be assumed, stands in `notes`. Colours that a file tells by a PNG chunk or
    an AVIF box are known of a PIL image only while it is not loaded. Raises PictureError if the picture cannot be read,
    is empty, is cut off, or has more than `max_pixels`.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, Image.Image):
        return _convert(source, "This picture", max_pixels)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "This file", len(source), max_pixels)
    if not isinstance(source, str | os.PathLike):
        raise PictureError(f"A picture is a path, the bytes of a file or a PIL image, not a {type(source).__name__}.")
    path = Path(source)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would never end
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no file"
            raise PictureError(f"{path} is {what}. Give one picture file ({file_kind.NAMES}).")
        with path.open("rb") as file:
            return _decode(file, path.name, status.st_size, max_pixels)
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist.") from error
    except OSError as error:
        raise PictureError(f"{str(path)[:200]} cannot be opened ({error.strerror}).") from error
    except ValueError as error:  # a NUL in the path
        raise PictureError(f"{str(path)[:200]!r} cannot be opened ({error}).") from error


def _decode(file: IO[bytes], name: str, length: int, max_pixels: int) -> Picture:
    if length == 0:
        raise PictureError(f"{name} is empty. Give a picture ({file_kind.NAMES}).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: the limit below is ours
            with Image.open(file, formats=file_kind.READABLE) as image:
                file_kind.check_whole(image, name)
                return _convert(image, name, max_pixels, file)
    except UnidentifiedImageError as error:
        raise PictureError(_unread(file, name)) from error
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large(name, max_pixels)) from error
    except PictureError:
        raise
    except Exception as error:  # opening already reads some of the file
        raise PictureError(damaged(name, error)) from error


def _unread(file: IO[bytes], name: str) -> str:
    """Why Pillow knows no way to open this file."""
    file.seek(0)
    head = file.read(file_kind.HEAD)
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(head[:8])
        file.seek(tags.next)
        tags.load(file)
        return file_kind.unread(name, head, dict(tags))
    except Exception:  # no TIFF, or a damaged one
        return file_kind.unread(name, head)


def _convert(image: Image.Image, name: str, max_pixels: int, file: IO[bytes] | None = None) -> Picture:
    """`file` is what `image` was opened from; without it the caller chose the frame, and no other is counted."""
    width, height = image.size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise PictureError(_too_large(f"{name} ({width}x{height})", max_pixels))
    if not width or not height:
        raise PictureError(f"{name} has no pixels.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notes = () if file is None else _notes(image)
            raw_mode = deep_color.raw_mode(image)
            _scale_transparency(image, raw_mode)
            colors, dpi = declared(image), _dpi(image)
            if isinstance(colors, ColorSpace) and colors.is_hdr and image.format == "HEIF" and file is not None:
                return replace(_of_deep_heif(file, colors), notes=notes, dpi=dpi)
            image.load()
            if file is not None and (converted := deep_color.converted(image, raw_mode, file, colors)) is not None:
                image, colors = converted, None
            picture = read_frame(image, name, colors)
            return replace(picture, notes=notes + picture.notes, dpi=dpi)
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error ...
        raise PictureError(damaged(name, error)) from error


def read_frame(image: Image.Image, name: str, colors: Declared) -> Picture:
    """The frame at which a loaded image stands, upright; `colors` is what its file declares.

    Raises PictureError, and what Pillow raises for damaged files.
    """
    levels = levels_of(image, name)
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:  # turning an upright one would copy it
        image = ImageOps.exif_transpose(image)
    pixels, alpha = _converted(image, converter(image, colors, levels), levels)
    return Picture(pixels, alpha, (levels.note,) if levels is not None and levels.note is not None else ())


def damaged(name: str, error: Exception) -> str:
    """A sentence for a file that a decoder gave up."""
    said = " ".join(str(error).split())[:160] or type(error).__name__
    return f"{name} is damaged or cut off and cannot be decoded ({said})."


def _notes(image: Image.Image) -> tuple[Note, ...]:
    try:
        return file_kind.notes_on(image)
    except Exception:  # damaged behind the first frame
        image.seek(0)
        return ()


def _scale_transparency(image: Image.Image, raw_mode: str) -> None:
    """Bring the transparent colour of a PNG, which Pillow leaves in the file's depth, to that of its pixels.

    Of 16 bits a channel Pillow keeps the upper eight, and so does this.
    """
    level = image.info.get("transparency")
    if raw_mode in ("L;2", "L;4") and isinstance(level, int):
        image.info["transparency"] = level * 255 // (2 ** int(raw_mode[-1]) - 1)
    elif raw_mode == "RGB;16B" and isinstance(level, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in level)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Dots an inch if the file says so: many write 1, or nonsense."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 1 < across <= MAX_DPI and 1 < down <= MAX_DPI else None


def _converted(image: Image.Image, convert: Converter, levels: Levels | None) -> tuple[Pixels, Pixels | None]:
    """Pixels and alpha, band by band: of a large picture, copies of all of it in Pillow's own layout would be dear."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    alpha = np.empty((image.height, image.width), np.uint8) if image.has_transparency_data else None
    for number, band in enumerate(bands_of(image)):
        rows = slice(number * BAND, number * BAND + BAND)
        if alpha is None:
            pixels[rows] = convert(band)
        elif levels is not None:
            pixels[rows] = convert(band)
            alpha[rows] = np.where(np.asarray(band) == image.info["transparency"], 0, 255)
        else:
            seen = band if band.mode == "RGBA" else band.convert("RGBA")
            pixels[rows], alpha[rows] = convert(seen), np.asarray(seen.getchannel("A"))
    return _opaque(pixels, alpha)


def _of_deep_heif(file: IO[bytes], space: ColorSpace) -> Picture:
    """A HEIF of high dynamic range, from all of its bits: eight bits of PQ would show as bands."""
    file.seek(0)
    codes = np.asarray(pillow_heif.open_heif(file, convert_hdr_to_8bit=False))
    if codes.ndim == 2:
        codes = codes[..., None].repeat(3, 2)
    pixels = np.empty((*codes.shape[:2], 3), np.uint8)
    for top in range(0, len(codes), BAND):
        pixels[top : top + BAND] = to_srgb(codes[top : top + BAND, :, :3], space)
    if codes.shape[2] == 3:
        return Picture(pixels)
    alpha = (codes[..., 3] / np.iinfo(codes.dtype).max * 255 + 0.5).astype(np.uint8)
    return Picture(*_opaque(pixels, alpha))


def _opaque(pixels: Pixels, alpha: Pixels | None) -> tuple[Pixels, Pixels | None]:
    """Give fully transparent pixels the mean visible colour: what hides there must not bleed into the strokes."""
    if alpha is None or alpha.min() == 255:
        return pixels, None
    hidden = alpha == 0
    if hidden.any() and not hidden.all():
        pixels[hidden] = pixels.mean((0, 1), where=~hidden[..., None]).round().astype(np.uint8)
    return pixels, alpha


def _too_large(what: str, max_pixels: int) -> str:
    return (
        f"{what} is too large: at most {max_pixels // 1_000_000} megapixels and {MAX_SIDE} pixels a side are accepted."
    )
