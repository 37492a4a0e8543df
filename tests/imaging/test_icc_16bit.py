import struct

import numpy as np
import pytest

from stylize import imaging
from stylize.imaging import icc_16bit
from tests.imaging import profiles
from tests.imaging.files import COLOUR, png

X = np.linspace(0, 1, 11)
CURVES = [  # parameters of the forms 0 to 4, and what they mean
    ((2.4,), X**2.4),
    ((2.4, 0.9, 0.1), (0.9 * X + 0.1) ** 2.4),
    ((2.4, 0.9, 0.1, 0.05), (0.9 * X + 0.1) ** 2.4 + 0.05),
    ((2.4, 0.9, 0.1, 0.08, 0.15), np.where(X >= 0.15, (0.9 * X + 0.1) ** 2.4, 0.08 * X)),
    ((2.4, 0.9, 0.1, 0.08, 0.15, 0.01, 0.02), np.where(X >= 0.15, (0.9 * X + 0.1) ** 2.4 + 0.01, 0.08 * X + 0.02)),
]


@pytest.mark.parametrize("form", range(5))
def test_every_form_of_a_parametric_curve(form):
    given, wanted = CURVES[form]
    tag = b"para" + bytes(4) + struct.pack(">2H", form, 0)
    tag += b"".join(struct.pack(">i", round(parameter * 65536)) for parameter in given)
    np.testing.assert_allclose(icc_16bit.curve(tag, X), wanted.clip(0, 1), atol=1e-4)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [((), X), ((512,), X**2), ((0, 16384, 65535), np.interp(X, [0, 0.5, 1], [0, 16384 / 65535, 1]))],
)
def test_curves_of_tables(values, wanted):
    tag = b"curv" + bytes(4) + struct.pack(f">I{len(values)}H", len(values), *values)
    np.testing.assert_allclose(icc_16bit.curve(tag, X), wanted)


def test_another_kind_of_curve_is_no_curve():
    with pytest.raises(ValueError, match="another kind"):
        icc_16bit.curve(b"XYZ " + bytes(20), X)


def test_a_profile_of_tables_is_left_to_the_library():
    profile = profiles.rgb_profile().replace(b"desc", b"A2B0", 1)
    with pytest.raises(ValueError, match="curves and a matrix"):
        icc_16bit.MatrixProfile(profile)
    row = np.full((1, 8, 3), 0x8080, np.uint16).tobytes()
    assert np.abs(imaging.read(png(16, COLOUR, row, 8, profile=profile)).pixels - 128.0).max() <= 1
