import numpy as np
import pytest

from stylize.imaging import cicp


def levels(signal, primaries, transfer):
    return (255 * cicp.to_srgb(np.array(signal, float), primaries, transfer)).round().tolist()


@pytest.mark.parametrize(
    ("signal", "primaries", "transfer", "expected"),
    [
        ((220 / 255, 40 / 255, 40 / 255), cicp.DISPLAY_P3, 13, (240, 0, 21)),
        ((0.5, 0.5, 0.5), cicp.BT2020, 1, (128, 128, 128)),  # grey stays grey
        ((0.2, 0.6, 0.9), cicp.BT709, 1, (51, 153, 230)),
        ((0.2, 0.6, 0.9), cicp.UNSPECIFIED, cicp.UNSPECIFIED, (51, 153, 230)),
        ((0, 0, 0), cicp.BT2020, cicp.PQ, (0, 0, 0)),
        ((0, 0, 0), cicp.BT2020, cicp.HLG, (0, 0, 0)),
    ],
)
def test_known_colours(signal, primaries, transfer, expected):
    np.testing.assert_allclose(levels(signal, primaries, transfer), expected, atol=1)


@pytest.mark.parametrize(("transfer", "white", "peak"), [(cicp.PQ, 0.5807, 0.7518), (cicp.HLG, 0.75, 1.0)])
def test_hdr_white_is_nearly_white_and_highlights_stay_apart(transfer, white, peak):
    grey = [cicp.to_srgb(np.full(3, share * white), cicp.BT2020, transfer)[0] for share in np.linspace(0, 1, 50)]
    assert (np.diff(grey) > 0).all()
    assert 243 <= 255 * grey[-1] < 253
    np.testing.assert_allclose(levels([peak] * 3, cicp.BT2020, transfer), [255] * 3, atol=1)


def test_hdr_keeps_hues():
    red, green, blue = cicp.to_srgb(np.array([0.9, 0.78, 0.72]), cicp.BT2020, cicp.HLG)
    assert red > 0.95
    assert red > green > blue


def test_what_is_srgb_already():
    assert cicp.is_srgb(cicp.BT709, 1)
    assert cicp.is_srgb(cicp.SMPTE170M, cicp.UNSPECIFIED)
    assert not cicp.is_srgb(cicp.BT2020, 14)
    assert not cicp.is_srgb(cicp.BT709, cicp.HLG)
