"""Sizes: the one at which a picture is painted, and how pixels get to another."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import available_cores
from stylize.imaging.shown import Shown

try:
    import cykooz_resizer
except ImportError:  # there is none for every machine: there Pillow takes two to four times as long
    cykooz_resizer = None

WORKING_SIDE = 512  # shorter side at which brush 1.0 paints, pixels
REACH = 2  # of the bicubic filter, in pixels of the smaller picture
BAND_PIXELS = 2**18  # of a band, counted where the picture is larger, before or after: less is not worth a thread

Values = NDArray[np.uint8]
Area = tuple[slice, slice]  # rows and columns of a picture


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


def resize(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """`pixels` [H, W] or [H, W, 3] at `size` (width, height); itself when it already is."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    resized = np.empty((size[1], size[0], *pixels.shape[2:]), np.uint8)

    def keep(area: Area, values: Values) -> None:
        resized[area] = values

    resize_in_bands(pixels, size, keep)
    return resized


def resize_in_bands(
    pixels: NDArray[np.uint8], size: tuple[int, int], each: Callable[[Area, Values], None], shown: Shown | None = None
) -> None:
    """`pixels` at `size` (width, height), some rows at a time, on all cores: `each` is told where, and the values.

    Of rows it is only told what is `shown` and a little around it, if that is given.
    Bicubic both ways: a box filter depends on how the pixels fall into the boxes, and a painting shows it.
    """
    (rows, columns), (width, height) = pixels.shape[:2], size
    bands = max(1, min(height, max(rows * columns, width * height) // BAND_PIXELS))
    ratios = rows / height, columns / width

    def band(number: int) -> None:
        down = slice(*(height * edge // bands for edge in (number, number + 1)))
        for across in [slice(0, width)] if shown is None else shown.columns(down, size):
            sources = [
                _source(new, ratio, length)
                for new, ratio, length in zip((down, across), ratios, (rows, columns), strict=True)
            ]
            part = pixels[sources[0], sources[1]]
            box = [
                (new.start * ratio - old.start, new.stop * ratio - old.start)
                for new, ratio, old in zip((down, across), ratios, sources, strict=True)
            ]
            each((down, across), _bicubic(part, (across.stop - across.start, down.stop - down.start), *box))

    if bands == 1:
        band(0)
        return
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(band, range(bands)))


def _source(new: slice, ratio: float, length: int) -> slice:
    """Of `length` rows or columns those that the filter sees for some new ones; `ratio` of them are a new one."""
    around = math.ceil(REACH * max(1.0, ratio)) + 1
    return slice(max(0, int(new.start * ratio) - around), min(length, math.ceil(new.stop * ratio) + around))


def _bicubic(
    pixels: NDArray[np.uint8], size: tuple[int, int], rows: tuple[float, float], columns: tuple[float, float]
) -> Values:
    """At `size` (width, height), what `pixels` show between two places of their rows, and of their columns."""
    (height, width), (new_width, new_height) = pixels.shape[:2], size
    (top, bottom), (left, right) = (
        (first, min(last, length)) for (first, last), length in ((rows, height), (columns, width))
    )
    if cykooz_resizer is None:
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, (left, top, right, bottom)))
    kind = cykooz_resizer.PixelType.U8x3 if pixels.ndim == 3 else cykooz_resizer.PixelType.U8
    options = cykooz_resizer.ResizeOptions(
        resize_alg=cykooz_resizer.ResizeAlg.convolution(cykooz_resizer.FilterType.catmull_rom),  # Pillow's bicubic
        crop_box=cykooz_resizer.CropBox(left, top, right - left, bottom - top),
        use_alpha=False,
    )
    resized = cykooz_resizer.ImageData(new_width, new_height, kind)
    cykooz_resizer.Resizer().resize(cykooz_resizer.ImageData(width, height, kind, pixels.tobytes()), resized, options)
    return np.frombuffer(resized.get_buffer(), np.uint8).reshape(new_height, new_width, *pixels.shape[2:])
