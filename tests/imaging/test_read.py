import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from stylize import PictureError, imaging


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
def test_every_promised_format_is_read(photo, kind):
    picture = imaging.read(encoded(photo, kind))
    assert picture.size == photo.size
    assert np.abs(picture.pixels.mean() - np.asarray(photo).mean()) < 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "HSV"])
def test_colour_modes_become_rgb(photo, mode):
    pixels = imaging.read(photo.convert(mode)).pixels
    assert pixels.shape == (72, 96, 3)
    assert pixels.dtype == np.uint8


def test_sixteen_bits_keep_their_range():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)
    pixels = imaging.read(encoded(Image.fromarray(ramp), "PNG")).pixels
    assert pixels[0, 0, 0] == 0
    assert pixels[0, -1, 0] == 255
    assert abs(int(pixels[0, 128, 0]) - 128) <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_phone_photos_come_out_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif)
    assert imaging.read(data).size == ((30, 20) if orientation < 5 else (20, 30))


def test_transparency_is_kept_and_hidden_pixels_do_not_show():
    image = Image.new("RGBA", (8, 8), (200, 10, 10, 255))
    image.paste((0, 255, 0, 0), (0, 0, 4, 8))
    picture = imaging.read(encoded(image, "PNG"))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert (picture.pixels[0, 0] == (200, 10, 10)).all()
    assert picture.with_pixels(picture.pixels).mode == "RGBA"
    assert imaging.read(encoded(image.quantize(8), "PNG")).alpha is not None


def test_colour_profiles_are_converted():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = Image.new("RGB", (4, 4), (10, 20, 30))
    assert (imaging.read(encoded(broken, "PNG", icc_profile=b"nonsense")).pixels == (10, 20, 30)).all()
    assert imaging.read(encoded(broken, "PNG", icc_profile=profile.tobytes())).size == (4, 4)


def test_animations_give_their_first_frame():
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "blue")]
    pixels = imaging.read(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).pixels
    assert (pixels[3, 3] == (254, 0, 0)).all() or (pixels[3, 3] == (255, 0, 0)).all()


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


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.webp"])
def test_written_pictures_can_be_read_back(tmp_path, photo, name):
    path = imaging.write(photo, tmp_path / name)
    assert imaging.read(path).size == photo.size
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_transparent_pictures_become_white_in_a_jpeg(tmp_path):
    path = imaging.write(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), tmp_path / "a.jpg")
    assert (imaging.read(path).pixels > 250).all()


def test_a_failed_write_leaves_nothing(tmp_path, photo):
    with pytest.raises(PictureError, match="ending"):
        imaging.write(photo, tmp_path / "a.exe")
    with pytest.raises(PictureError):
        imaging.write(Image.new("RGB", (70_000, 1)), tmp_path / "a.jpg")  # more than JPEG can hold
    with pytest.raises(PictureError):
        imaging.write(photo, tmp_path / "nowhere" / "a.png")
    assert not list(tmp_path.iterdir())


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(0.25, 8))
def test_working_size_never_grows_and_keeps_the_shape(width, height, brush):
    small = imaging.working_size((width, height), brush)
    assert 1 <= small[0] <= width
    assert 1 <= small[1] <= height
    assert min(small) <= max(1, round(imaging.WORKING_SIDE / brush)) or small == (width, height)


def test_recolor_takes_luminance_from_the_painting_and_chroma_from_the_photo(photo):
    painted = np.full((72, 96, 3), 128, np.uint8)
    recoloured = Image.fromarray(imaging.recolor(painted, np.asarray(photo))).convert("YCbCr")
    luminance, blue, _ = (np.asarray(c, int) for c in recoloured.split())
    wanted = np.asarray(photo.convert("YCbCr").getchannel(1), int)
    inside = np.abs(wanted - 128) < 40  # far from the edge of what RGB can show
    assert np.abs(luminance - 128)[inside].max() <= 2
    assert np.abs(blue - wanted)[inside].max() <= 2


def test_place_and_camera_stay_in_the_photo(tmp_path, photo, painter):
    exif = Image.Exif()
    exif[0x010F] = "Camera Maker"
    exif.get_ifd(0x8825)[1] = "N"
    photo.save(tmp_path / "in.jpg", exif=exif)
    for name in ("out.jpg", "out.png", "out.webp"):
        data = imaging.write(painter(tmp_path / "in.jpg", "udnie"), tmp_path / name).read_bytes()
        assert b"Camera Maker" not in data
        assert b"Exif" not in data
