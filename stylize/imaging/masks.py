"""Two pictures mixed by a mask."""

from __future__ import annotations

import numpy as np
from PIL import Image

from stylize.imaging.picture import Pixels


def mix(photo: Pixels, painted: Pixels, mask: Pixels) -> Pixels:
    """`painted` where `mask` [H, W] is 255, `photo` where it is 0, in proportion between."""
    return np.asarray(Image.composite(Image.fromarray(painted), Image.fromarray(photo), Image.fromarray(mask)))
