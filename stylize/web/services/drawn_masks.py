"""Masks that a visitor has drawn, as the page sends them: small PNGs as data addresses."""

from __future__ import annotations

import base64
import io

from PIL import Image

MASK_SIDE = 1024  # pixels, the longer side of a mask from the page
MASK_LIMIT = 4_000_000  # characters of its data address

_START = "data:image/png;base64,"


def read_mask(data: object, mode: str = "L") -> Image.Image | None:
    """A drawn mask in a mode of Pillow's; None for everything else. The painter brings it to the photo's size."""
    if not isinstance(data, str) or not data.startswith(_START) or len(data) > MASK_LIMIT:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(data[len(_START) :], validate=True)), formats=["PNG"]) as image:
            return image.convert(mode) if max(image.size) <= MASK_SIDE else None
    except Exception:  # Pillow's decoders raise many kinds
        return None
