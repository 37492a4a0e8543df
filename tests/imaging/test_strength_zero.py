"""Painted at strength 0, a photo is the photo: upright, of its size, with its alpha and its resolution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize import imaging
from tests.imaging import profiles
from tests.imaging.files import saved
from tests.imaging.test_color_table import picture, viewed

SIDES = st.integers(1, 90)


@settings(max_examples=20, deadline=None)
@given(SIDES, SIDES, st.booleans(), st.integers(1, 8), st.sampled_from(["PNG", "TIFF"]), st.integers(0, 2**32))
def test_any_picture_comes_back(painter, width, height, transparent, orientation, kind, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4 if transparent else 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(pixels), kind, exif=exif, dpi=(300, 300))
    painted = painter(data, "great_wave", strength=0)
    photo = imaging.read(data)
    assert painted.size == photo.size == ((height, width) if orientation > 4 else (width, height))
    assert (np.asarray(painted)[..., :3] == photo.pixels).all()
    if photo.alpha is not None:
        assert (np.asarray(painted)[..., 3] == photo.alpha).all()
    assert painted.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("name", ["out.png", "out.webp", "out.jpg"])
def test_a_wide_gamut_photo_with_alpha_is_written_as_a_viewer_shows_it(painter, tmp_path, name):
    (tmp_path / "in.png").write_bytes(saved(picture("RGBA"), "PNG", icc_profile=profiles.rgb_profile()))
    written = imaging.write(painter(tmp_path / "in.png", "great_wave", strength=0), tmp_path / name, quality=100)
    again, shown = imaging.read(written), viewed(np.asarray(picture("RGBA"))[..., :3], profiles.DISPLAY_P3)
    alpha = np.asarray(picture("RGBA").getchannel("A"))
    if name.endswith(".jpg"):
        assert again.alpha is None
        return
    assert (again.alpha == alpha).all()
    middle = (slice(None), slice(3, None, 8))  # of the patches: WebP halves the resolution of colour
    assert np.abs(again.pixels - shown)[middle].max() <= (2 if name.endswith(".png") else 12)
