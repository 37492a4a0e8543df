import pytest
from PIL import Image

from stylize import PictureError, imaging


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.webp", "a.avif"])
def test_written_pictures_can_be_read_back(tmp_path, photo, name):
    path = imaging.write(photo, tmp_path / name)
    assert imaging.read(path).size == photo.size
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_transparent_pictures_become_white_in_a_jpeg(tmp_path):
    path = imaging.write(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), tmp_path / "a.jpg")
    assert (imaging.read(path).pixels > 250).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_the_resolution_is_kept(tmp_path, photo, name):
    photo.save(tmp_path / "in.jpg", dpi=(300, 240))
    picture = imaging.read(tmp_path / "in.jpg")
    path = imaging.write(picture.as_image(), tmp_path / name)
    assert imaging.read(path).dpi == pytest.approx((300, 240), abs=0.1)


def test_a_pdf_is_one_page_of_the_pictures_size_in_print(tmp_path):
    image = Image.new("RGBA", (300, 150), (0, 0, 0, 0))
    image.info["dpi"] = (300, 300)
    data = imaging.write(image, tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"/Count 1" in data
    assert b"/MediaBox [ 0 0 72.0 36.0 ]" in data
    assert b"Date" not in data  # the same picture is the same file


def test_a_failed_write_leaves_nothing(tmp_path, photo):
    with pytest.raises(PictureError, match="ending"):
        imaging.write(photo, tmp_path / "a.exe")
    with pytest.raises(PictureError):
        imaging.write(Image.new("RGB", (70_000, 1)), tmp_path / "a.jpg")  # more than JPEG can hold
    with pytest.raises(PictureError):
        imaging.write(photo, tmp_path / "nowhere" / "a.png")
    assert not list(tmp_path.iterdir())


def test_place_and_camera_stay_in_the_photo(tmp_path, photo, painter):
    exif = Image.Exif()
    exif[0x010F] = "Camera Maker"
    exif.get_ifd(0x8825)[1] = "N"
    photo.save(tmp_path / "in.jpg", exif=exif)
    for name in ("out.jpg", "out.png", "out.webp"):
        data = imaging.write(painter(tmp_path / "in.jpg", "udnie"), tmp_path / name).read_bytes()
        assert b"Camera Maker" not in data
        assert b"Exif" not in data
