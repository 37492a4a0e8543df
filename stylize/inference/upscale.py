"""Bring a painting to the photo's size and keep it crisp: coarse to fine.

A painting is made at the working size, because strokes have a fixed size in pixels. Enlarged, its edges are blurred;
painted once more at full size, they are edges of strokes again. What the second painting changes at the scale of the
first is taken back, so the large picture, made smaller, is the small one: a preview does not lie. At less than full
strength the photo shows through, and with it what only its full size shows: down to strength 0, which is the photo.
"""

from __future__ import annotations

import numpy as np

from stylize.callbacks import CancelCheck, ProgressCallback
from stylize.imaging import Area, Pixels, Shown, resize, resize_in_bands
from stylize.inference.painter import OnnxPainter
from stylize.inference.tiling import paint_normalized
from stylize.styles import Vector

FINE_STRENGTH = 0.5  # of the style in the second painting
ZERO = np.uint8(128)  # what stands for no change
PARTS = 128  # of one, in which a share is counted
FAINT = 32  # of 255: what is seen of a pixel where one cannot tell whether it was painted again


def enlarge(
    painter: OnnxPainter,
    painted: Pixels,
    photo: Pixels,
    small: Pixels,
    vector: Vector,
    strength: float = 1.0,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    seen: Pixels | None = None,
) -> Pixels:
    """`painted` [h, w, 3] at the size of `photo` [H, W, 3], painted again there with the style `vector` of `painter`.

    `small` [h, w, 3] is the photo of which `painted` was made.
    `strength`, 0..1, is that of the painting; what is left of the photo's is detail that is shown as it is.
    `seen` [H, W] is how much of each pixel will be seen, 0..255: where that is nothing, any value may be returned, and
    where it is less than `FAINT` the second painting may be left out.
    """
    large = _enlarged(painted, photo, small, 1 - strength)
    clear = None if seen is None else (seen >= FAINT).view(np.uint8)
    fine = paint_normalized(painter, large, vector, progress, cancelled, clear, in_place=True)
    del large
    _take_back(fine, painted, None if clear is None else Shown.of(clear))
    return fine


def _enlarged(painted: Pixels, photo: Pixels, small: Pixels, share: float) -> Pixels:
    """`painted` at the size of `photo`, with a `share` of what the photo has at that size only."""
    size = photo.shape[1], photo.shape[0]
    large = resize(painted, size)
    parts = np.int16(round(share * PARTS))

    def add_detail(area: Area, plain: Pixels) -> None:
        detail = photo[area].astype(np.int16)  # in which everything here has room, at half the time of floats
        detail -= plain
        detail *= parts
        detail += PARTS // 2
        detail //= PARTS
        detail += large[area]
        large[area] = np.clip(detail, 0, 255, out=detail)

    if parts:
        resize_in_bands(small, size, add_detail)
    return large


def _take_back(fine: Pixels, painted: Pixels, shown: Shown | None) -> None:
    """Change the large picture `fine` in place where it is shown, so that made smaller it is `painted`."""
    height, width = painted.shape[:2]
    change = np.full(painted.shape, ZERO, np.uint8)

    def compare(area: Area, reduced: Pixels) -> None:
        change[area] = np.clip(painted[area].astype(np.int16) - reduced + ZERO, 0, 255)

    def add(area: Area, values: Pixels) -> None:
        changed = fine[area].astype(np.int16)
        changed += values
        changed -= ZERO
        fine[area] = np.clip(changed, 0, 255, out=changed)

    resize_in_bands(fine, (width, height), compare, shown)
    resize_in_bands(change, (fine.shape[1], fine.shape[0]), add, shown)
