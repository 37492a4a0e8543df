"""High dynamic range to what a picture holds: PQ and HLG (ITU-R BT.2100), tone-mapped to standard range.

The reference white of 203 cd/m2 (ITU-R BT.2408) is shown nearly as white, and what is brighter, up to 1,000 cd/m2, is
compressed into the rest by a Möbius curve, as by the filter `tonemap` of FFmpeg. The curve works on the largest of the
three colours, so that hues stay. It is the same for every picture: one bright pixel changes no other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

PQ, HLG = "pq", "hlg"
REFERENCE_WHITE = 203.0  # cd/m2, diffuse white of ITU-R BT.2408
PEAK = 1000.0  # cd/m2; what is brighter is clipped
KNEE = 0.85  # of the reference white, below which nothing is compressed

_HLG_LUMINANCE = (0.2627, 0.6780, 0.0593)  # of BT.2020's red, green and blue


def from_pq(signal: Floats) -> Floats:
    """Light relative to the reference white of a PQ signal 0..1: the EOTF (ITU-R BT.2100, table 4)."""
    root = signal ** (1 / 78.84375)
    power = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    light: Floats = power ** (1 / 0.1593017578125) * (10_000 / REFERENCE_WHITE)
    return light


def from_hlg(signal: Floats) -> Floats:
    """The scene's light, 0..1, of an HLG signal 0..1: the inverse OETF (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def display_hlg(scene: Floats) -> Floats:
    """`scene` [..., 3] as a display of 1,000 cd/m2 shows it, relative to the reference white: the OOTF, gamma 1.2."""
    luminance = scene @ np.array(_HLG_LUMINANCE, scene.dtype)
    shown = scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2
    return shown * (PEAK / REFERENCE_WHITE)


def compress(light: Floats) -> Floats:
    """`light` [..., 3] relative to the reference white in 0..1: the same below the knee, 1 at the peak."""
    brightest = np.maximum(light.max(-1, keepdims=True), 1e-9)
    j, peak = KNEE, PEAK / REFERENCE_WHITE
    a = -j * j * (peak - 1) / (j * j - 2 * j + peak)
    b = (j * j - 2 * j * peak + peak) / (peak - 1)
    bright = np.clip(brightest, j, peak)
    curve = (b * b + 2 * b * j + j * j) / (b - a) * (bright + a) / (bright + b)
    return light * np.where(brightest <= j, 1, curve / brightest)
