"""RGB profiles made of three curves and a matrix, applied to 16 bits: Pillow's colour management takes eight.

ICC.1:2022, 8.3.2 (the model), 10.6 and 10.18 (the curves).
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylize.imaging.color_space import Codes, levels_of_light, matrix_from_d50
from stylize.imaging.picture import Pixels
from stylize.imaging.tone_mapping import Floats

_COLORANTS, _CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")
_TABLE = b"A2B0"  # a profile that has one means it before curves and matrix


class MatrixProfile:
    """Such a profile, parsed from its bytes. Raises ValueError, KeyError or struct.error if it is none."""

    def __init__(self, profile: bytes) -> None:
        tags = {}
        for index in range(struct.unpack_from(">I", profile, 128)[0]):
            name, at, length = struct.unpack_from(">4sII", profile, 132 + 12 * index)
            tags[name] = profile[at : at + length]
        if profile[16:20] != b"RGB " or _TABLE in tags:
            raise ValueError("not of curves and a matrix")
        columns = [np.array(struct.unpack_from(">3i", tags[name], 8)) / 65536 for name in _COLORANTS]
        self._matrix = (matrix_from_d50() @ np.stack(columns, 1)).astype(np.float32)
        signal = np.linspace(0, 1, 65536)
        self._lights = [curve(tags[name], signal).astype(np.float32) for name in _CURVES]

    def to_srgb(self, codes: Codes) -> Pixels:
        """`codes` [H, W, 3] of 16 bits as sRGB; colours that sRGB has not are clipped."""
        light = np.stack([self._lights[channel][codes[..., channel]] for channel in range(3)], -1)
        return levels_of_light(light @ self._matrix.T)


def curve(tag: bytes, signal: NDArray[np.float64]) -> Floats:
    """The light 0..1 of a signal 0..1 by a `curv` or `para` tag. Raises ValueError for another."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        values = np.array(struct.unpack_from(f">{count}H", tag, 12), np.float64)
        if count == 0:
            return signal
        if count == 1:
            return np.asarray(signal ** (values[0] / 256))
        return np.asarray(np.interp(signal, np.linspace(0, 1, count), values / 65535))
    if tag[:4] != b"para":
        raise ValueError("a curve of another kind")
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[kind]
    g, a, b, c, d, e, f = _parameters(kind, [p / 65536 for p in struct.unpack_from(f">{count}i", tag, 12)])
    power = np.maximum(a * signal + b, 0) ** g + e
    light: Floats = np.clip(np.where(signal >= d, power, c * signal + f), 0, 1)
    return light


def _parameters(kind: int, given: list[float]) -> tuple[Any, ...]:
    """g, a, b, c, d, e, f of (a x + b)^g + e from d on, c x + f below (table 68)."""
    if kind == 0:
        return given[0], 1.0, 0.0, 0.0, -1.0, 0.0, 0.0
    if kind == 1:
        g, a, b = given
        return g, a, b, 0.0, -b / a, 0.0, 0.0
    if kind == 2:
        g, a, b, c = given
        return g, a, b, 0.0, -b / a, c, c
    g, a, b, c, d = given[:5]
    e, f = given[5:] if kind == 4 else (0.0, 0.0)
    return g, a, b, c, d, e, f
