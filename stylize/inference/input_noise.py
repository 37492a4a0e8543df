"""The grain that the painter's convolutions see in a picture, fixed and the same at every place of every picture.

In a flat area a network without it has nothing to start a stroke from. Fine noise alone is averaged away before the
deep levels of the painter see it, and these draw the same motif over and over in every sky: so coarse noise is added,
as large as a stroke and as a form (several octaves: Ulyanov et al. 2016, https://arxiv.org/abs/1603.03417).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import available_cores
from stylize.imaging import Pixels

GRAIN = ((1, 0.02), (8, 0.0214), (24, 0.0214))  # octaves: size of a grain in pixels, deviation in pixels of 0..1
FIELD = 512  # side of the grain's field, pixels; it repeats beyond
THREADED = 6  # fields, of which a picture has so many: with fewer a thread is not worth it

_AROUND = 4  # cells of an octave that are repeated around it, so that its enlargement repeats too


def noise(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Noise [height, width, 3] of all octaves, for pixels of 0..1; side by side with itself it has no seam."""
    total = np.zeros((height, width, 3), np.float32)
    for size, deviation in GRAIN:
        octave = _octave(rng, height, width, size)
        total += np.float32(deviation) / octave.std() * octave
    return total


def _octave(rng: np.random.Generator, height: int, width: int, size: int) -> NDArray[np.float32]:
    rows, columns = (max(1, round(side / size)) for side in (height, width))
    cells = rng.standard_normal((rows, columns, 3), np.float32)
    if size == 1:
        return cells
    cells = np.pad(cells, ((_AROUND, _AROUND), (_AROUND, _AROUND), (0, 0)), mode="wrap")
    box = (_AROUND, _AROUND, _AROUND + columns, _AROUND + rows)
    planes = (Image.fromarray(np.ascontiguousarray(cells[..., color])) for color in range(3))
    large = [np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC, box)) for plane in planes]
    return np.stack(large, -1)


def _grain_field() -> NDArray[np.int8]:
    field = 255 * noise(np.random.default_rng(1906), FIELD, FIELD)
    return np.rint(field).clip(-127, 127).astype(np.int8)


_grain = _grain_field()
# as bytes: what is added, what is taken off, and the brightest that a pixel may be before adding
_added, _removed = (np.maximum(side, 0).astype(np.uint8) for side in (_grain, -_grain))
_brightest = 255 - _added


def grain(rows: Iterable[int], columns: Iterable[int]) -> NDArray[np.int8]:
    """The fixed grain [len(rows), len(columns), 3], in levels of 0..255, at these rows and columns of a picture."""
    rows, columns = (np.fromiter(index, np.intp) % FIELD for index in (rows, columns))
    return _grain[rows][:, columns]


def grained(pixels: Pixels, top: int = 0, left: int = 0) -> Pixels:
    """`pixels` [H, W, 3] with the grain of the picture they are part of, at the place `top`, `left`.

    Adds in bytes that stop at 0 and 255, a block at a time, large pictures on all cores: copies of the grain cost ten
    times that.
    """
    noisy = np.empty(pixels.shape, np.uint8)

    def add(block: tuple[slice, slice]) -> None:
        rows, rows_there = block
        for columns, columns_there in _blocks(pixels.shape[1], left):
            part, there = noisy[rows, columns], (rows_there, columns_there)
            np.minimum(pixels[rows, columns], _brightest[there], out=part)
            part += _added[there]
            np.maximum(part, _removed[there], out=part)
            part -= _removed[there]

    blocks = list(_blocks(pixels.shape[0], top))
    if len(blocks) * pixels.shape[1] < THREADED * FIELD:
        for block in blocks:
            add(block)
        return noisy
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(add, blocks))
    return noisy


def _blocks(length: int, first: int) -> Iterator[tuple[slice, slice]]:
    """`length` places from `first` on, cut where the grain's field repeats; and where in the field each part is."""
    at = 0
    while at < length:
        there = (first + at) % FIELD
        step = min(length - at, FIELD - there)
        yield slice(at, at + step), slice(there, there + step)
        at += step
