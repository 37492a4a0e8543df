"""Colour spaces that a file names by numbers instead of an ICC profile, and the way from them to sRGB.

Code points (nclx in HEIF and AVIF, cICP in PNG, tags of films), PNG's gAMA and cHRM and EXIF's Adobe RGB are of this
kind. Curves and matrices: IEC 61966-2-1 (sRGB), Adobe RGB (1998) 4.3, SMPTE RP 177; `tone` for high dynamic range.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import tone_mapping
from stylize.imaging.picture import Pixels
from stylize.imaging.tone_mapping import Floats

Codes = NDArray[np.uint8] | NDArray[np.uint16]
Point = tuple[float, float]  # x, y of CIE 1931
Primaries = tuple[Point, Point, Point, Point]  # red, green, blue, white

D65 = (0.3127, 0.3290)
BT709_PRIMARIES = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65)
_D50 = np.array([0.9642, 1.0, 0.8249])  # XYZ
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_FINE = 65535  # steps of linear light: at black, where sRGB is steepest, one is a twentieth of a level


@dataclass(frozen=True)
class ColorSpace:
    """The primaries, and the curve: "srgb", `tone_mapping.PQ`, `tone_mapping.HLG` or an exponent."""

    primaries: Primaries = BT709_PRIMARIES
    transfer: str | float = "srgb"

    @property
    def is_srgb(self) -> bool:
        """Whether nothing needs converting."""
        return self == ColorSpace()

    @property
    def is_hdr(self) -> bool:
        """Whether it can say what is brighter than white."""
        return self.transfer in (tone_mapping.PQ, tone_mapping.HLG)


ADOBE_RGB = ColorSpace(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65), 563 / 256)


def to_srgb(codes: Codes, space: ColorSpace) -> Pixels:
    """`codes` [H, W, 3] of `space`, uint8 or uint16, as sRGB; colours that sRGB has not are clipped."""
    return levels_of_light(_srgb_light(_lights(space.transfer, int(np.iinfo(codes.dtype).max))[codes], space))


def levels_of_light(light: Floats) -> Pixels:
    """The sRGB levels of linear light [H, W, 3] of sRGB's primaries; what is beyond 0..1 is clipped."""
    light = np.clip(light, 0, 1)
    light *= _FINE
    light += 0.5
    return _levels()[light.astype(np.uint16)]


def signal_to_srgb(signal: Floats, space: ColorSpace) -> Floats:
    """`signal` [..., 3] of `space`, 0..1, as sRGB 0..1."""
    return _encode(_srgb_light(_decode(np.clip(signal, 0, 1), space.transfer), space))


def matrix_from_d50() -> NDArray[np.float64]:
    """From XYZ relative to D50, as in ICC profiles, to light of sRGB, [3, 3]."""
    ours = _to_xyz(BT709_PRIMARIES)
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ ours.sum(1))
    matrix: NDArray[np.float64] = np.linalg.inv(np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD @ ours)
    return matrix


def _srgb_light(light: Floats, space: ColorSpace) -> Floats:
    """Light [..., 3] of the primaries of `space` as sRGB's, 0..1."""
    if space.transfer == tone_mapping.HLG:
        light = tone_mapping.display_hlg(light)
    if space.primaries != BT709_PRIMARIES:
        light = light @ _matrix(space.primaries).astype(light.dtype).T
    if space.is_hdr:
        light = tone_mapping.compress(np.maximum(light, 0))
    return np.clip(light, 0, 1)


def _decode(signal: Floats, transfer: str | float) -> Floats:
    if transfer == tone_mapping.PQ:
        return tone_mapping.from_pq(signal)
    if transfer == tone_mapping.HLG:
        return tone_mapping.from_hlg(signal)
    if isinstance(transfer, float):
        return signal**transfer
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _encode(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@cache
def _lights(transfer: str | float, most: int) -> NDArray[np.float32]:
    """Light of every code from 0 to `most`."""
    return _decode(np.linspace(0, 1, most + 1), transfer).astype(np.float32)


@cache
def _levels() -> Pixels:
    """The sRGB level of every step of linear light."""
    return np.round(_encode(np.linspace(0, 1, _FINE + 1)) * 255).astype(np.uint8)


@cache
def _matrix(primaries: Primaries) -> NDArray[np.float64]:
    """From light of these primaries to that of sRGB, [3, 3]; another white is adapted (Bradford)."""
    theirs, ours = _to_xyz(primaries), _to_xyz(BT709_PRIMARIES)
    scale = (_BRADFORD @ ours.sum(1)) / (_BRADFORD @ theirs.sum(1))
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD
    matrix: NDArray[np.float64] = np.linalg.inv(ours) @ adapted @ theirs
    return matrix


def _to_xyz(primaries: Primaries) -> NDArray[Any]:
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    return columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3])
