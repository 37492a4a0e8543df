"""What painting in whole numbers needs to know: the units of the layers' bytes, and whether this CPU adds them exactly.

Instance normalisation leaves every channel with a known mean and deviation, the style's shift and scale, whatever the
picture. So the range of every channel follows from the style alone, and a picture is never searched for its extremes:
the units are fixed before painting, and tiles stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stylize.cpu import instructions
from stylize.inference import style_vector
from stylize.inference.layers import Layer
from stylize.styles import Vector

SUM_ZERO = 96  # the byte that means 0 in the sum that the residual blocks add to
RESIDUAL_ZERO = 128  # the byte that means 0 in what a block adds
DEVIATIONS = 8.0  # deviations from its mean that a layer's output can have
SUM_DEVIATIONS = 5.0  # the same of the sum, whose parts seldom are extreme together
MIN_UNIT = 1e-5  # smallest unit

# Flags of processors that add the products of bytes in 32 bits. Others add pairs of them in 16, which overflow. How
# fast that is has been measured on x86; on ARM it is tried (`stylize.inference.fastest_device`).
X86 = {"avx512_vnni", "avx_vnni"}
ARM = {"asimddp"}

Array = NDArray[Any]

_gauss = np.vectorize(math.erf, otypes=[np.float32])


def is_fast(about: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this CPU is known to be faster in whole numbers than in float32."""
    return not X86.isdisjoint(instructions(about))


def is_exact(about: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this CPU has instructions for whole numbers, which then are as they should be."""
    return not (X86 | ARM).isdisjoint(instructions(about))


def unit_layers(layers: Sequence[Layer]) -> list[int]:
    """Of each layer, the one whose units its output has: those that are added together have the same."""
    owners: list[int] = []
    for i, layer in enumerate(layers):
        owners.append(i if layer.added is None else owners[layer.added])
    return owners


class Calibration(NamedTuple):
    """Of each channel, what a style fixes whatever the picture."""

    units: dict[int, Array]  # [C]: what one step of a byte is worth after a layer, by `unit_layers`
    mean: Array  # [C]: the mean of what the last layer is given


def calibration(vector: Vector, layers: Sequence[Layer]) -> Calibration:
    """The units of a painter's channels in the style `vector`, not folded, and what its last layer is given.

    What is shuffled has a unit and a mean for each channel after the shuffle, four of its own.
    """
    owners = unit_layers(layers)
    signed = {owners[i] for i, layer in enumerate(layers) if not layer.rectified}  # units of sums that go below 0
    scales, shifts = style_vector.split(vector)[:2]
    channels = [layer.channels for layer in layers]
    parts = zip(style_vector.by_layer(scales, channels), style_vector.by_layer(shifts, channels), strict=True)
    after: list[tuple[Array, Array]] = []  # mean and deviation of each layer's output
    units: dict[int, Array] = {}
    for i, (layer, (scale, shift)) in enumerate(zip(layers[:-1], parts, strict=False)):  # the last makes the picture
        mean, deviation, reach = shift, np.abs(scale), DEVIATIONS
        unit: Array = np.zeros(1, np.float32)
        if layer.added is not None:
            unit = (np.abs(mean) + SUM_DEVIATIONS * deviation) / (255 - RESIDUAL_ZERO)
            before = after[layer.added]
            mean, deviation, reach = before[0] + mean, np.hypot(before[1], deviation), SUM_DEVIATIONS
        zero = SUM_ZERO if owners[i] in signed else 0
        unit = np.maximum(unit, (mean + reach * deviation) / (255 - zero))
        if layer.rectified:
            mean, deviation = _rectified(mean, deviation)
        else:
            unit = np.maximum(unit, (reach * deviation - mean) / SUM_ZERO)
        if layer.shuffled:
            unit = unit.reshape(-1, style_vector.SUBPIXELS).max(1)
            mean, deviation = (values.reshape(-1, style_vector.SUBPIXELS).mean(1) for values in (mean, deviation))
        units[owners[i]] = np.maximum(units.get(owners[i], np.float32(MIN_UNIT)), unit)
        after.append((mean, deviation))
    found = {i: unit.astype(np.float32) for i, unit in units.items()}
    return Calibration(found, after[layers[-1].source][0].astype(np.float32))


def _rectified(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Mean and deviation of a normal variable after a ReLU."""
    deviation = np.maximum(deviation, np.float32(MIN_UNIT))
    z = mean / deviation
    above = (1 + _gauss(z / np.float32(math.sqrt(2)))) / 2
    density = np.exp(-z * z / 2) / np.float32(math.sqrt(2 * math.pi))
    after = mean * above + deviation * density
    square = (mean**2 + deviation**2) * above + mean * deviation * density
    return after, np.sqrt(np.maximum(square - after**2, 0))
