"""Alpha comes back exactly, however a file tells it."""

import struct

import numpy as np
import pytest
from PIL import Image

from stylize import imaging
from tests.imaging.files import COLOUR, GREY, PALETTE, png, saved


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_one_level_of_a_grey_png_is_transparent(depth):
    levels = [0, 1] * 4 if depth == 1 else [0, 1, 2, 3] * 2
    scale = 8000 if depth == 16 else 1
    bits = "".join(format(level * scale, f"0{depth}b") for level in levels)
    data = png(depth, GREY, int(bits, 2).to_bytes(len(bits) // 8, "big"), 8, struct.pack(">H", scale))
    picture = imaging.read(data)
    assert (picture.alpha[0] == np.where(np.array(levels) == 1, 0, 255)).all()
    seen = picture.alpha[0] > 0
    wanted = np.array(levels) * scale / (2**depth - 1) * 255
    assert np.abs(picture.pixels[0, :, 0] - wanted)[seen].max() <= 1


@pytest.mark.parametrize("depth", [8, 16])
def test_one_colour_of_a_png_is_transparent(depth):
    colours = [(10, 20, 30), (100, 150, 200), (100, 150, 201), (255, 255, 255)]
    if depth == 16:
        colours = [tuple(256 * value + 99 for value in colour) for colour in colours]
    kind = ">3B" if depth == 8 else ">3H"
    row = b"".join(struct.pack(kind, *colour) for colour in colours)
    picture = imaging.read(png(depth, COLOUR, row, 4, struct.pack(">3H", *colours[1])))
    assert picture.alpha[0].tolist() == [255, 0, 255, 255]


def test_entries_of_a_palette_are_transparent_in_part():
    picture = imaging.read(png(8, PALETTE, bytes(range(4)), 4, bytes([255, 128, 0]), palette=bytes(range(12))))
    assert picture.alpha[0].tolist() == [255, 128, 0, 255]
    assert picture.pixels[0, 1].tolist() == [3, 4, 5]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_every_level_of_alpha_is_kept(kind):
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.new("RGB", (16, 16), (90, 120, 200))
    image.putalpha(Image.fromarray(alpha))
    assert (imaging.read(saved(image, kind)).alpha == alpha).all()


def test_gif_is_transparent_where_it_says_so():
    image = Image.new("RGBA", (8, 8), (200, 10, 10, 255))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    assert (imaging.read(saved(image, "GIF")).alpha == np.asarray(image)[..., 3]).all()


def test_associated_alpha_of_a_tiff_is_divided_out(tmp_path):
    image = Image.new("RGBA", (4, 4), (200, 100, 50, 128)).convert("RGBa")
    data = saved(Image.frombytes("RGBA", image.size, image.tobytes()), "TIFF")
    at = data.index(struct.pack("<HHIH", 338, 3, 1, 2)) + 8  # ExtraSamples: unassociated
    picture = imaging.read(data[:at] + b"\1" + data[at + 1 :])
    assert np.abs(picture.pixels[0, 0].astype(int) - (200, 100, 50)).max() <= 2
    assert picture.alpha[0, 0] == 128


def test_pixels_that_nobody_sees_take_the_mean_of_the_others():
    image = Image.new("RGBA", (8, 8), (200, 10, 10, 255))
    image.paste((0, 255, 0, 0), (0, 0, 4, 8))
    picture = imaging.read(saved(image, "PNG"))
    assert (picture.pixels[0, 0] == (200, 10, 10)).all()
    assert picture.as_image().mode == "RGBA"
