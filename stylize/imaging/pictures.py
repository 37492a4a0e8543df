"""A picture in, a picture out: the only place where pictures are decoded, resized and written.

Everything inside the package is upright RGB in uint8, [H, W, 3], sRGB; transparency travels beside it.
"""

from __future__ import annotations

import io
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from stylize.errors import PictureError
from stylize.imaging import png

Pixels = NDArray[np.uint8]
Source = str | os.PathLike[str] | bytes | Image.Image

MAX_PIXELS = 120_000_000  # decoded pixels; a 108-megapixel phone photo passes, a decompression bomb does not
MAX_SIDE = 65_000  # pixels
WORKING_SIDE = 512  # shorter side at which brush 1.0 paints, pixels
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}

BAND = 256  # rows converted at a time where a copy of all of them would be large

_FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"
_OPENED = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")  # Pillow's other decoders never see a file

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `alpha` is [H, W] when something in it is transparent."""

    pixels: Pixels
    alpha: Pixels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    def resized(self, size: tuple[int, int]) -> Picture:
        """This picture at `size` (width, height)."""
        return Picture(resize(self.pixels, size), None if self.alpha is None else resize(self.alpha, size))

    def with_pixels(self, pixels: Pixels) -> Image.Image:
        """`pixels` [H, W, 3] as an image, with this picture's transparency."""
        image = Image.fromarray(pixels)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        return image


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


def write(image: Image.Image, path: str | os.PathLike[str], quality: int = 92) -> Path:
    """Write `image` as PNG, JPEG or WebP by the path's suffix; transparency becomes white in a JPEG.

    The file appears whole or not at all, without the photo's metadata. Raises PictureError if the suffix is another
    or the file cannot be written.
    """
    path = Path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise PictureError(f"{path.name} cannot be written: its ending must be one of {', '.join(WRITABLE)}.")
    if kind == "JPEG" and image.mode == "RGBA":
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        image = flat
    options = {
        "PNG": {"compress_level": 1},
        "JPEG": {"quality": quality},
        "WEBP": {"quality": quality, "method": 2},
    }
    part = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem[:40]}-", delete=False) as file:
            part = Path(file.name)
            if kind == "PNG" and image.mode in png.KINDS:
                for piece in png.encode(image):
                    file.write(piece)
            else:
                image.save(cast(IO[bytes], _Sink(file)), kind, **options[kind])
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except (OSError, ValueError) as error:
        raise PictureError(f"{path} cannot be written ({error}).") from error
    finally:  # also when the process is asked to stop; nothing is left once it bears its name
        if part is not None:
            part.unlink(missing_ok=True)
    return path


def working_size(size: tuple[int, int], brush: float | None) -> tuple[int, int]:
    """The size (width, height) at which a picture of `size` is painted, never larger than the picture.

    `brush` is the stroke size relative to the picture: 1.0 paints at a shorter side of `WORKING_SIDE` pixels, 2.0 at
    half of that. None paints at the picture's own size.
    """
    if brush is None:
        return size
    ratio = WORKING_SIDE / brush / min(size)
    ratio = min(1.0, ratio)
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """`pixels` [H, W] or [H, W, 3] at `size` (width, height); itself when it already is."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    # bicubic both ways: a box filter depends on how the pixels fall into the boxes, and a painting shows it
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def recolor(painted: Pixels, photo: Pixels) -> Pixels:
    """The painting's luminance with the photo's chroma, both [H, W, 3] (YCbCr of ITU-R BT.601, as in JPEG)."""
    luminance = Image.fromarray(painted).convert("YCbCr").getchannel(0)
    _, blue, red = Image.fromarray(photo).convert("YCbCr").split()
    return np.asarray(Image.merge("YCbCr", (luminance, blue, red)).convert("RGB"))


def mix(photo: Pixels, painted: Pixels, mask: Pixels) -> Pixels:
    """`painted` where `mask` [H, W] is 255, `photo` where it is 0, in proportion between."""
    return np.asarray(Image.composite(Image.fromarray(painted), Image.fromarray(photo), Image.fromarray(mask)))


class _Sink(io.RawIOBase):
    """A file without a number: given one, Pillow's JPEG encoder overlooks what a full disk did not take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


def _decode(file: IO[bytes], name: str, length: int, max_pixels: int) -> Picture:
    if length == 0:
        raise PictureError(f"{name} is empty. Give a picture ({_FORMATS}).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: the limit below is ours
            with Image.open(file, formats=_OPENED) as image:
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
    convert = _leveller(image) if image.mode.startswith(("I", "F")) else _colour_converter(image)
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


def _colour_converter(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What brings a part of a picture to sRGB."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB")
            return lambda part: ImageCms.applyTransform(part, transform) or part
        except (ImageCms.PyCMSError, OSError):  # a broken profile: colours as they are
            pass
    return lambda part: part.convert("RGB")


def _damaged(name: str, error: Exception) -> str:
    said = " ".join(str(error).split())[:160] or type(error).__name__
    return f"{name} is damaged or cut off and cannot be decoded ({said})."


def _too_large(what: str, max_pixels: int) -> str:
    return (
        f"{what} is too large: at most {max_pixels // 1_000_000} megapixels and {MAX_SIDE} pixels a side are accepted."
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
