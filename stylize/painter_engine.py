"""The painter as a style engine: small pictures at once, larger ones coarse to fine, films frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stylize import imaging
from stylize.callbacks import CancelCheck, ProgressCallback, portion, raise_if_cancelled, report
from stylize.imaging import Pixels
from stylize.inference import layers, style_vector
from stylize.inference.engine_protocol import PaintFrame
from stylize.inference.painter import OnnxPainter
from stylize.inference.tiling import paint_normalized, paint_tiled
from stylize.inference.upscale import FINE_STRENGTH, enlarge
from stylize.styles import Vector
from stylize.video.temporal import FrameStylizer

SURROUNDINGS = 32  # pixels around a region that are painted with it, at the working size


@dataclass(frozen=True)
class PainterEngine:
    """The painter with one style `vector`, in which `strength` is contained. `identity` is the vector of the photo.

    `fine` is the painter for second paintings, if there is one.
    """

    painter: OnnxPainter
    fine: OnnxPainter | None
    vector: Vector
    identity: Vector
    strength: float
    brush: float | None

    def paint(
        self, pixels: Pixels, progress: ProgressCallback | None = None, cancelled: CancelCheck | None = None
    ) -> Pixels:
        """Paint `pixels` [H, W, 3] at the brush's working size, and bring them back to their own."""
        raise_if_cancelled(cancelled)
        if not self.strength:  # at a working size even the identity would lose what only the full size shows
            report(progress, 1.0)
            return pixels
        height, width = pixels.shape[:2]
        small = imaging.resize(pixels, imaging.working_size((width, height), self.brush))
        whole = small.shape[:2] == (height, width)
        share = small.size / (small.size + (not whole) * pixels.size)  # of the work
        painted = paint_normalized(self.painter, small, self.vector, portion(progress, 0, share), cancelled)
        if whole:
            return painted
        return self._enlarged(painted, pixels, small, portion(progress, share, 1), cancelled)

    def _enlarged(
        self,
        painted: Pixels,
        photo: Pixels,
        small: Pixels,
        progress: ProgressCallback | None,
        cancelled: CancelCheck | None,
        seen: Pixels | None = None,
    ) -> Pixels:
        lighter = FINE_STRENGTH * self.vector + (1 - FINE_STRENGTH) * self.identity
        if self.fine is not None:
            places = layers.shallow(self.painter.layers)
            lighter = style_vector.of_layers(lighter, self.painter.channels, places)
        second = self.fine or self.painter
        return enlarge(second, painted, photo, small, lighter, self.strength, progress, cancelled, seen)

    def paint_region(
        self,
        pixels: Pixels,
        mask: Pixels,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:
        """Paint the part of `pixels` [H, W, 3] that is seen where `mask` [H, W] is not 0, with its own statistics.

        Returns the part with some of its surroundings, and its top and left in the picture.
        """
        raise_if_cancelled(cancelled)
        height, width = pixels.shape[:2]
        working = imaging.working_size((width, height), self.brush)
        ratio = working[0] / width
        top, bottom, left, right = _around(mask, round(SURROUNDINGS / ratio))
        part, seen = pixels[top:bottom, left:right], mask[top:bottom, left:right]
        if not self.strength:
            report(progress, 1.0)
            return part, top, left
        size = tuple(max(1, round(side * ratio)) for side in (right - left, bottom - top))
        whole = working == (width, height)
        small = part if whole else imaging.resize(part, (size[0], size[1]))
        statistics = self.painter.sample_within(small, imaging.resize(seen, small.shape[1::-1]), self.vector)
        folded = self.painter.fold(self.vector, statistics)
        share = small.size / (small.size + (not whole) * part.size)  # of the work
        painted = paint_tiled(self.painter, small, folded, portion(progress, 0, share), cancelled)
        if not whole:
            painted = self._enlarged(painted, part, small, portion(progress, share, 1), cancelled, seen)
        return painted, top, left

    def frame_stylizer(self) -> PaintFrame:
        """What paints the frames of one film or camera, in order, with statistics smoothed over time."""
        if not self.strength:
            return self.paint
        return FrameStylizer(self.painter, self.vector, self.brush)


def _around(mask: Pixels, margin: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of where a mask [H, W] is not 0, and so many pixels more; a pixel if it is empty."""
    found = []
    for axis, length in ((1, mask.shape[0]), (0, mask.shape[1])):
        places = np.flatnonzero(mask.any(axis))
        first, last = (places[0], places[-1] + 1) if len(places) else (0, 1)
        found += [max(0, int(first) - margin), min(length, int(last) + margin)]
    return found[0], found[1], found[2], found[3]
