"""Picture files made byte by byte, of kinds that Pillow does not write."""

import io
import struct
import zlib

from PIL import Image

LOSSLESS = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},
    "HEIF": {"quality": -1, "chroma": 444},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}
GREY, COLOUR, PALETTE, COLOUR_ALPHA = 0, 2, 3, 6  # PNG's colour types


def saved(image: Image.Image, kind: str, **options) -> bytes:
    """The file, without loss as far as the format can."""
    file = io.BytesIO()
    image.save(file, kind, **LOSSLESS.get(kind, {}) | options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk before its pixels."""
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk(kind, content) + data[at:]


def png(depth: int, colour_type: int, row: bytes, width: int, transparent=b"", palette=b"", profile=b"") -> bytes:
    """A PNG of one row; `transparent` is its tRNS chunk."""
    made = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, 1, depth, colour_type, 0, 0, 0))
    if profile:
        made += chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile))
    if palette:
        made += chunk(b"PLTE", palette)
    if transparent:
        made += chunk(b"tRNS", transparent)
    return made + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")


def tiff(row: bytes, bits: int, sample_format=1, photometric=1, channels=1, profile=b"", deflated=False) -> bytes:
    """A TIFF of one row."""
    width = len(row) * 8 // bits // channels
    row = zlib.compress(row) if deflated else row
    tags = {256: [width], 257: [1], 258: [bits] * channels, 259: [8 if deflated else 1], 262: [photometric]}
    tags |= {273: [0], 277: [channels], 278: [1], 279: [len(row)], 339: [sample_format] * channels}
    if photometric == 2 and channels == 4:
        tags[338] = [2]  # alpha, not multiplied in
    count = len(tags) + bool(profile)
    values = b"".join(struct.pack("<H", v) for v in tags[258]) + b"".join(struct.pack("<H", v) for v in tags[339])
    at = 8 + 2 + 12 * count + 4
    place = {258: at, 339: at + 2 * channels, 273: at + len(values)}
    table = b""
    for tag, found in sorted(tags.items()):
        if tag == 273 or (len(found) > 2):
            table += struct.pack("<HHII", tag, 4 if tag == 273 else 3, len(found), place[tag])
        else:
            table += struct.pack("<HHI", tag, 3, len(found)) + struct.pack(f"<{len(found)}H", *found).ljust(4, b"\0")
    if profile:
        table += struct.pack("<HHII", 34675, 7, len(profile), at + len(values) + len(row))
    return b"II*\0" + struct.pack("<IH", 8, count) + table + bytes(4) + values + row + profile
