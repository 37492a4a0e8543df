"""Boxes around what is in a picture, in the two conventions that are in use.

    Box      left, top, width, height: as COCO and most interfaces write it
    Corners  left, top, right, bottom: as PASCAL VOC, PIL and slices write it; right and bottom lie outside the box

Units are pixels; a box of one pixel has a width of 1.
"""

from __future__ import annotations

from typing import NamedTuple


class Corners(NamedTuple):
    """A box by two of its corners."""

    left: int
    top: int
    right: int
    bottom: int


class Box(NamedTuple):
    """A box by a corner and its size."""

    left: int
    top: int
    width: int
    height: int

    @property
    def corners(self) -> Corners:
        """The same box by two of its corners."""
        return to_corners(self)

    @property
    def area(self) -> int:
        """Pixels in the box."""
        return self.width * self.height


def to_corners(box: Box) -> Corners:
    """(left, top, width, height) as (left, top, right, bottom)."""
    left, top, width, height = box
    return Corners(left, top, left + width, top + height)


def to_box(corners: Corners) -> Box:
    """(left, top, right, bottom) as (left, top, width, height)."""
    left, top, right, bottom = corners
    return Box(left, top, right - left, bottom - top)


def box_from_shares(shares: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """The box of a picture of `size` (width, height) whose left, top, right and bottom are shares of its sides.

    It has at least one pixel, and none outside the picture.
    """
    sides = (*size, *size)
    left, top, right, bottom = (round(min(max(x, 0), 1) * side) for x, side in zip(shares, sides, strict=True))
    left, top = min(left, size[0] - 1), min(top, size[1] - 1)
    return to_box(Corners(left, top, max(right, left + 1), max(bottom, top + 1)))
