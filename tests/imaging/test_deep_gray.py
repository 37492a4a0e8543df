"""Pictures of more than eight bits a sample: the range is the type's, never that of the picture."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from stylize import PictureError, imaging
from stylize.callbacks import Note
from tests.imaging import profiles
from tests.imaging.files import COLOUR, COLOUR_ALPHA, png, saved, tiff, with_chunk
from tests.imaging.test_color_table import viewed


def read_grey(data):
    return imaging.read(data).pixels[..., 0]


def test_sixteen_bits_keep_their_range():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)
    for kind in ("PNG", "TIFF"):
        assert np.abs(read_grey(saved(Image.fromarray(ramp), kind))[0] - np.arange(256.0)).max() <= 1
    dark = np.full((4, 4), 300, np.uint16)  # stays dark
    assert (read_grey(saved(Image.fromarray(dark), "PNG")) == 1).all()


def test_twelve_bits_are_no_sixteen():
    assert read_grey(tiff(b"\x00\x08\x00\xff\xff\xff", 12)).tolist() == [[0, 128, 255, 255]]


def test_min_is_white_is_no_negative():
    row = np.array([0, 32768, 65535], "<u2").tobytes()
    assert read_grey(tiff(row, 16, photometric=0)).tolist() == [[255, 127, 0]]
    assert read_grey(tiff(bytes([0, 128, 255]), 8, photometric=0)).tolist() == [[255, 127, 0]]
    assert read_grey(tiff(np.array([0.0, 0.5, 1], "<f4").tobytes(), 32, 3, photometric=0)).tolist() == [[255, 127, 0]]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([0.5, 0.5, 0.5, 1.02], [128, 128, 128, 255]),
        ([0.5, 0.5, -3.0, 4e9], [128, 128, 0, 255]),
        ([0.5, np.nan, np.inf, -np.inf], [128, 0, 255, 0]),
        ([0.0, 0.001, 0.002, 0.003], [0, 0, 1, 1]),  # dark stays dark
    ],
)
def test_floats_are_clipped_and_never_rescaled(values, levels):
    picture = imaging.read(tiff(np.array(values, "<f4").tobytes(), 32, 3))
    assert np.abs(picture.pixels[0, :, 0] - np.array(levels, float)).max() <= 1
    assert picture.notes == ()


def test_floats_that_would_all_be_white_are_read_to_another_white_and_named():
    picture = imaging.read(Image.fromarray(np.array([[0, 60, 128, 255]], np.float32)))
    assert picture.pixels[0, :, 0].tolist() == [0, 60, 128, 255]
    assert picture.notes == (Note("levels", "Its numbers are read as 0 (black) to 255 (white)."),)


@pytest.mark.parametrize(("bits", "sample_format"), [(32, 1), (32, 2), (16, 2)])
def test_integers_whose_white_nobody_knows_are_refused(bits, sample_format):
    with pytest.raises(PictureError, match="name no white"):
        imaging.read(tiff(bytes(4 * bits // 8), bits, sample_format))


@pytest.mark.parametrize(
    ("bits", "channels", "sample_format", "words"),
    [(32, 3, 3, "3 channels of 32-bit floating-point"), (16, 2, 1, "2 channels of 16-bit unsigned")],
)
def test_a_tiff_that_is_not_read_says_which_kind_it_is(bits, channels, sample_format, words):
    with pytest.raises(PictureError, match=words):
        imaging.read(tiff(bytes(bits // 8 * channels * 4), bits, sample_format, 2 if channels == 3 else 1, channels))


MEANT = {  # a profile, its primaries and its curve
    "nothing": (b"", profiles.SRGB, None),
    "Display P3": (profiles.rgb_profile(), profiles.DISPLAY_P3, None),
    "BT.2020, gamma 1.8": (profiles.rgb_profile(profiles.BT2020, 1.8), profiles.BT2020, 1.8),
    "linear": (profiles.rgb_profile(profiles.SRGB, 1.0), profiles.SRGB, 1.0),
}


@pytest.mark.parametrize("meant", MEANT)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "TIFF deflated"])
def test_sixteen_bits_a_channel_are_read_in_colour(kind, channels, meant):
    profile, primaries, gamma = MEANT[meant]
    codes = np.random.default_rng(5).integers(0, 65536, (1, 999, channels)).astype(np.uint16)
    codes[..., 3:] |= 256  # nothing is hidden
    if kind == "PNG":
        data = png(16, COLOUR if channels == 3 else COLOUR_ALPHA, codes.astype(">u2").tobytes(), 999, profile=profile)
    else:
        row = codes.astype("<u2").tobytes()
        data = tiff(row, 16, 1, 2, channels, profile, deflated=kind != "TIFF")
    picture = imaging.read(data)
    wanted = viewed(codes[..., :3] / 257, primaries, gamma)
    assert np.abs(picture.pixels - wanted).max() <= (2 if profile else 1)
    if channels == 4:
        assert np.abs(picture.alpha - codes[..., 3] / 257).max() <= 1


def test_sixteen_bits_by_code_points_and_turned():
    codes = np.random.default_rng(5).integers(0, 65536, (1, 99, 3)).astype(np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 8
    data = with_chunk(png(16, COLOUR, codes.astype(">u2").tobytes(), 99), b"cICP", bytes([9, 13, 0, 1]))
    picture = imaging.read(with_chunk(data, b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    assert picture.size == (1, 99)
    wanted = viewed(codes / 257, profiles.BT2020)[:, ::-1].swapaxes(0, 1)
    assert np.abs(picture.pixels - wanted).max() <= 2


def test_ten_bits_of_grey_in_a_heif_keep_their_range():
    codes = np.repeat([[0, 256, 512, 1023]], 16, 1).repeat(16, 0)
    image = pillow_heif.from_bytes("L;16", codes.shape[::-1], (codes << 6).astype("<u2").tobytes())
    file = io.BytesIO()
    image.save(file, quality=-1)
    assert np.abs(read_grey(file.getvalue())[8, 8::16] - np.array([0, 64, 128, 255.0])).max() <= 1
