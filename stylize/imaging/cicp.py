"""Code points of colours (ITU-T H.273: nclx in HEIC and AVIF, cICP in PNG, tags of films), and their colour spaces."""

from __future__ import annotations

from stylize.imaging import color_space, tone_mapping
from stylize.imaging.color_space import BT709_PRIMARIES, D65, ColorSpace, Primaries
from stylize.imaging.tone_mapping import Floats

BT709, UNSPECIFIED, BT470M, BT470BG, SMPTE170M, SMPTE240M, FILM, BT2020 = 1, 2, 4, 5, 6, 7, 8, 9  # primaries
DCI_P3, DISPLAY_P3, EBU3213 = 11, 12, 22
GAMMA22, GAMMA28, LINEAR, PQ, DCI, HLG = 4, 5, 8, 16, 17, 18  # transfer characteristics
HDR_TRANSFERS = (PQ, HLG)

_ILLUMINANT_C = (0.310, 0.316)
_NTSC: Primaries = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), D65)
_PRIMARIES: dict[int, Primaries] = {
    BT470M: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _ILLUMINANT_C),
    BT470BG: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), D65),
    SMPTE170M: _NTSC,
    SMPTE240M: _NTSC,
    FILM: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _ILLUMINANT_C),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    DCI_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    EBU3213: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), D65),
}
# Curves of cameras (BT.709, BT.601, BT.2020) are shown on the display that sRGB is shown on, and count as its curve.
_TRANSFERS: dict[int, str | float] = {
    GAMMA22: 2.2,
    GAMMA28: 2.8,
    LINEAR: 1.0,
    DCI: 2.6,
    PQ: tone_mapping.PQ,
    HLG: tone_mapping.HLG,
}


def space_of(primaries: int, transfer: int) -> ColorSpace:
    """The colour space of these code points; what is unspecified or unknown counts as that of sRGB."""
    return ColorSpace(_PRIMARIES.get(primaries, BT709_PRIMARIES), _TRANSFERS.get(transfer, "srgb"))


def is_srgb(primaries: int, transfer: int) -> bool:
    """Whether films of these code points are shown as sRGB is: the primaries of SD count as those of HD there."""
    return primaries not in (BT2020, DCI_P3, DISPLAY_P3) and transfer not in (GAMMA22, GAMMA28, LINEAR, PQ, HLG)


def to_srgb(signal: Floats, primaries: int, transfer: int) -> Floats:
    """`signal` [..., 3], R'G'B' in 0..1 of full range, as sRGB in 0..1. Unknown code points count as those of sRGB."""
    return color_space.signal_to_srgb(signal, space_of(primaries, transfer))
