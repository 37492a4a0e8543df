"""What lies beyond a picture's border when it is painted: its reflection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import Pixels


def reflected(pixels: Pixels, pad: int, multiple: int) -> Pixels:
    """`pixels` [H, W, 3] reflected `pad` pixels outwards, and on at the bottom and right to multiples of `multiple`."""
    height, width = pixels.shape[:2]
    bottom, right = height + -height % multiple + pad, width + -width % multiple + pad
    return window(pixels, -pad, bottom, -pad, right)


def window(pixels: Pixels, top: int, bottom: int, left: int, right: int) -> Pixels:
    """The part of `pixels` [H, W, 3] between these rows and columns, reflected where it goes beyond the picture.

    Pictures may be smaller than the reflection: they are reflected again, and a single row or column repeats.
    """
    height, width = pixels.shape[:2]
    part = pixels[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    beyond = ((max(0, -top), max(0, bottom - height)), (max(0, -left), max(0, right - width)))
    if all(max(sides) < length for sides, length in zip(beyond, part.shape, strict=False)):
        return np.pad(part, (*beyond, (0, 0)), "reflect")
    return pixels[_reflected_index(height, top, bottom)][:, _reflected_index(width, left, right)]


def _reflected_index(length: int, first: int, last: int) -> NDArray[np.intp]:
    """Which of `length` rows or columns stand at the places `first` to `last`."""
    period = max(1, 2 * (length - 1))
    index = np.arange(first, last) % period
    return np.minimum(index, period - index) if length > 1 else np.zeros(len(index), np.intp)
