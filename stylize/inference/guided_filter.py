"""A coarse mask whose edges follow those of a picture: the guided filter (He, Sun and Tang 2013,
https://doi.org/10.1109/TPAMI.2012.213), with colours as guide.

In every small window the mask is a linear function of the colours, mask = a colour + b. The functions are found at a
small size and used at the photo's (the fast guided filter, He and Sun 2015, https://arxiv.org/abs/1505.00996), which is
where the hairs are.

A filter moves an edge by a window's radius at most, and blurs it. So it is used several times, its answer steepened
each time: first in wide windows of a rough picture, then in narrow ones. That goes the way of closed-form matting
(Levin et al. 2008, https://doi.org/10.1109/TPAMI.2007.1177), whose matrix says of all windows what the filter does of
one.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cpu import in_bands
from stylize.imaging import Pixels

Floats = NDArray[np.float32]

EPSILON = 1e-4  # variance of colours (in 0..1) under which a window counts as even, and its mask as constant
ROUGH = 2  # times that the small picture is made smaller for the wide windows
ROUGH_RADII = (8, 8, 8, 4)  # of the windows, pixels of the rough picture, one filtering after another
RADIUS = 4  # of the windows in the end, pixels of the small picture
STEEP, CONTRAST = 4.0, 2.5  # by which masks are steepened around one half, between and in the end
SOFT_RADIUS, SOFT_EPSILON, SOFT_CONTRAST = 6, 3e-4, 1.4  # where edges should stay soft: filtered once
# Off-diagonal and diagonal places of a symmetric 3x3 matrix, in the order in which they are kept.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_ROWS = ((0, 1, 2), (1, 3, 4), (2, 4, 5))  # where in it those of each row are


class PictureEdges:
    """Gives masks the edges of one picture, seen small: bytes [h, w, 3]."""

    def __init__(self, small: Pixels) -> None:
        self._small = small

    def mask(self, likely: Floats, photo: Pixels) -> Pixels:
        """A mask [h, w] in 0..1 with the edges of the same picture in another size [H, W, 3]: bytes [H, W]."""
        size = self._rough.shape[1::-1]
        rough = np.asarray(Image.fromarray(likely).resize(size, Image.Resampling.BILINEAR))
        mask = np.clip((rough - 0.5) * STEEP + 0.5, 0, 1, dtype=np.float32)
        last = len(ROUGH_RADII) - 1
        for place, radius in enumerate(ROUGH_RADII):
            onto = self._small if place == last else self._rough
            mask = mask_at_size(*self._filters[radius].functions(mask), onto, STEEP).astype(np.float32) / 255
        return mask_at_size(*self._fine.functions(mask), photo, CONTRAST)

    def soft_mask(self, likely: Floats, photo: Pixels) -> Pixels:
        """As `mask`, of something whose edges are soft and not far from where they are."""
        return mask_at_size(*self._soft.functions(likely), photo, SOFT_CONTRAST)

    @cached_property
    def _rough(self) -> Pixels:
        return np.asarray(Image.fromarray(self._small).reduce(ROUGH))

    @cached_property
    def _filters(self) -> dict[int, GuidedFilter]:
        return {radius: GuidedFilter(self._rough, radius) for radius in set(ROUGH_RADII)}

    @cached_property
    def _fine(self) -> GuidedFilter:
        return GuidedFilter(self._small, RADIUS)

    @cached_property
    def _soft(self) -> GuidedFilter:
        return GuidedFilter(self._small, SOFT_RADIUS, SOFT_EPSILON)


class GuidedFilter:
    """The filter for one picture, seen small: bytes [h, w, 3]. Masks of it are [h, w] in 0..1."""

    def __init__(self, small: Pixels, radius: int, epsilon: float = EPSILON) -> None:
        guide = np.ascontiguousarray(np.moveaxis(small.astype(np.float32) / 255, -1, 0))  # [3, h, w]
        self._guide, self._radius = guide, radius
        found = self._averaged(np.concatenate([guide, [guide[i] * guide[j] for i, j in _PAIRS]]))
        self._mean, covariance = found[:3], found[3:]
        for at, (i, j) in enumerate(_PAIRS):
            covariance[at] -= self._mean[i] * self._mean[j]
            if i == j:
                covariance[at] += np.float32(epsilon)
        self._inverse = _inverse(covariance)

    def functions(self, mask: Floats) -> tuple[Floats, Floats]:
        """The linear functions of a mask [h, w]: slopes [3, h, w] and offsets [h, w]."""
        found = self._averaged(np.concatenate([mask[None], self._guide * mask]))
        mean, covariance = found[0], found[1:]
        covariance -= self._mean * mean
        functions = np.empty((4, *mask.shape), np.float32)
        for channel, row in enumerate(_ROWS):
            functions[channel] = sum(self._inverse[at] * covariance[i] for i, at in enumerate(row))
        functions[3] = mean - (functions[:3] * self._mean).sum(0)
        found = self._averaged(functions)
        return found[:3], found[3]

    def _averaged(self, values: Floats) -> Floats:
        """The mean of `values` [C, h, w] in the window around every place; at the border windows are smaller."""
        for axis in (1, 2):
            length = values.shape[axis]
            sums = np.zeros([n + (i == axis) for i, n in enumerate(values.shape)], np.float32)
            np.cumsum(values, axis, out=sums[:, 1:] if axis == 1 else sums[:, :, 1:])
            places = np.arange(length)
            first, last = np.maximum(places - self._radius, 0), np.minimum(places + self._radius + 1, length)
            values = sums.take(last, axis)
            values -= sums.take(first, axis)
            values /= (last - first).astype(np.float32).reshape(-1, *[1] * (2 - axis))
        return values


def mask_at_size(slopes: Floats, offsets: Floats, photo: Pixels, contrast: float = 1.0) -> Pixels:
    """The mask 0..255 [H, W] of `photo` [H, W, 3] by linear functions that were found at a smaller size.

    `contrast` steepens it around one half.
    """
    height, width = photo.shape[:2]
    maps = [Image.fromarray(m) for m in (*(slopes / np.float32(255)), offsets)]
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
    """The inverses of symmetric matrices, of which the six different entries are given, as they are: [6, h, w]."""
    a, b, c, d, e, f = matrices
    cofactors = np.stack([d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b])
    cofactors /= a * cofactors[0] + b * cofactors[1] + c * cofactors[2]  # the determinant
    return cofactors
