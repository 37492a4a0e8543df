"""The statistics of a part of a picture: what the layers see where a mask is, and not of what lies beside it.

They are taken from square crops that lie in the mask for the most part. Each is reflected at its own border, so that
what surrounds the region is not seen. A region that has room for none is measured with what surrounds it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import Pixels

SIDES = (256, 192, 128, 96)  # of a crop, pixels; larger ones first: in small ones much is border
INSIDE = (0.95, 0.6)  # least share of a crop that lies in the mask; the second where the first leaves too little
ENOUGH = 0.5  # share of the region that the crops should show
MOST = 8  # crops

Places = NDArray[np.intp]


def crops_within(pixels: Pixels, mask: Pixels) -> Pixels | None:
    """Crops [N, S, S, 3] of `pixels` [H, W, 3] that lie mostly where `mask` [H, W] is 255; None if there are none."""
    weight = mask.astype(np.float64) / 255
    best: list[tuple[int, int]] = []
    side, shown = 0, 0.0
    for inside, tried in product(INSIDE, SIDES):
        if min(mask.shape) < tried:
            continue
        found, share = _places(weight, tried, inside)
        if share > shown:
            best, side, shown = found, tried, share
        if shown >= ENOUGH:
            break
    if not best:
        return None
    return np.stack([pixels[top : top + side, left : left + side] for top, left in best])


def _places(weight: NDArray[np.float64], side: int, least: float) -> tuple[list[tuple[int, int]], float]:
    """Where crops begin, the fullest first and hardly one over another; and the share of the mask they show."""
    sums = np.pad(weight.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tops, lefts = (_starts(length, side) for length in weight.shape)
    inside = (
        sums[np.ix_(tops + side, lefts + side)]
        - sums[np.ix_(tops, lefts + side)]
        - sums[np.ix_(tops + side, lefts)]
        + sums[np.ix_(tops, lefts)]
    )
    free = np.ones_like(inside, bool)
    found: list[tuple[int, int]] = []
    shown = 0.0
    while len(found) < MOST:
        left = np.where(free, inside, 0)
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] < least * side * side:
            break
        found.append((int(tops[row]), int(lefts[column])))
        shown += float(left[row, column])
        near = (abs(tops - tops[row]) < side // 2)[:, None] & (abs(lefts - lefts[column]) < side)[None]
        near |= (abs(tops - tops[row]) < side)[:, None] & (abs(lefts - lefts[column]) < side // 2)[None]
        free &= ~near
    return found, shown / max(float(weight.sum()), 1.0)


def _starts(length: int, side: int) -> Places:
    """Where crops may begin along a side: every fourth of a crop, and at the end."""
    starts = np.arange(0, length - side + 1, side // 4)
    return np.unique(np.append(starts, length - side))
