"""A decoded picture: what `read` returns and everything else works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.imaging.resize import resize

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `alpha` is [H, W] when something in it is transparent."""

    pixels: Pixels
    alpha: Pixels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    def resized(self, size: tuple[int, int]) -> Picture:
        """This picture at `size` (width, height)."""
        return Picture(resize(self.pixels, size), None if self.alpha is None else resize(self.alpha, size))

    def with_pixels(self, pixels: Pixels) -> Image.Image:
        """`pixels` [H, W, 3] as an image, with this picture's transparency."""
        image = Image.fromarray(pixels)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        return image
