import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from stylize import PictureError, imaging
from stylize.callbacks import Note
from tests.imaging.files import saved

DNG_VERSION, SUBFILE = 50706, 254


def pages(kind, count, **options):
    frames = [Image.new("RGB", (16, 12), (60 * i, 20, 20)) for i in range(count)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("TIFF", "Only the first of 3 pages is used."),
        ("HEIF", "Only the main one of 3 pictures is used."),
        ("GIF", "Only the first of 3 frames is used."),
    ],
)
def test_what_else_a_file_holds_is_noted(kind, words):
    assert [str(note) for note in imaging.read(pages(kind, 3)).notes] == [words]
    assert imaging.read(pages(kind, 1)).notes == ()


def test_smaller_versions_of_a_page_are_no_pages():
    small = TiffImagePlugin.ImageFileDirectory_v2()
    small[SUBFILE] = 1
    whole, reduced = Image.new("RGB", (16, 12)), Image.new("RGB", (8, 6))
    reduced.encoderinfo = {"tiffinfo": small}
    assert imaging.read(saved(whole, "TIFF", save_all=True, append_images=[reduced])).notes == ()


def mpo(kind):
    """A JPEG that holds a second picture of this kind (CIPA DC-007)."""
    images = [Image.new("RGB", (16, 12), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    images[0].save(file, "MPO", save_all=True, append_images=images[1:])
    data = bytearray(file.getvalue())
    index = data.index(b"MPF\0")
    first = data.rindex(struct.pack("<L", 0x030000), index, index + 100)  # the main picture; an entry has 16 bytes
    data[first + 16 : first + 20] = struct.pack("<L", kind)
    return bytes(data)


def test_a_stereo_pair_is_noted_and_a_gain_map_is_not():
    assert imaging.read(mpo(0x020002)).notes == (Note("pictures", "Only the first of 2 pictures is used."),)
    assert imaging.read(mpo(0x000000)).notes == ()  # what phones call their gain maps


@pytest.mark.parametrize(("tag", "value"), [(DNG_VERSION, b"\x01\x04\0\0"), (SUBFILE, 1)])
def test_the_preview_of_a_raw_file_is_never_painted(tmp_path, tag, value):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[tag] = value
    if tag == DNG_VERSION:
        tags.tagtype[tag] = 1
    Image.new("RGB", (48, 32)).save(tmp_path / "a.dng", "TIFF", tiffinfo=tags)
    with pytest.raises(PictureError, match=r"a\.dng is a camera's raw file.*export a JPEG"):
        imaging.read(tmp_path / "a.dng")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"II*\0\x10\0\0\0CR\2\0", "raw file"),
        (b"FUJIFILMCCD-RAW 0201", "raw file"),
        (b"\0\0\0\x18ftypcrx ", "raw file"),
        (b"IIU\0\x18\0\0\0", "raw file"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "a PDF"),
        (b"v/1\x01\2\0\0\0", "OpenEXR"),
        (b"  <svg xmlns=", "SVG"),
        (b"<!DOCTYPE html>", "web page"),
        (b"PK\3\4\x14\0", "ZIP"),
        (b"P6\n8 8\n255\n", "Netpbm"),
        (b"\0\0\0\x20ftypisom", "film"),
        (b"\x1aE\xdf\xa3", "film"),
        (b"RIFF\0\0\0\0AVI LIST", "film"),
        (b"version https://git-lfs.example/spec/v1", "Git LFS pointer"),
    ],
)
def test_a_file_of_a_known_kind_that_is_not_read_says_which(tmp_path, head, words):
    path = tmp_path / "photo.jpg"
    path.write_bytes(head + bytes(100))
    with pytest.raises(PictureError, match=words) as raised:
        imaging.read(path)
    assert str(raised.value).startswith("photo.jpg is ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", imaging.READABLE)
def test_the_ending_decides_nothing(tmp_path, kind):
    pixels = np.full((12, 16, 3), 90, np.uint8)
    for name in ("a.png", "a.jpg", "a.heic", "a"):
        (tmp_path / name).write_bytes(saved(Image.fromarray(pixels), kind))
        assert np.abs(imaging.read(tmp_path / name).pixels.astype(int) - 90).max() <= 2
