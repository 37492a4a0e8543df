"""Stylise the frames of a film or camera without flicker: statistics and pixels are smoothed over time.

Painted one by one, frames flicker (Gupta et al. 2017, https://arxiv.org/abs/1705.02092), for two reasons. Something
that comes into view moves the mean and variance of every layer, and with them colours all over the picture:
`FrameStylizer` measures only now and then, keeps a running mean, and starts afresh where the scene is cut. And strokes
follow noise that no eye sees: where a frame hardly differs from the one before, most of it is taken from there, and
most of its painting, too: else the rounding of int8 would shimmer.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from stylize import imaging
from stylize.imaging import Pixels
from stylize.inference.norm_statistics import Statistics
from stylize.inference.painter import FoldedStyle, OnnxPainter
from stylize.inference.tiling import paint_tiled
from stylize.styles import Vector

MEASURE_INTERVAL = 8  # frames from one measurement to the next while the picture changes
MAX_MEASURE_INTERVAL = 24  # frames after which even a picture that stands still is measured again
CHANGE_THRESHOLD = 3.0  # levels of 0..255 that count as a change since the last measurement
CUT_THRESHOLD = 20.0  # levels between two frames that may be a cut
CUT_RATIO = 4.0  # times the usual difference between frames, below which it is only fast motion
SMOOTHING = 0.12  # share of the way to the newest measurement that the statistics go in one frame
REFOLD_DISTANCE = 0.01  # how far (relative to a channel's deviation) they go before the network is folded again
THUMBNAIL_SIZE = (32, 18)  # at which frames are compared
NOISE_LEVEL, MOTION_LEVEL = 3, 8  # levels between two frames that are noise at most, that are motion at least
NOISE_SHARE = 0.25  # share of the new frame where the two differ by noise only


def _new_share(difference: int) -> int:
    """How much of the new frame (0..255) is taken where it differs by so many levels from the one before."""
    motion = max(0, difference - NOISE_LEVEL) / (MOTION_LEVEL - NOISE_LEVEL)
    return round(255 * min(1.0, NOISE_SHARE + (1 - NOISE_SHARE) * motion))


_NEW_SHARES = [_new_share(difference) for difference in range(256)]


@dataclass(frozen=True)
class StartedFrame:
    """A frame that is ready to be painted. `size` (width, height) is its own, `new` the share of it that is new."""

    size: tuple[int, int]
    pixels: Pixels  # at the working size, denoised
    new: Image.Image | None
    folded: FoldedStyle


class FrameStylizer:
    """Paints the frames of one film or camera, in order, with statistics smoothed over time.

    `vector` is a style vector; `brush` as in `Stylizer`. Keeps state: one per film, called from one thread. A call is
    `start`, `paint` and `finish`: the first and the last want frames in their order, while several may be painted at
    the same time (`stylize.video.at_once`).
    """

    def __init__(self, network: OnnxPainter, vector: Vector, brush: float | None = 1.0) -> None:
        self._network, self._vector, self._brush = network, vector, brush
        self._measured: Statistics | None = None
        self._smoothed: Statistics | None = None
        self._folded_statistics: Statistics | None = None
        self._folded: FoldedStyle | None = None
        self._previous_thumbnail = self._measured_thumbnail = np.zeros(0)
        self._frame: Image.Image | None = None  # the newest one at the working size, denoised
        self._painted: Image.Image | None = None  # the same, painted
        self._usual_difference = 0.0  # running mean of the difference between frames
        self._frames_since_measured = 0

    def __call__(self, pixels: Pixels, mask: Pixels | None = None) -> Pixels:
        """Paint the next frame [H, W, 3], any size, with the statistics of what `mask` [H, W] shows, or of all."""
        started = self.start(pixels, mask)
        return self.finish(started, self.paint(started))

    @property
    def at_once(self) -> int:
        """How many frames should be painted at the same time."""
        return self._network.at_once

    def shared(self) -> AbstractContextManager[None]:
        """While one more frame is painted at the same time."""
        return self._network.shared()

    def start(self, pixels: Pixels, mask: Pixels | None = None) -> StartedFrame:
        """Look at the next frame: everything that has to know the frames before."""
        height, width = pixels.shape[:2]
        small = imaging.resize(pixels, imaging.working_size((width, height), self._brush))
        scene_begins, folded = self._update(small, mask)
        frame, new = Image.fromarray(small), None
        if not scene_begins and self._frame is not None and self._frame.size == frame.size:
            difference = ImageChops.difference(frame, self._frame).convert("L").filter(ImageFilter.BoxBlur(2))
            new = difference.point(_NEW_SHARES)
            frame = Image.composite(frame, self._frame, new)
        self._frame = frame
        return StartedFrame((width, height), np.asarray(frame), new, folded)

    def paint(self, started: StartedFrame) -> Pixels:
        """Paint a frame by itself, at the working size. May be called from any thread."""
        return paint_tiled(self._network, started.pixels, started.folded)

    def finish(self, started: StartedFrame, pixels: Pixels) -> Pixels:
        """What `paint` has made of the next frame, kept steady and brought to the frame's size."""
        painted = Image.fromarray(pixels)
        if started.new is not None and self._painted is not None:
            painted = Image.composite(painted, self._painted, started.new)
        self._painted = painted
        return imaging.resize(np.asarray(painted), started.size)

    def _update(self, small: Pixels, mask: Pixels | None) -> tuple[bool, FoldedStyle]:
        """Whether a scene begins, and the style folded for this frame."""
        thumbnail = imaging.resize(small, THUMBNAIL_SIZE).astype(np.float64)
        scene_begins = self._is_cut(thumbnail)
        self._frames_since_measured += 1
        changed = scene_begins or float(np.abs(thumbnail - self._measured_thumbnail).mean()) > CHANGE_THRESHOLD
        interval = MEASURE_INTERVAL if changed else MAX_MEASURE_INTERVAL
        if scene_begins or self._measured is None or self._frames_since_measured >= interval:
            self._measured = self._measure(small, mask)
            self._measured_thumbnail, self._frames_since_measured = thumbnail, 0
        if scene_begins or self._smoothed is None:
            self._smoothed = self._measured
        else:
            self._smoothed = _interpolate(self._smoothed, self._measured, SMOOTHING)
        if (
            self._folded is None
            or self._folded_statistics is None
            or scene_begins
            or _distance(self._folded_statistics, self._smoothed) > REFOLD_DISTANCE
        ):
            self._folded_statistics = self._smoothed
            self._folded = self._network.fold(self._vector, self._smoothed)
        return scene_begins, self._folded

    def _measure(self, small: Pixels, mask: Pixels | None) -> Statistics:
        if mask is None:
            return self._network.sample(small, self._vector)
        return self._network.sample_within(small, imaging.resize(mask, small.shape[1::-1]), self._vector)

    def _is_cut(self, thumbnail: np.ndarray) -> bool:
        if not self._previous_thumbnail.size:
            self._previous_thumbnail = thumbnail
            return True
        difference = float(np.abs(thumbnail - self._previous_thumbnail).mean())
        self._previous_thumbnail = thumbnail
        cut = difference > max(CUT_THRESHOLD, CUT_RATIO * self._usual_difference)
        if not cut:
            self._usual_difference += (difference - self._usual_difference) / MEASURE_INTERVAL
        return cut


def _interpolate(start: Statistics, end: Statistics, share: float) -> Statistics:
    """Statistics that lie `share` (0..1) of the way from `start` to `end`."""
    keep = np.float32(1 - share)
    gain = np.float32(share)
    return Statistics(
        keep * start.mean + gain * end.mean,
        keep * start.variance + gain * end.variance,
        keep * start.color + gain * end.color,
    )


def _distance(one: Statistics, other: Statistics) -> float:
    """Root mean square of how far apart two statistics are, in deviations of each channel."""
    variance = one.variance + np.float32(1e-5)
    means = (other.mean - one.mean) ** 2 / variance
    spread = ((other.variance - one.variance) / (2 * variance)) ** 2
    return float(np.sqrt(np.mean(means + spread)))
