"""Pictures of one channel with more than eight bits a sample: integers and floats, to 16 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.callbacks import Note
from stylize.errors import PictureError

MOST = 65535
BAND = 256  # rows converted at a time where a copy of all of them would be large

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF tags
_MIN_IS_WHITE = 0


@dataclass(frozen=True)
class Levels:
    """How samples become 16 bits: black is 0, white is `white`. `note` says what had to be assumed."""

    white: float
    inverted: bool = False
    note: Note | None = None

    def __call__(self, band: Image.Image) -> NDArray[np.uint16]:
        """The codes [H, W] of a part of the picture. What is beyond black and white is clipped, NaN is black."""
        samples = np.asarray(band)
        if samples.dtype == np.uint16 and self.white == MOST:
            codes = samples
        else:
            shares = np.nan_to_num(samples.astype(np.float64), nan=0.0) / self.white
            codes = (np.clip(shares, 0, 1) * MOST + 0.5).astype(np.uint16)
        return np.subtract(MOST, codes, dtype=np.uint16) if self.inverted else codes


def levels_of(image: Image.Image, name: str) -> Levels | None:
    """How the samples of `image` become 16 bits; None if it has eight.

    The range is that of the type, and never that of the picture: 0..1 for floats, all bits for unsigned integers.
    Raises PictureError for integers of a file whose white nobody can know.
    """
    if not image.mode.startswith(("I", "F")):
        return None
    tags = getattr(image, "tag_v2", {})
    inverted = tags.get(_PHOTOMETRIC) == _MIN_IS_WHITE
    if image.mode == "F":
        white = _white_of_floats(image)
        note = None if white == 1 else Note("levels", f"Its numbers are read as 0 (black) to {white:g} (white).")
        return Levels(white, inverted, note)
    bits = int(tags.get(_BITS_PER_SAMPLE, (16,))[0])
    if tags and (bits > 16 or tags.get(_SAMPLE_FORMAT, (1,))[0] != 1):
        raise PictureError(
            f"{name} holds {bits}-bit signed integers or integers of more than 16 bits, which name no white. "
            "Save it with 8 or 16 bits a sample."
        )
    return Levels(2**bits - 1, inverted)


def bands_of(image: Image.Image) -> Iterator[Image.Image]:
    """The rows of `image` from the top, `BAND` at a time."""
    for top in range(0, image.height, BAND):
        yield image.crop((0, top, image.width, min(image.height, top + BAND)))


def _white_of_floats(image: Image.Image) -> float:
    """1 by definition; 255 or 65535 only where most of the picture would be white otherwise."""
    for white in (1.0, 255.0):
        beyond = sum(int((np.asarray(band) > white).sum()) for band in bands_of(image))
        if beyond <= image.width * image.height / 2:
            return white
    return float(MOST)
