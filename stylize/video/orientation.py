"""How a camera was held: the display matrix of a film's frames, applied to their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from stylize.imaging import Pixels


def upright(pixels: Pixels, frame: Any) -> Pixels:
    """`pixels` [H, W, 3] of the decoded `frame`, turned and mirrored as its display matrix says."""
    a, b, c, d = _display_matrix(frame)
    if b:
        pixels = pixels.swapaxes(0, 1)
    return pixels[:: b + d, :: a + c]


def is_turned(frame: Any) -> bool:
    """Whether width and height of the decoded `frame` change places when it is shown."""
    return bool(_display_matrix(frame)[1])


def _display_matrix(frame: Any) -> tuple[int, int, int, int]:
    """(a, b, c, d): a pixel at (x, y) is shown at (a x + c y, b x + d y). Signs only."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    a, b, _, c, d = (int(v) for v in np.frombuffer(bytes(data), np.int32)[:5])
    if abs(b) > abs(a):
        return 0, 1 if b > 0 else -1, 1 if c > 0 else -1, 0
    return 1 if a >= 0 else -1, 0, 0, 1 if d >= 0 else -1
