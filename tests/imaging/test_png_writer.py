import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from stylize.imaging import png_writer


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (700, 3), (511, 997)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("band", [1, 5000, png_writer.BAND])
def test_what_is_written_is_read_again(monkeypatch, size, mode, band):
    monkeypatch.setattr(png_writer, "BAND", band if size[1] < 600 else max(band, 5000))
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], len(mode)), np.uint8)
    pixels[: size[1] // 2] //= 64  # runs
    file = b"".join(png_writer.encode(Image.fromarray(pixels)))
    image = Image.open(io.BytesIO(file))
    assert image.mode == mode
    assert (np.asarray(image) == pixels).all()
    assert len(zlib.decompress(stream(file))) == size[1] * (1 + size[0] * len(mode))  # and its checksum is right


def stream(file: bytes) -> bytes:
    """The data of a file's IDAT chunks."""
    found, at = b"", 8
    while at < len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        found += file[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return found


def test_a_painting_is_no_larger_than_pillow_makes_it(astronaut):
    pillow = io.BytesIO()
    astronaut.save(pillow, "PNG", compress_level=1)
    assert len(b"".join(png_writer.encode(astronaut))) < 1.05 * len(pillow.getvalue())
