"""Masks, 0..255, by one another, and two pictures mixed by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from stylize.cpu import in_bands
from stylize.imaging.deep_gray import levels_of
from stylize.imaging.picture import Pixels


def drawn_mask(image: Image.Image) -> Pixels:
    """A mask [H, W] that was drawn: as bright as it is, and nothing where it is transparent. May raise PictureError."""
    return product(*luminance_and_alpha(image))


def luminance_and_alpha(image: Image.Image) -> tuple[Pixels, Pixels]:
    """How bright and how opaque [H, W] a picture of any mode is; white is that of its type, 1 for floats.

    Raises PictureError for integers whose white nobody can know.
    """
    if (levels := levels_of(image, "The mask")) is not None:
        bright = np.rint(levels(image) / np.float32(257)).astype(np.uint8)
        return bright, np.full_like(bright, 255)
    bright, opaque = (np.asarray(part) for part in image.convert("LA").split())
    return bright, opaque


def mix(photo: Pixels, painted: Pixels, mask: Pixels) -> Pixels:
    """`painted` where `mask` [H, W] is 255, `photo` where it is 0, in proportion between."""
    return np.asarray(Image.composite(Image.fromarray(painted), Image.fromarray(photo), Image.fromarray(mask)))


def product(mask: Pixels, other: Pixels) -> Pixels:
    """What two masks [H, W] have in common, rounded down: what is left of 255 is never too little for a third."""
    made = np.empty_like(mask)

    def multiply(rows: slice) -> None:
        made[rows] = mask[rows] * other[rows].astype(np.uint16) // np.uint16(255)

    in_bands(len(mask), multiply)
    return made


def without_excess(masks: Sequence[Pixels]) -> list[Pixels]:
    """Masks [H, W] whose sum is 255 at most: where it is more, each is made smaller by the same share."""
    made = [np.empty_like(mask) for mask in masks]

    def divide(rows: slice) -> None:
        own = [mask[rows] for mask in masks]
        total = np.sum(own, 0, dtype=np.uint16)
        fits = total.max() <= 255
        for mask, target in zip(own, made, strict=True):
            target[rows] = mask if fits else mask * np.uint16(255) // np.maximum(total, np.uint16(255))

    in_bands(len(masks[0]), divide)
    return made
