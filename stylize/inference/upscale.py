"""Bring a painting to the photo's size and keep it crisp: coarse to fine.

A painting is made at the working size, because strokes have a fixed size in pixels. Enlarged, its edges are blurred;
painted once more at full size, they are edges of strokes again. What the second painting changes at the scale of the
first is taken back, so the large picture, made smaller, is the small one: a preview does not lie. At less than full
strength the photo shows through, and with it what only its full size shows: down to strength 0, which is the photo.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.callbacks import CancelCheck, ProgressCallback
from stylize.cpu import available_cores
from stylize.imaging import Pixels, resize
from stylize.inference.painter import OnnxPainter
from stylize.inference.tiling import paint_normalized
from stylize.styles import Vector

FINE_STRENGTH = 0.5  # of the style in the second painting
BAND = 256  # rows enlarged at a time


def enlarge(
    painter: OnnxPainter,
    painted: Pixels,
    photo: Pixels,
    vector: Vector,
    strength: float = 1.0,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    seen: Pixels | None = None,
) -> Pixels:
    """`painted` [h, w, 3] at the size of `photo` [H, W, 3], painted again there with the style `vector` of `painter`.

    `strength`, 0..1, is that of the painting; what is left of the photo's is detail that is shown as it is.
    Where `seen` [H, W] is 0 the second painting may be left out.
    """
    large = _enlarged(painted, photo, 1 - strength)
    fine = paint_normalized(painter, large, vector, progress, cancelled, seen)
    del large
    height, width = painted.shape[:2]
    for i in range(3):  # one channel at a time: a copy of the whole large picture would be its size again
        change = painted[..., i] - _reduced(np.ascontiguousarray(fine[..., i]), (width, height))
        _add_enlarged(fine[..., i], change)
    return fine


Box = tuple[float, float, float, float]  # left, top, right, bottom


def _in_bands(size: tuple[int, int], given: tuple[int, int], make: Callable[[slice, Box], None]) -> None:
    """Make a picture of `size` on all cores: `make` is told some rows and the part that they show of one of `given`."""
    ratio = given[1] / size[1]

    def band(top: int) -> None:
        bottom = min(top + BAND, size[1])
        make(slice(top, bottom), (0, top * ratio, given[0], bottom * ratio))

    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(band, range(0, size[1], BAND)))


def _part(image: Image.Image, width: int, rows: slice, box: Box) -> NDArray[Any]:
    """The part `box` of an image as these rows of one of this width, bicubic."""
    return np.asarray(image.resize((width, rows.stop - rows.start), Image.Resampling.BICUBIC, box))


def _enlarged(painted: Pixels, photo: Pixels, share: float) -> Pixels:
    """`painted` at the size of `photo`, with a `share` of what the photo has at that size only."""
    height, width = photo.shape[:2]
    image, large = Image.fromarray(painted), np.empty_like(photo)
    plain = Image.fromarray(resize(photo, image.size)) if share else None

    def make(rows: slice, box: Box) -> None:
        if plain is None:
            large[rows] = _part(image, width, rows, box)
            return
        detail = photo[rows].astype(np.float32) - _part(plain, width, rows, box)
        large[rows] = np.clip(_part(image, width, rows, box) + np.float32(share) * detail + 0.5, 0, 255)

    _in_bands((width, height), image.size, make)
    return large


def _reduced(channel: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    """`channel` [H, W] at `size` (width, height)."""
    image = Image.fromarray(channel)
    small = np.empty((size[1], size[0]), np.float32)

    def make(rows: slice, box: Box) -> None:
        small[rows] = _part(image, size[0], rows, box)

    _in_bands(size, image.size, make)
    return small


def _add_enlarged(fine: Pixels, change: NDArray[np.float32]) -> None:
    """Add `change` [h, w], enlarged, to the channel `fine` [H, W] in place."""
    image = Image.fromarray(change)
    size = fine.shape[1], fine.shape[0]

    def make(rows: slice, box: Box) -> None:
        enlarged = _part(image, size[0], rows, box)
        fine[rows] = np.clip(fine[rows] + enlarged + 0.5, 0, 255)

    _in_bands(size, image.size, make)
