"""The masks of a film's regions, steady over time.

Found frame by frame, a mask flickers at its edges: the network and the guided filter follow noise that no eye sees.
The mask before is moved as the camera has moved (phase correlation, Kuglin and Hines 1975). Where the frame then hardly
differs from the one before, most of the mask is taken from there; where something else moves, the new one counts. The
same is done to a film's pixels in `stylize.video.temporal`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from stylize.imaging import Pixels
from stylize.inference.regions import BACKGROUND, SUBJECT, PhotoMasks, RegionsNetwork

SEEN_SIDE = 384  # pixels of the longer side at which two frames are compared
PLACE = 8  # pixels of that size that are compared as one: noise is averaged there
NOISE_LEVEL, MOTION_LEVEL = 3.0, 9.0  # levels of 0..255 between two frames that are noise at most, motion at least
NOISE_SHARE = 0.15  # share of the new mask where two frames differ by noise only

Places = NDArray[np.float32]


class SteadyMasks:
    """The masks of one film's frames, in order; called with a frame, then asked for its masks. Keeps state."""

    def __init__(self, network: RegionsNetwork) -> None:
        self._network = network
        self._found: PhotoMasks | None = None
        self._before: dict[str, Pixels] = {}  # the masks of the last frame, moved to this one
        self._masks: dict[str, Pixels] = {}
        self._seen: Pixels | None = None  # the newest frame, small
        self._share: Image.Image | None = None  # of the new mask; None is all of it

    def __call__(self, frame: Pixels) -> None:
        """Go on to the next frame [H, W, 3]."""
        self._found = self._network(frame)
        height, width = frame.shape[:2]
        last, self._seen = self._seen, _small(frame)
        old, self._masks, self._before, self._share = self._masks, {}, {}, None
        if last is None or last.shape != self._seen.shape:
            return
        across, down = camera_motion(last, self._seen)
        differs = np.abs(_places(self._seen) - _places(_moved(last, round(across), round(down)))).max(2)
        motion = np.clip((differs - NOISE_LEVEL) / (MOTION_LEVEL - NOISE_LEVEL), 0, 1)
        share = Image.fromarray(np.rint(255 * (NOISE_SHARE + (1 - NOISE_SHARE) * motion)).astype(np.uint8))
        moving = share.filter(ImageFilter.MaxFilter(3))  # an edge lies beside what moves, too
        self._share = moving.resize((width, height), Image.Resampling.BILINEAR)
        ratio = width / self._seen.shape[1]
        self._before = {name: _moved(mask, round(across * ratio), round(down * ratio)) for name, mask in old.items()}

    def mask(self, name: str) -> Pixels:
        """The soft mask 0..255 [H, W] of a region in the newest frame, as `PhotoMasks.mask`."""
        if name == BACKGROUND:
            return 255 - self.mask(SUBJECT)
        if self._found is None:
            raise ValueError("There is no frame yet.")
        if name not in self._masks:
            mask = self._found.mask(name)
            if name in self._before and self._share is not None:
                before = Image.fromarray(self._before[name])
                mask = np.asarray(Image.composite(Image.fromarray(mask), before, self._share))
            self._masks[name] = mask
        return self._masks[name]


def camera_motion(before: Pixels, now: Pixels) -> tuple[float, float]:
    """How far a picture [H, W, 3] has moved as a whole, in pixels to the right and down."""
    height, width = now.shape[:2]
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    spectra = [np.fft.rfft2((frame.mean(2) - frame.mean()) * window) for frame in (before, now)]
    cross = spectra[1] * spectra[0].conj()
    peaks = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-9), (height, width))
    row, column = (int(place) for place in np.unravel_index(peaks.argmax(), peaks.shape))
    down = _signed(row + _vertex(peaks[:, column].take(range(row - 1, row + 2), mode="wrap")), height)
    across = _signed(column + _vertex(peaks[row].take(range(column - 1, column + 2), mode="wrap")), width)
    return across, down


def _vertex(values: NDArray[np.float64]) -> float:
    """Where the parabola through three values is highest, -0.5..0.5 from the middle one."""
    left, middle, right = (float(value) for value in values)
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if bend < 0 else 0.0


def _signed(place: float, length: int) -> float:
    return place - length if place > length / 2 else place


def _small(frame: Pixels) -> Pixels:
    height, width = frame.shape[:2]
    ratio = min(1.0, SEEN_SIDE / max(width, height))
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX))


def _places(seen: Pixels) -> Places:
    """The means of squares of `PLACE` pixels."""
    return np.asarray(Image.fromarray(seen).reduce(PLACE), np.float32)


def _moved(pixels: Pixels, across: int, down: int) -> Pixels:
    """`pixels` [H, W] or [H, W, 3] moved to the right and down; what comes in is the border."""
    height, width = pixels.shape[:2]
    rows, columns = np.arange(height) - down, np.arange(width) - across
    return pixels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
