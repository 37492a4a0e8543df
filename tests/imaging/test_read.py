import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize import PictureError, imaging


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", imaging.READABLE)
def test_every_promised_format_is_read(photo, kind):
    picture = imaging.read(encoded(photo, kind))
    assert picture.size == photo.size
    assert np.abs(picture.pixels.mean() - np.asarray(photo).mean()) < 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "HSV"])
def test_colour_modes_of_an_image_in_memory_become_rgb(photo, mode):
    pixels = imaging.read(photo.convert(mode)).pixels
    wanted = np.asarray(photo.convert(mode).convert("RGB"), float)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels - wanted).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_phone_photos_come_out_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new("RGB", (30, 20))
    image.paste((255, 255, 255), (0, 0, 15, 10))  # top left, as it is stored
    pixels = imaging.read(encoded(image, "JPEG", exif=exif)).pixels
    assert pixels.shape[:2] == ((20, 30) if orientation < 5 else (30, 20))
    row, column = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}[
        orientation
    ]
    assert pixels[row, column].min() > 240
    assert pixels[-1 - row, -1 - column].max() < 15


def test_a_picture_is_a_source(photo):
    picture = imaging.read(photo)
    assert imaging.read(picture) is picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_resolution_is_known_where_the_file_says_it(photo, kind):
    dpi = imaging.read(encoded(photo, kind, dpi=(300, 240))).dpi
    assert dpi == pytest.approx((300, 240), abs=0.1)
    assert imaging.read(encoded(photo, kind)).dpi is None
    assert imaging.read(encoded(photo, "JPEG", dpi=(1, 1))).dpi is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"just some text", "not a picture"),
        (encoded(Image.new("RGB", (90, 90)), "JPEG")[:400], "damaged"),
    ],
)
def test_bad_files_get_a_sentence(data, words):
    with pytest.raises(PictureError, match=words):
        imaging.read(data)


def test_bad_paths_get_a_sentence(tmp_path):
    for path in (tmp_path, tmp_path / "missing.jpg", "a\0b"):
        with pytest.raises(PictureError):
            imaging.read(path)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path):
    Image.new("1", (20_000, 15_000)).save(tmp_path / "bomb.png")
    with pytest.raises(PictureError, match="too large"):
        imaging.read(tmp_path / "bomb.png")
    with pytest.raises(PictureError, match="2 megapixels"):
        imaging.read(Image.new("L", (2000, 1100)), max_pixels=2_000_000)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 5))
def test_garbage_is_a_picture_error_or_a_picture(data, head):
    starts = [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF", b"II*\0"]
    with contextlib.suppress(PictureError):
        imaging.read(starts[head] + data)


SIDES = st.integers(1, 40)


@settings(max_examples=60, deadline=None)
@given(SIDES, SIDES, st.sampled_from(["PNG", "TIFF", "WEBP"]), st.booleans(), st.integers(1, 8), st.integers(0, 2**32))
def test_a_lossless_picture_comes_back_as_it_was_upright(width, height, kind, transparent, orientation, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4 if transparent else 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture = imaging.read(encoded(Image.fromarray(pixels), kind, exif=exif, **options))
    upright = pixels.swapaxes(0, 1) if orientation > 4 else pixels
    down, left = {1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}[
        orientation
    ]
    upright = upright[::down, ::left]
    assert picture.size == upright.shape[1::-1]
    if transparent and upright[..., 3].min() < 255:
        assert (picture.alpha == upright[..., 3]).all()
    seen = upright[..., 3] > 0 if transparent else np.full(upright.shape[:2], True)
    assert (picture.pixels[seen] == upright[..., :3][seen]).all()
