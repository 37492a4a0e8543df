"""A coarse mask whose edges follow those of a picture: the guided filter (He, Sun and Tang 2013,
https://doi.org/10.1109/TPAMI.2012.213), with colours as guide.

In every small window the mask is a linear function of the colours, mask = a colour + b. The functions are found at a
small size and used at the photo's (the fast guided filter, He and Sun 2015, https://arxiv.org/abs/1505.00996), which is
where the hairs are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import in_bands
from stylize.imaging import Pixels

Floats = NDArray[np.float32]

RADIUS = 6  # of a window, pixels of the small picture
EPSILON = 3e-4  # variance of colours (in 0..1) under which a window counts as even, and its mask as constant
# Off-diagonal and diagonal places of a symmetric 3x3 matrix, in the order in which they are kept.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


class GuidedFilter:
    """The filter for one picture, seen small: bytes [h, w, 3]. Masks of it are [h, w] in 0..1."""

    def __init__(self, small: Pixels, radius: int = RADIUS, epsilon: float = EPSILON) -> None:
        guide = small.astype(np.float32) / 255
        self._guide, self._radius = guide, radius
        self._mean = self._averaged(guide)
        products = np.stack([guide[..., i] * guide[..., j] for i, j in _PAIRS], -1)
        means = np.stack([self._mean[..., i] * self._mean[..., j] for i, j in _PAIRS], -1)
        covariance = self._averaged(products) - means
        covariance[..., [0, 3, 5]] += np.float32(epsilon)
        self._inverse = _inverse(covariance)

    def functions(self, mask: Floats) -> tuple[Floats, Floats]:
        """The linear functions of a mask [h, w]: slopes [h, w, 3] and offsets [h, w]."""
        mean = self._averaged(mask[..., None])
        covariance = self._averaged(self._guide * mask[..., None]) - self._mean * mean
        slopes = np.einsum("hwij,hwj->hwi", self._inverse, covariance)
        offsets = mean[..., 0] - (slopes * self._mean).sum(-1)
        found = self._averaged(np.concatenate([slopes, offsets[..., None]], -1))
        return found[..., :3], found[..., 3]

    def _averaged(self, values: NDArray[np.floating]) -> Floats:
        """The mean of `values` [h, w, C] in the window around every place; at the border windows are smaller."""
        for axis in (0, 1):
            length = values.shape[axis]
            sums = np.cumsum(values, axis, dtype=np.float64)
            sums = np.concatenate([np.zeros_like(sums.take([0], axis)), sums], axis)
            places = np.arange(length)
            first, last = np.maximum(places - self._radius, 0), np.minimum(places + self._radius + 1, length)
            counts = (last - first).reshape(-1, *[1] * (2 - axis))
            values = (sums.take(last, axis) - sums.take(first, axis)) / counts
        return values.astype(np.float32)


def mask_at_size(slopes: Floats, offsets: Floats, photo: Pixels, contrast: float = 1.0) -> Pixels:
    """The mask 0..255 [H, W] of `photo` [H, W, 3] by linear functions that were found at a smaller size.

    `contrast` steepens it around one half.
    """
    height, width = photo.shape[:2]
    maps = [Image.fromarray(np.ascontiguousarray(m)) for m in (*np.moveaxis(slopes / 255, -1, 0), offsets)]
    mask = np.empty((height, width), np.uint8)
    ratio = offsets.shape[0] / height

    def band(rows: slice) -> None:
        top, bottom = rows.start, rows.stop
        box = (0, top * ratio, offsets.shape[1], bottom * ratio)
        size = (width, bottom - top)
        parts = [np.asarray(m.resize(size, Image.Resampling.BILINEAR, box)) for m in maps]
        value = parts[3].copy()
        for channel, slope in enumerate(parts[:3]):
            value += slope * photo[rows, :, channel]
        value -= np.float32(0.5)
        value *= np.float32(255 * contrast)
        value += np.float32(128)
        mask[rows] = np.clip(value, 0, 255)

    in_bands(height, band)
    return mask


def _inverse(matrices: Floats) -> Floats:
    """The inverses [h, w, 3, 3] of symmetric matrices, of which the six different entries are given [h, w, 6]."""
    a, b, c, d, e, f = np.moveaxis(matrices, -1, 0)
    cofactors = np.stack([d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b], -1)
    determinant = a * cofactors[..., 0] + b * cofactors[..., 1] + c * cofactors[..., 2]
    full = cofactors[..., [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(*a.shape, 3, 3)
    inverse: Floats = full / determinant[..., None, None]
    return inverse
