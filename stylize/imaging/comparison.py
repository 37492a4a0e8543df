"""How alike two pictures are: in structure, and in their colours at large."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.imaging.picture import Pixels

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in JPEG
BLOCKS = 16  # along the shorter side of a picture: what is left of its colours when strokes are averaged out

_RADIUS, _SIGMA = 5, 1.5  # of SSIM's window, pixels
_STABLE = (0.01**2, 0.03**2)  # SSIM's constants for values in 0..1
_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                 [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_LAB = np.array([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
                 [0.0259040371, 0.7827717662, -0.808675766]])  # fmt: skip

Values = NDArray[np.float64]


def luminance(pixels: Pixels) -> Values:
    """The luma [H, W], in 0..1, of bytes [H, W, 3]."""
    return pixels @ (np.array(LUMA) / 255)


def ssim(first: Values, second: Values) -> float:
    """Structural similarity of two pictures' luma [H, W] in 0..1: at most 1, which only the same has.

    Wang et al. 2004 (https://doi.org/10.1109/TIP.2003.819861): Gaussian window of 11 px, sigma 1.5, inside only. Not a
    number for a picture that is smaller than the window.
    """
    if min(first.shape) <= 2 * _RADIUS:
        return math.nan
    mean, other = _windowed(first), _windowed(second)
    variance = _windowed(first * first) - mean * mean
    spread = _windowed(second * second) - other * other
    together = _windowed(first * second) - mean * other
    near, far = _STABLE
    similar = (2 * mean * other + near) * (2 * together + far)
    return float((similar / ((mean * mean + other * other + near) * (variance + spread + far))).mean())


def _windowed(values: Values) -> Values:
    """Weighted means over the window at every place where it is inside: [H, W] to [H - 10, W - 10]."""
    weights = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    weights /= weights.sum()
    for _ in range(2):
        count = len(values) - 2 * _RADIUS
        rows = sum(weight * values[i : i + count] for i, weight in enumerate(weights))
        values = np.asarray(rows).T
    return values


def colors_moved(painted: Pixels, photo: Pixels) -> float:
    """How far the colours of bytes [H, W, 3] are from a photo's at large: the mean distance in Oklab, times 100.

    Both are means over `BLOCKS` blocks along the shorter side, so that strokes do not count. 0 is the same, 2 is just
    seen, 100 is black beside white. Oklab: Björn Ottosson, https://bottosson.github.io/posts/oklab/.
    """
    height, width = photo.shape[:2]
    ratio = min(1.0, BLOCKS / min(width, height))
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    one, two = (
        oklab(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))) for pixels in (painted, photo)
    )
    return float(100 * np.sqrt(np.square(one - two).sum(-1)).mean())


def oklab(pixels: Pixels) -> Values:
    """Bytes [..., 3] in sRGB as lightness in 0..1 and two opponent colours [..., 3]."""
    coded = pixels / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    lab: Values = np.cbrt(linear @ _LMS.T) @ _LAB.T
    return lab
