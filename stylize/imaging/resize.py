"""Sizes: the one at which a picture is painted, and how pixels get to another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import available_cores

WORKING_SIDE = 512  # shorter side at which brush 1.0 paints, pixels
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


def resize(pixels: NDArray[np.uint8], size: tuple[int, int], gap: float | None = None) -> NDArray[np.uint8]:
    """`pixels` [H, W] or [H, W, 3] at `size` (width, height); itself when it already is. `gap`: `resize_in_bands`."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    resized = np.empty((size[1], size[0], *pixels.shape[2:]), np.uint8)

    def keep(rows: slice, values: Rows) -> None:
        resized[rows] = values

    resize_in_bands(pixels, size, keep, gap)
    return resized


def resize_in_bands(
    pixels: NDArray[np.uint8], size: tuple[int, int], each: Callable[[slice, Rows], None], gap: float | None = None
) -> None:
    """`pixels` at `size` (width, height), some rows at a time, on all cores: `each` is told the rows and their values.

    A `gap` of 1 or more lets pixels be averaged in whole boxes first, as long as so many times the rows and columns
    that are asked for are left: faster, and next to the same.
    """
    image, (width, height) = Image.fromarray(pixels), size
    bands = max(1, min(height, max(image.width * image.height, width * height) // BAND_PIXELS))
    ratio = image.height / height

    def band(number: int) -> None:
        top, bottom = (height * edge // bands for edge in (number, number + 1))
        box = (0, top * ratio, image.width, bottom * ratio)
        # bicubic both ways: a box filter depends on how the pixels fall into the boxes, and a painting shows it
        part = image.resize((width, bottom - top), Image.Resampling.BICUBIC, box, gap)
        each(slice(top, bottom), np.asarray(part))

    if bands == 1:
        band(0)
        return
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(band, range(bands)))
