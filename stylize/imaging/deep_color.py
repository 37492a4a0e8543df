"""Colour pictures of 16 bits a channel: Pillow keeps the upper eight, so the lower are decoded in a second pass.

Eight are not enough where colours are converted: near black and near the edge of sRGB one level becomes up to twelve.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.imaging import color_space, icc_16bit
from stylize.imaging.color_space import Codes, ColorSpace
from stylize.imaging.color_tags import Declared
from stylize.imaging.deep_gray import BAND
from stylize.imaging.picture import Pixels

# Decoded in the other order of bytes, the byte that Pillow keeps is the lower one.
_OTHER = "B" if sys.byteorder == "little" else "L"  # than that of this machine
_OTHER_ORDER = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", _OTHER))
}


def raw_mode(image: Image.Image) -> str:
    """How the samples of an image lie in its file; "" once it is loaded."""
    tiles = getattr(image, "tile", None)
    if not tiles:
        return ""
    arguments = tiles[0].args
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def converted(image: Image.Image, mode: str, file: IO[bytes], declared: Declared) -> Image.Image | None:
    """A loaded image in sRGB, with its alpha, converted from all bits of `file`; `mode` is the `raw_mode` it had.

    None if it has no 16 bits a channel in colour, declares nothing, or has a profile of tables.
    """
    if mode not in _OTHER_ORDER or declared is None:
        return None
    try:
        to_srgb = _by_space(declared) if isinstance(declared, ColorSpace) else icc_16bit.MatrixProfile(declared).to_srgb
    except (ValueError, KeyError, IndexError, ZeroDivisionError, struct.error):
        return None
    lower = _lower_bytes(image, mode, file)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, BAND):
        box = (0, top, image.width, min(image.height, top + BAND))
        codes: NDArray[np.uint16] = 256 * _rgb(image.crop(box)).astype(np.uint16) + _rgb(lower.crop(box))
        pixels[top : top + BAND] = to_srgb(codes)
    del lower  # of a large picture a fourth copy would be dear
    made = Image.fromarray(pixels)
    if image.has_transparency_data:
        made.putalpha(image.convert("RGBA").getchannel("A"))
    made.info["exif"] = image.getexif().tobytes()  # which way is up
    return made


def _by_space(space: ColorSpace) -> Callable[[Codes], Pixels]:
    return lambda codes: color_space.to_srgb(codes, space)


def _rgb(image: Image.Image) -> Pixels:
    return np.asarray(image)[..., :3]


def _lower_bytes(image: Image.Image, mode: str, file: IO[bytes]) -> Image.Image:
    file.seek(0)
    lower = Image.open(file, formats=(str(image.format),))
    other = _OTHER_ORDER[mode]
    lower.tile = [
        tile._replace(args=(other, *tile.args[1:]) if isinstance(tile.args, tuple) else other) for tile in lower.tile
    ]
    lower.load()
    return lower
