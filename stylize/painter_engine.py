"""The painter as a style engine: small pictures at once, larger ones coarse to fine, films frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

from stylize import imaging
from stylize.callbacks import CancelCheck, ProgressCallback, portion, raise_if_cancelled, report
from stylize.imaging import Pixels
from stylize.inference import layers, style_vector
from stylize.inference.engine_protocol import PaintFrame
from stylize.inference.painter import OnnxPainter
from stylize.inference.tiling import paint_normalized
from stylize.inference.upscale import FINE_STRENGTH, enlarge
from stylize.styles import Vector
from stylize.video.temporal import FrameStylizer


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
        lighter = FINE_STRENGTH * self.vector + (1 - FINE_STRENGTH) * self.identity
        if self.fine is not None:
            places = layers.shallow(self.painter.layers)
            lighter = style_vector.of_layers(lighter, self.painter.channels, places)
        second = self.fine or self.painter
        return enlarge(second, painted, pixels, lighter, self.strength, portion(progress, share, 1), cancelled)

    def frame_stylizer(self) -> PaintFrame:
        """What paints the frames of one film or camera, in order, with statistics smoothed over time."""
        if not self.strength:
            return self.paint
        return FrameStylizer(self.painter, self.vector, self.brush)
