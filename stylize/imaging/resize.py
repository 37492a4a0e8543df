"""Sizes: the one at which a picture is painted, and how pixels get to another."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import available_cores

try:
    import cykooz_resizer
except ImportError:  # there is none for every machine: there Pillow takes two to four times as long
    cykooz_resizer = None

WORKING_SIDE = 512  # shorter side at which brush 1.0 paints, pixels
REACH = 2  # of the bicubic filter, in pixels of the smaller picture
BAND_PIXELS = 2**18  # of a band, counted where the picture is larger, before or after: less is not worth a thread

Rows = NDArray[np.uint8]


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

    def keep(rows: slice, values: Rows) -> None:
        resized[rows] = values

    resize_in_bands(pixels, size, keep)
    return resized


def resize_in_bands(pixels: NDArray[np.uint8], size: tuple[int, int], each: Callable[[slice, Rows], None]) -> None:
    """`pixels` at `size` (width, height), some rows at a time, on all cores: `each` is told the rows and their values.

    Bicubic both ways: a box filter depends on how the pixels fall into the boxes, and a painting shows it.
    """
    (rows, columns), (width, height) = pixels.shape[:2], size
    bands = max(1, min(height, max(rows * columns, width * height) // BAND_PIXELS))
    ratio = rows / height
    around = math.ceil(REACH * max(1.0, ratio)) + 1

    def band(number: int) -> None:
        top, bottom = (height * edge // bands for edge in (number, number + 1))
        first, last = max(0, int(top * ratio) - around), min(rows, math.ceil(bottom * ratio) + around)
        part = pixels[first:last]
        each(slice(top, bottom), _bicubic(part, (width, bottom - top), top * ratio - first, (bottom - top) * ratio))

    if bands == 1:
        band(0)
        return
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(band, range(bands)))


def _bicubic(pixels: NDArray[np.uint8], size: tuple[int, int], top: float, rows: float) -> Rows:
    """At `size` (width, height), what `rows` of `pixels` show from `top` on."""
    (height, width), (new_width, new_height) = pixels.shape[:2], size
    if cykooz_resizer is None:
        box = (0, top, width, min(top + rows, height))
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC, box))
    kind = cykooz_resizer.PixelType.U8x3 if pixels.ndim == 3 else cykooz_resizer.PixelType.U8
    options = cykooz_resizer.ResizeOptions(
        resize_alg=cykooz_resizer.ResizeAlg.convolution(cykooz_resizer.FilterType.catmull_rom),  # Pillow's bicubic
        crop_box=cykooz_resizer.CropBox(0, top, width, min(rows, height - top)),
        use_alpha=False,
    )
    resized = cykooz_resizer.ImageData(new_width, new_height, kind)
    cykooz_resizer.Resizer().resize(cykooz_resizer.ImageData(width, height, kind, pixels.tobytes()), resized, options)
    return np.frombuffer(resized.get_buffer(), np.uint8).reshape(new_height, new_width, *pixels.shape[2:])
