import numpy as np
import pytest
from PIL import Image

from stylize import imaging
from tests.imaging import profiles
from tests.imaging.files import saved, with_chunk
from tests.imaging.test_color_table import picture, viewed


@pytest.mark.parametrize("profile", [b"nonsense", profiles.rgb_profile()[:300], profiles.cmyk_profile()])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_a_profile_that_cannot_be_used_leaves_colours_as_they_are(profile, mode):
    image = picture(mode)
    found = imaging.read(saved(image, "PNG", icc_profile=profile))
    assert (found.pixels == np.asarray(image.convert("RGB"))).all()


def lab_shown(lightness, a, b):
    """CIE Lab of white D50 as sRGB 0..255."""
    y = (lightness + 16) / 116
    xyz = np.array([y + a / 500, y, y - b / 200])
    xyz = np.where(xyz > 6 / 29, xyz**3, 3 * (6 / 29) ** 2 * (xyz - 4 / 29)) * profiles.D50
    to_d50 = profiles.adapted(profiles.xyz_matrix(profiles.SRGB))
    light = (np.linalg.inv(to_d50) @ xyz).clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("ink", "lab"), [((0, 0, 0, 0), (100, 0, 0)), ((0, 0, 255, 0), (90, 0, 80)), ((0, 0, 0, 255), (0, 0, 0))]
)
def test_cmyk_is_seen_through_its_profile(kind, ink, lab):
    image = Image.new("CMYK", (16, 16), ink)
    found = imaging.read(saved(image, kind, icc_profile=profiles.cmyk_profile()))
    assert np.abs(found.pixels[8, 8] - lab_shown(*lab)).max() <= 4  # the profile's table has eight bits


def test_lab_is_shown():
    image = Image.new("LAB", (8, 8), (166, 158, 118))
    found = imaging.read(saved(image, "TIFF"))
    assert np.abs(found.pixels[0, 0] - lab_shown(166 / 2.55, 30, -10)).max() <= 2


def test_code_points_of_a_png_come_before_its_profile():
    data = saved(picture("RGB"), "PNG", icc_profile=profiles.rgb_profile(profiles.ADOBE_RGB, 2.2))
    found = imaging.read(with_chunk(data, b"cICP", bytes([1, 13, 0, 1])))
    assert (found.pixels == np.asarray(picture("RGB"))).all()


def test_a_turned_photo_is_converted_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(picture("RGB"), "JPEG", icc_profile=profiles.rgb_profile(), exif=exif)
    found = imaging.read(data).pixels
    assert np.abs(found[2, 2] - viewed(np.asarray(picture("RGB"))[2, 2], profiles.DISPLAY_P3)).max() <= 3


def test_recolor_takes_luminance_from_the_painting_and_chroma_from_the_photo(photo):
    painted = np.full((72, 96, 3), 128, np.uint8)
    recoloured = Image.fromarray(imaging.recolor(painted, np.asarray(photo))).convert("YCbCr")
    luminance, blue, _ = (np.asarray(c, int) for c in recoloured.split())
    wanted = np.asarray(photo.convert("YCbCr").getchannel(1), int)
    inside = np.abs(wanted - 128) < 40  # far from the edge of what RGB can show
    assert np.abs(luminance - 128)[inside].max() <= 2
    assert np.abs(blue - wanted)[inside].max() <= 2


@pytest.mark.parametrize(("said", "is_adobe"), [(2, True), (1, False), (0xFFFF, False)])
def test_adobe_rgb_that_a_camera_writes_as_two_is_converted(said, is_adobe):
    exif = Image.Exif()
    exif[0x8769] = {0xA001: said}
    data = saved(picture("RGB"), "PNG", exif=exif)
    meaning = {"primaries": profiles.ADOBE_RGB, "gamma": 563 / 256} if is_adobe else {}
    assert np.abs(imaging.read(data).pixels - viewed(np.asarray(picture("RGB")), **meaning)).max() <= 2
