"""A decoded picture: what `read` returns and everything else works on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.callbacks import Note
from stylize.imaging.resize import resize

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """A decoded picture: `pixels` [H, W, 3] in sRGB, `alpha` [H, W] when something in it is transparent.

    `notes` are what the user should know of how the file was read ("Only the first of 3 frames is used."), without the
    file's name; `dpi` is the resolution horizontally and vertically if the file says one.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    notes: tuple[Note, ...] = ()
    dpi: tuple[float, float] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    def resized(self, size: tuple[int, int]) -> Picture:
        """This picture at `size` (width, height)."""
        alpha = None if self.alpha is None else resize(self.alpha, size)
        return replace(self, pixels=resize(self.pixels, size), alpha=alpha)

    def with_pixels(self, pixels: Pixels) -> Picture:
        """`pixels` [H, W, 3] with this picture's transparency and all else."""
        return replace(self, pixels=pixels)

    def as_image(self) -> Image.Image:
        """As an image, with transparency and resolution; a copy, in which Pillow has four bytes for a pixel."""
        image = Image.fromarray(self.pixels)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        if self.dpi is not None:
            image.info["dpi"] = self.dpi
        return image
