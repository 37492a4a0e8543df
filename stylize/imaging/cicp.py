"""Colours that are told by code points (ITU-T H.273: nclx in HEIC and AVIF, cICP in PNG, tags of films) to sRGB.

High dynamic range (PQ and HLG of ITU-R BT.2100) is tone-mapped: the reference white of 203 cd/m2 (ITU-R BT.2408) is
shown nearly as white, and what is brighter, up to 1,000 cd/m2, is compressed into the rest by a Möbius curve, as by the
filter `tonemap` of FFmpeg. The curve works on the largest of the three colours, so that hues stay.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

BT709, UNSPECIFIED, BT470BG, SMPTE170M, SMPTE240M, BT2020, DCI_P3, DISPLAY_P3 = 1, 2, 5, 6, 7, 9, 11, 12  # primaries
GAMMA22, GAMMA28, LINEAR, PQ, HLG = 4, 5, 8, 16, 18  # transfer characteristics
HDR_TRANSFERS = (PQ, HLG)

REFERENCE_WHITE = 203.0  # cd/m2, diffuse white of ITU-R BT.2408
PEAK = 1000.0  # cd/m2; what is brighter is clipped
KNEE = 0.85  # of the reference white, below which nothing is compressed

_D65 = (0.3127, 0.3290)
_CHROMATICITIES = {  # x and y of red, green and blue; white is D65
    BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    BT470BG: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    SMPTE170M: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    SMPTE240M: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    DCI_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}


def is_srgb(primaries: int, transfer: int) -> bool:
    """Whether values of these code points are shown as sRGB is: the curve of BT.709 counts as that of sRGB."""
    return primaries not in (BT2020, DCI_P3, DISPLAY_P3) and transfer not in (GAMMA22, GAMMA28, LINEAR, PQ, HLG)


def to_srgb(signal: Signal, primaries: int, transfer: int) -> Signal:
    """`signal` [..., 3], R'G'B' in 0..1 of full range, as sRGB in 0..1. Unknown code points count as those of sRGB."""
    signal = np.clip(np.asarray(signal, np.float64), 0, 1)
    light = _to_light(signal, transfer)  # 1 is the (reference) white
    if primaries in _CHROMATICITIES and primaries != BT709:
        light = light @ (np.linalg.inv(_to_xyz(BT709)) @ _to_xyz(primaries)).T
    light = np.maximum(light, 0)
    if transfer in HDR_TRANSFERS:
        brightest = np.maximum(light.max(-1, keepdims=True), 1e-9)
        light = light * (_compress(brightest) / brightest)
    return _encode(np.clip(light, 0, 1))


def _to_light(signal: Signal, transfer: int) -> Signal:
    if transfer == PQ:
        return _pq_to_nits(signal) / REFERENCE_WHITE
    if transfer == HLG:
        return _hlg_to_nits(signal) / REFERENCE_WHITE
    if transfer in (GAMMA22, GAMMA28):
        return signal ** (2.2 if transfer == GAMMA22 else 2.8)
    if transfer == LINEAR:
        return signal
    linear: Signal = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    return linear


def _encode(light: Signal) -> Signal:
    signal: Signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return signal


def _pq_to_nits(signal: Signal) -> Signal:
    """The EOTF of PQ (ITU-R BT.2100, table 4)."""
    root = signal ** (1 / 78.84375)
    nits: Signal = 10_000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    return nits


def _hlg_to_nits(signal: Signal) -> Signal:
    """The EOTF of HLG on a display of 1,000 cd/m2 (ITU-R BT.2100, table 5): inverse OETF, then the OOTF, gamma 1.2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    nits: Signal = PEAK * scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2
    return nits


def _compress(light: Signal) -> Signal:
    """Light relative to the reference white, compressed above the knee so that the peak becomes 1."""
    j, peak = KNEE, PEAK / REFERENCE_WHITE
    a = -j * j * (peak - 1) / (j * j - 2 * j + peak)
    b = (j * j - 2 * j * peak + peak) / (peak - 1)
    bright = np.clip(light, j, peak)
    return np.where(light <= j, light, (b * b + 2 * b * j + j * j) / (b - a) * (bright + a) / (bright + b))


def _to_xyz(primaries: int) -> Signal:
    """The matrix [3, 3] from linear RGB to XYZ (SMPTE RP 177)."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in _CHROMATICITIES[primaries]]).T
    x, y = _D65
    return columns * np.linalg.solve(columns, np.array([x / y, 1, (1 - x - y) / y]))
