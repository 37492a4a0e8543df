"""What every way of painting can do: our painter does it, and so do external networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from stylize.callbacks import CancelCheck, ProgressCallback
from stylize.imaging import Pixels

PaintFrame = Callable[[Pixels], Pixels]  # from a frame [H, W, 3] to the same frame painted


class StyleEngine(Protocol):
    """Paints pixels in one choice of styles, at one strength and with one brush. Pixels are bytes [H, W, 3]."""

    def paint(
        self, pixels: Pixels, progress: ProgressCallback | None = None, cancelled: CancelCheck | None = None
    ) -> Pixels:
        """Paint a whole picture of any size. Raises NetworkError or Cancelled."""

    def paint_region(
        self,
        pixels: Pixels,
        mask: Pixels,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:
        """Paint what of a picture is seen where `mask` [H, W] is not 0: a part of it, and its top and left."""

    def frame_stylizer(self) -> PaintFrame:
        """What paints the frames of one film or camera, one after another."""
