"""What a file says of its colours: an ICC profile, code points (cICP, nclx), PNG's gAMA and cHRM, EXIF's Adobe RGB."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import IO

from PIL import Image

from stylize.imaging import cicp
from stylize.imaging.color_space import ADOBE_RGB, D65, ColorSpace

Declared = bytes | ColorSpace | None  # an ICC profile; a space; sRGB

_EXIF_IFD, _INTEROPERABILITY_IFD, _COLOR_SPACE = 0x8769, 0xA005, 0xA001
_ADOBE_MARKS = (b"R03", *(struct.pack(f"{order}HHIH", _COLOR_SPACE, 3, 1, 2) for order in "<>"))
_SRGB_GAMMA = 0.45455  # that of PNGs which mean sRGB
_BOX_LIMIT = 1 << 20  # bytes of a file's description


def declared(image: Image.Image) -> Declared:
    """What `image`, opened and not yet loaded, declares; asking may load it.

    The order is that of PNG's third edition, 4.3, and of MIAF. Tags that cannot be read declare nothing.
    """
    for tags in (_cicp, _icc, _nclx, _gamma, _adobe_rgb):
        try:
            found = tags(image)
        except Exception:  # broken tags of a picture that is sound; Pillow and struct raise many kinds
            continue
        if found is not None:
            return None if isinstance(found, ColorSpace) and found.is_srgb else found
    return None


def _icc(image: Image.Image) -> bytes | None:
    return image.info.get("icc_profile") or None


def _cicp(image: Image.Image) -> ColorSpace | None:
    """PNG: https://www.w3.org/TR/png-3/#cICP-chunk; Pillow passes over it."""
    file = getattr(image, "fp", None)
    if image.format != "PNG" or file is None:
        return None
    before = file.tell()
    try:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"cICP":
                primaries, transfer = file.read(2)
                return _of_code_points(primaries, transfer)
            if kind == b"IDAT":
                break
            file.seek(length + 4, 1)
    finally:
        file.seek(before)
    return None


def _nclx(image: Image.Image) -> ColorSpace | None:
    if "nclx_profile" in image.info:  # HEIF
        points = image.info["nclx_profile"]
        return _of_code_points(points["color_primaries"], points["transfer_characteristics"])
    file = getattr(image, "fp", None)
    if image.format != "AVIF" or file is None:
        return None
    before = file.tell()
    try:
        file.seek(0)
        return _of_avif(file)
    finally:
        file.seek(before)


def _of_code_points(primaries: int, transfer: int) -> ColorSpace | None:
    if primaries == transfer == cicp.UNSPECIFIED:
        return None
    return cicp.space_of(primaries, transfer)


def _of_avif(file: IO[bytes]) -> ColorSpace | None:
    """The nclx box of the main picture: ISO/IEC 14496-12, 8.11 and 12.1.5; Pillow does not tell it."""
    meta = next((data for kind, data in _boxes(file.read(_BOX_LIMIT)) if kind == b"meta"), b"")
    parts = dict(_boxes(meta[4:]))
    properties = dict(_boxes(parts[b"iprp"]))
    listed = list(_boxes(properties[b"ipco"]))
    main = int.from_bytes(parts[b"pitm"][4:], "big")
    for index in _associated(properties[b"ipma"], main):
        kind, data = listed[index - 1]
        if kind == b"colr" and data[:4] == b"nclx":
            return _of_code_points(*struct.unpack(">HH", data[4:8]))
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box in `data`; the last may be cut off."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:  # to the end, or longer than 4 GB: no description is
            length = len(data) - at
        yield kind, data[at + 8 : at + length]
        at += length


def _associated(data: bytes, item: int) -> list[int]:
    """The numbers, from 1, of the properties of `item` in an ipma box."""
    wide_ids, wide_numbers = data[0] > 0, data[3] & 1
    (count,) = struct.unpack_from(">I", data, 4)
    at = 8
    for _ in range(count):
        (owner,) = struct.unpack_from(">I" if wide_ids else ">H", data, at)
        at += 4 if wide_ids else 2
        number, at = data[at], at + 1
        width = 2 if wide_numbers else 1
        found = [int.from_bytes(data[at + i * width : at + (i + 1) * width], "big") for i in range(number)]
        if owner == item:
            return [n & (0x7FFF if wide_numbers else 0x7F) for n in found]  # the top bit says that it is essential
        at += number * width
    return []


def _gamma(image: Image.Image) -> ColorSpace | None:
    """PNG: https://www.w3.org/TR/png-3/#11gAMA and #11cHRM."""
    if image.format != "PNG" or "srgb" in image.info:
        return None
    gamma, points = image.info.get("gamma"), image.info.get("chromaticity")
    if gamma is None and points is None:
        return None
    space = ColorSpace()
    if points is not None:
        white, red, green, blue = ((points[i], points[i + 1]) for i in range(0, 8, 2))
        if min(y for _, y in (white, red, green, blue)) > 0:
            primaries = (red, green, blue, D65 if math.dist(white, D65) < 0.001 else white)
            same = all(math.dist(a, b) < 0.001 for a, b in zip(primaries, space.primaries, strict=True))
            space = space if same else ColorSpace(primaries)
    if gamma and (not space.is_srgb or abs(gamma - _SRGB_GAMMA) > 0.005):
        space = ColorSpace(space.primaries, 1 / gamma)
    return space


def _adobe_rgb(image: Image.Image) -> ColorSpace | None:
    """DCF 2.0, 3.2.2: the colour space is uncalibrated and the interoperability index R03. Some cameras write 2."""
    data = image.info.get("exif")
    if isinstance(data, bytes) and not any(mark in data for mark in _ADOBE_MARKS):
        return None  # parsing would be a tenth of reading a small photo
    exif = image.getexif()
    if _EXIF_IFD not in exif:
        return None
    said = exif.get_ifd(_EXIF_IFD).get(_COLOR_SPACE)
    index = str(exif.get_ifd(_INTEROPERABILITY_IFD).get(1, "")) if said == 0xFFFF else ""
    return ADOBE_RGB if said == 2 or index.startswith("R03") else None
