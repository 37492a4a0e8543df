"""Paint moving pictures without flicker: one frame after another, from a file or a camera.

Painted one by one, frames flicker (Gupta et al. 2017, https://arxiv.org/abs/1705.02092), for two reasons. Something
that comes into view moves the mean and variance of every layer, and with them colours all over the picture: `Film`
measures only now and then, keeps a running mean, and starts afresh where the scene is cut. And strokes follow noise
that no eye sees: where a frame hardly differs from the one before, `Film` takes most of it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from stylize.imaging import pictures
from stylize.imaging.pictures import Pixels
from stylize.inference.painter import WHOLE, Folded, PainterNetwork, Statistics
from stylize.inference.tiling import paint_tiled
from stylize.styles import Vector
from stylize.video.animation import is_animation

FramePainter = Callable[[Pixels], Pixels]

WRITABLE = (".mp4", ".m4v", ".mov", ".mkv")
READABLE = (*WRITABLE, ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv")

EVERY = 6  # frames from one measurement to the next while the picture changes
AT_LEAST = 24  # frames after which even a picture that stands still is measured again
CHANGE = 3.0  # levels of 0..255 that count as a change since the last measurement
CUT = 20.0  # levels between two frames that may be a cut
CUT_RATIO = 4.0  # times the usual difference between frames, below which it is only fast motion
EASE = 0.12  # share of the way to the newest measurement that the statistics go in one frame
STEP = 0.01  # how far (relative to a channel's deviation) they go before the network is folded again
GLANCE = (32, 18)  # size at which frames are compared
NOISE, MOTION = 3, 8  # levels between two frames that are noise at most, that are motion at least
RENEWED = 0.25  # share of the new frame where the two differ by noise only

_SHARE = [round(255 * min(1.0, RENEWED + (1 - RENEWED) * max(0, d - NOISE) / (MOTION - NOISE))) for d in range(256)]


def is_film(path: Path) -> bool:
    """Whether `path` moves: a film by its ending, or a GIF or WebP of more than one frame."""
    return path.suffix.lower() in READABLE or is_animation(path)


class Film:
    """Paints the frames of one film or camera, one after another, with statistics smoothed over time.

    `vector` is a style vector; `brush` as in `Stylizer`. Keeps state: one Film per film, called from one thread.
    """

    def __init__(self, network: PainterNetwork, vector: Vector, brush: float | None = 1.0) -> None:
        self._network, self._vector, self._brush = network, vector, brush
        self._held: Statistics | None = None  # what is smoothed
        self._aim: Statistics | None = None  # what was measured last
        self._inside: Statistics | None = None  # what `folded` has inside
        self._folded: Folded | None = None
        self._before = self._measured = np.zeros(0)
        self._last: Image.Image | None = None  # the newest frame, with less noise
        self._usual = 0.0  # running mean of the difference between frames
        self._age = 0

    def __call__(self, pixels: Pixels) -> Pixels:
        """Paint the next frame [H, W, 3], any size; returns [H, W, 3]."""
        height, width = pixels.shape[:2]
        small = pictures.resize(pixels, pictures.working_size((width, height), self._brush))
        fresh, folded = self._follow(small)
        small = self._quiet(small, fresh)
        if small.shape[0] * small.shape[1] <= WHOLE:
            painted = self._network.paint(small, folded)
        else:
            painted = paint_tiled(self._network, small, folded)
        return pictures.resize(painted, (width, height))

    def _follow(self, small: Pixels) -> tuple[bool, Folded]:
        """Whether a scene begins, and the style folded for this frame."""
        glance = pictures.resize(small, GLANCE).astype(np.float64)
        fresh = self._is_cut(glance)
        self._age += 1
        changed = fresh or float(np.abs(glance - self._measured).mean()) > CHANGE
        if fresh or self._aim is None or self._age >= (EVERY if changed else AT_LEAST):
            self._aim = self._network.sample(small, self._vector)
            self._measured, self._age = glance, 0
        if fresh or self._held is None:
            self._held = self._aim
        else:
            self._held = _towards(self._held, self._aim, EASE)
        if self._folded is None or self._inside is None or fresh or _distance(self._inside, self._held) > STEP:
            self._inside = self._held
            self._folded = self._network.fold(self._vector, self._held, steady=True)
        return fresh, self._folded

    def _quiet(self, small: Pixels, fresh: bool) -> Pixels:
        """`small` with less noise: what hardly differs from the frame before is mostly taken from there."""
        image = Image.fromarray(small)
        if not fresh and self._last is not None and self._last.size == image.size:
            difference = ImageChops.difference(image, self._last).convert("L").filter(ImageFilter.BoxBlur(2))
            image = Image.composite(image, self._last, difference.point(_SHARE))
        self._last = image
        return np.asarray(image)

    def _is_cut(self, glance: np.ndarray) -> bool:
        if not self._before.size:
            self._before = glance
            return True
        difference = float(np.abs(glance - self._before).mean())
        self._before = glance
        cut = difference > max(CUT, CUT_RATIO * self._usual)
        if not cut:
            self._usual += (difference - self._usual) / EVERY
        return cut


def _towards(one: Statistics, other: Statistics, share: float) -> Statistics:
    keep = np.float32(1 - share)
    gain = np.float32(share)
    return Statistics(
        keep * one.mean + gain * other.mean,
        keep * one.variance + gain * other.variance,
        keep * one.colour + gain * other.colour,
    )


def _distance(one: Statistics, other: Statistics) -> float:
    """Root mean square of how far apart two statistics are, in deviations of each channel."""
    variance = one.variance + np.float32(1e-5)
    means = (other.mean - one.mean) ** 2 / variance
    spread = ((other.variance - one.variance) / (2 * variance)) ** 2
    return float(np.sqrt(np.mean(means + spread)))
