"""The grain that the painter's convolutions see in a picture, fixed and the same at every place of every picture.

In a flat area a network without it has nothing to start a stroke from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import Pixels

GRAIN = 0.02  # deviation of the noise, in pixels of 0..1

_FIELD = 512  # side of the grain's field, pixels; it repeats beyond


def _grain_field() -> NDArray[np.int8]:
    noise = np.random.default_rng(1906).standard_normal((_FIELD, _FIELD, 3), np.float32)
    field: NDArray[np.int8] = np.rint(noise * np.float32(255 * GRAIN)).clip(-127, 127).astype(np.int8)
    return field


_grain = _grain_field()
# as bytes: what is added, what is taken off, and the brightest that a pixel may be before adding
_added, _removed = (np.maximum(side, 0).astype(np.uint8) for side in (_grain, -_grain))
_brightest = 255 - _added


def grain(rows: Iterable[int], columns: Iterable[int]) -> NDArray[np.int8]:
    """The fixed grain [len(rows), len(columns), 3], in levels of 0..255, at these rows and columns of a picture."""
    rows, columns = (np.fromiter(index, np.intp) % _FIELD for index in (rows, columns))
    return _grain[rows][:, columns]


def grained(pixels: Pixels, top: int = 0, left: int = 0) -> Pixels:
    """`pixels` [H, W, 3] with the grain of the picture they are part of, at the place `top`, `left`.

    Adds in bytes that stop at 0 and 255, a block at a time: wider numbers and copies of the grain cost ten times that.
    """
    noisy = np.empty(pixels.shape, np.uint8)
    for rows, rows_there in _blocks(pixels.shape[0], top):
        for columns, columns_there in _blocks(pixels.shape[1], left):
            part, there = noisy[rows, columns], (rows_there, columns_there)
            np.minimum(pixels[rows, columns], _brightest[there], out=part)
            part += _added[there]
            np.maximum(part, _removed[there], out=part)
            part -= _removed[there]
    return noisy


def _blocks(length: int, first: int) -> Iterator[tuple[slice, slice]]:
    """`length` places from `first` on, cut where the grain's field repeats; and where in the field each part is."""
    at = 0
    while at < length:
        there = (first + at) % _FIELD
        step = min(length - at, _FIELD - there)
        yield slice(at, at + step), slice(there, there + step)
        at += step
