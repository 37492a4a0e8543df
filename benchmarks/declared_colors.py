"""Pictures that declare their colours, truly or not: ICC profiles, code points, gamma, floats, high dynamic range."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from benchmarks.report import photo

PROFILE_SPACES = (b"RGB ", b"GRAY", b"CMYK", b"Lab ", b"XYZ ", b"3CLR")
CODE_POINTS = (0, 1, 2, 4, 5, 8, 9, 11, 12, 13, 16, 17, 18, 22, 255)
FLOATS = (0.0, 1.0, 1.02, -1.0, 255.0, 65535.0, 1e38, float("nan"), float("inf"), float("-inf"))
SIZE = (48, 36)

Mutate = Callable[[bytes, random.Random], bytes]


def picture(chance: random.Random, mutate: Mutate) -> bytes:
    """The bytes of a sound file whose colours are told oddly."""
    return chance.choice([with_profile, with_code_points, with_png_tags, floats, deep_tiff, deep_png])(chance, mutate)


def with_profile(chance: random.Random, mutate: Mutate) -> bytes:
    """A picture of any mode with an ICC profile that is sound, of another colour space, or changed."""
    kind, modes = chance.choice(
        [
            ("JPEG", ["L", "RGB", "CMYK"]),
            ("PNG", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
            ("TIFF", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F"]),
            ("WEBP", ["RGB", "RGBA"]),
            ("AVIF", ["L", "RGB", "RGBA"]),
            ("HEIF", ["L", "RGB", "RGBA"]),
        ]
    )
    profile = bytearray(_srgb_profile())
    profile[16:20] = chance.choice(PROFILE_SPACES)
    return _saved(chance.choice(modes), kind, icc_profile=mutate(bytes(profile), chance))


def with_code_points(chance: random.Random, mutate: Mutate) -> bytes:
    """A HEIF or AVIF with any code points, or a PNG with a cICP chunk."""
    primaries, transfer = chance.choice(CODE_POINTS), chance.choice(CODE_POINTS)
    kind = chance.choice(["PNG", "HEIF", "HEIF", "AVIF"])
    if kind == "PNG":
        points = bytes([primaries, transfer, 0, 1])[: chance.choice([4, 4, 4, 1])]
        return _with_chunk(_saved(chance.choice(["RGB", "RGBA", "L", "I;16", "P"]), kind), b"cICP", points)
    if kind == "HEIF" and chance.random() < 0.5:  # of ten bits
        codes = np.asarray(photo(*SIZE)).astype("<u2") << 8
        file = io.BytesIO()
        image = pillow_heif.from_bytes("RGB;16", SIZE, codes.tobytes())
        image.save(file, quality=90, color_primaries=9, transfer_characteristics=chance.choice([16, 18]))
        return file.getvalue()
    made = bytearray(_saved(chance.choice(["RGB", "RGBA"]), kind))
    at = made.find(b"nclx") + 4
    if at > 3:
        made[at : at + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(made)


def with_png_tags(chance: random.Random, mutate: Mutate) -> bytes:
    """A PNG with gAMA, cHRM or tRNS of any values."""
    made = _saved(chance.choice(["RGB", "L", "P", "I;16"]), "PNG")
    for kind, length in ((b"gAMA", 4), (b"cHRM", 32), (b"tRNS", 6)):
        if chance.random() < 0.6:
            content = chance.choice(
                [bytes(length), b"\xff" * length, chance.randbytes(length), b"\0\1" * (length // 2)]
            )
            made = _with_chunk(made, kind, content[: chance.choice([length, length, 2])])
    return made


def floats(chance: random.Random, mutate: Mutate) -> bytes:
    """A TIFF of floats, some of them odd."""
    values = np.asarray(photo(*SIZE).convert("L"), np.float32) / chance.choice([255, 1, 1e-3])
    for _ in range(chance.choice([0, 1, 5, 2000])):
        values[chance.randrange(SIZE[1]), chance.randrange(SIZE[0])] = chance.choice(FLOATS)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF", compression=chance.choice([None, "tiff_adobe_deflate"]))
    return file.getvalue()


def deep_tiff(chance: random.Random, mutate: Mutate) -> bytes:
    """An uncompressed TIFF whose tags say anything of its samples."""
    data = chance.randbytes(4 * SIZE[0] * SIZE[1])
    entries = [
        (254, 4, 1, chance.choice([0, 0, 1, 2])), (256, 3, 1, SIZE[0]), (257, 3, 1, SIZE[1]),
        (258, 3, 1, chance.choice([1, 8, 12, 16, 32, 64])), (259, 3, 1, 1),
        (262, 3, 1, chance.choice([0, 1, 2, 5, 8, 32803, 34892])), (273, 4, 1, 8),
        (277, 3, 1, chance.choice([1, 1, 2, 3, 4])), (278, 3, 1, SIZE[1]), (279, 4, 1, len(data)),
        (339, 3, 1, chance.choice([1, 2, 3, 4])),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(entries)) + table + bytes(4)


def deep_png(chance: random.Random, mutate: Mutate) -> bytes:
    """A PNG of 16 bits a channel with a profile that is sound or changed."""
    channels = chance.choice([3, 4])
    rows = b"".join(b"\0" + chance.randbytes(2 * channels * SIZE[0]) for _ in range(SIZE[1]))
    head = struct.pack(">2I5B", *SIZE, 16, 2 if channels == 3 else 6, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head)
    made += _chunk(b"iCCP", b"icc\0\0" + zlib.compress(mutate(_srgb_profile(), chance)))
    return made + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


@cache
def _srgb_profile() -> bytes:
    made: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made


def _saved(mode: str, kind: str, **options: Any) -> bytes:
    image = photo(*SIZE)
    if mode in ("I;16", "LA", "F"):
        image = image.convert("L")
    file = io.BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


def _with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    at = data.index(b"IDAT") - 4
    return data[:at] + _chunk(kind, content) + data[at:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
