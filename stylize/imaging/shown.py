"""What of a picture is shown, in squares: what a mask hides need not be made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SQUARE = 64  # side, pixels

Squares = NDArray[np.bool_]


def squares(mask: NDArray[np.uint8] | Squares, side: int) -> Squares:
    """Which squares of `side` pixels of a mask [H, W] hold something: [ceil(H / side), ceil(W / side)]."""
    height, width = mask.shape
    rows = np.empty((-(-height // side), width), mask.dtype)
    for row, top in enumerate(range(0, height, side)):  # `reduceat` takes thirty times as long here
        mask[top : top + side].max(0, out=rows[row])
    return np.logical_or.reduceat(rows, range(0, width, side), 1, dtype=bool)


@dataclass(frozen=True)
class Shown:
    """The squares of a picture of `size` (width, height) in which something is shown."""

    squares: Squares
    size: tuple[int, int]

    @classmethod
    def of(cls, mask: NDArray[np.uint8]) -> Shown:
        """Where a mask [H, W] is not 0."""
        return cls(squares(mask, SQUARE), (mask.shape[1], mask.shape[0]))

    def columns(self, rows: slice, size: tuple[int, int]) -> list[slice]:
        """Where something is shown in `rows` of this picture made `size` (width, height), a square around it included.

        Runs of columns, in order; with a square and more between two of them.
        """
        (own_width, own_height), (width, height) = self.size, size
        first, last = (row * own_height // height // SQUARE for row in (rows.start, rows.stop - 1))
        shown = self.squares[max(0, first - 1) : last + 2].any(0)
        around = np.pad(shown, 1)
        around = around[:-2] | around[1:-1] | around[2:]
        starts, ends = (
            np.flatnonzero(np.diff(np.pad(around.astype(np.int8), 1)) == step) for step in (1, -1)
        )  # fmt: skip
        return [
            slice(int(start) * SQUARE * width // own_width, min(width, -(-int(end) * SQUARE * width // own_width)))
            for start, end in zip(starts, ends, strict=True)
        ]
