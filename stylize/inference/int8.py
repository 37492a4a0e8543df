"""What painting in whole numbers needs to know: the units of the layers' bytes, and whether this CPU adds them exactly.

Instance normalisation leaves every channel with a known mean and deviation, the style's shift and scale, whatever the
picture. So the range of every channel follows from the style alone, and a picture is never searched for its extremes:
the units are fixed before painting, and tiles stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylize.cpu import instructions
from stylize.inference import style_vector
from stylize.styles import Vector

SUM_ZERO = 96  # the byte that means 0 in the sum that the residual blocks add to
RESIDUAL_ZERO = 128  # the byte that means 0 in what a block adds
DEVIATIONS = 8.0  # deviations from its mean that a layer's output can have
SUM_DEVIATIONS = 5.0  # the same of the sum, whose parts seldom are extreme together
MIN_UNIT = 1e-5  # smallest unit

# Flags of processors that add the products of bytes in 32 bits. Others add pairs of them in 16, which overflow.
INSTRUCTIONS = {"avx512_vnni", "avx_vnni"}

Array = NDArray[Any]

_gauss = np.vectorize(math.erf, otypes=[np.float32])


def is_fast(about: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this CPU says that it has the instructions."""
    return not INSTRUCTIONS.isdisjoint(instructions(about))


def unit_layers(count: int) -> Iterator[int]:
    """Of a painter's `count` convolutions, those whose output has units of its own; that of 1 is all blocks' sum."""
    yield from (0, 1, *range(2, count - 2, 2), count - 2)


def calibration(vector: Vector, channels: Sequence[int], colour: Array) -> dict[str, Array]:
    """Per channel, the initialisers `unit.i` and `mean.i` of a network in whole numbers.

    `unit.i` [C] is what one step of a byte is worth after layer i, `mean.i` [C] the mean of what layer i is given (for
    the first, `colour` [3], the mean of the pixels in 0..255): what rounding the weights moves the mean of a layer's
    output by is taken back. `vector` is a style's, not folded; `channels` counts the outputs of each layer. The layer
    before the last is shuffled afterwards: its channels are those after the shuffle, four of its own each.
    """
    last = len(channels) - 1
    scale, shift = (style_vector.by_layer(values, channels) for values in style_vector.split(vector)[:2])
    scale = [np.abs(values) for values in scale]
    tops = {i: shift[i] + DEVIATIONS * scale[i] for i in unit_layers(len(channels))}
    given = {0: colour}
    for i in (0, *range(2, last - 1, 2)):
        given[i + 1] = _rectified(shift[i], scale[i])[0]
    mean, deviation = _rectified(shift[1], scale[1])
    tops[1], given[2] = tops[1] * 255 / (255 - SUM_ZERO), mean
    bottom: Array = np.zeros(1, np.float32)
    for i in range(3, last - 1, 2):  # what the blocks add up to
        mean, deviation = mean + shift[i], np.hypot(deviation, scale[i])
        given[i + 1] = mean
        tops[1] = np.maximum(tops[1], (mean + SUM_DEVIATIONS * deviation) * 255 / (255 - SUM_ZERO))
        bottom = np.maximum(bottom, (SUM_DEVIATIONS * deviation - mean) * 255 / SUM_ZERO)
    tops[1] = np.maximum(tops[1], bottom)
    given[last - 1] = _rectified(mean, deviation)[0]
    given[last] = _rectified(shift[last - 1], scale[last - 1])[0].reshape(-1, style_vector.SUBPIXELS).mean(1)
    tops[last - 1] = tops[last - 1].reshape(-1, style_vector.SUBPIXELS).max(1)
    values = {f"unit.{i}": np.maximum(top / 255, MIN_UNIT) for i, top in tops.items()}
    values |= {f"mean.{i}": value for i, value in given.items()}
    return {name: value.astype(np.float32) for name, value in values.items()}


def _rectified(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Mean and deviation of a normal variable after a ReLU."""
    deviation = np.maximum(deviation, np.float32(MIN_UNIT))
    z = mean / deviation
    above = (1 + _gauss(z / np.float32(math.sqrt(2)))) / 2
    density = np.exp(-z * z / 2) / np.float32(math.sqrt(2 * math.pi))
    after = mean * above + deviation * density
    square = (mean**2 + deviation**2) * above + mean * deviation * density
    return after, np.sqrt(np.maximum(square - after**2, 0))
