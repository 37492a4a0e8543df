"""What a caller may choose: a style, its strength, the brush, a mask. Checked before anything is painted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from PIL import Image

from stylize import imaging
from stylize.errors import PictureError, StyleError
from stylize.imaging import Pixels
from stylize.styles import Style

MIN_BRUSH, MAX_BRUSH = 0.25, 8.0

Choice = str | os.PathLike[str] | Style | Mapping[Any, float]  # the mapping's keys are the other three


def check_strength(strength: float) -> None:
    """Raises StyleError for what is no number from 0 to 1."""
    if isinstance(strength, bool) or not isinstance(strength, Real) or not 0 <= strength <= 1:
        said = repr(strength)[:80]
        raise StyleError(f"The strength is {said}; it must be a number from 0 (the photo) to 1 (the style).")


def check_brush(brush: float | None) -> None:
    """Raises PictureError for what is neither None nor a number from `MIN_BRUSH` to `MAX_BRUSH`."""
    if brush is None:
        return
    if isinstance(brush, bool) or not isinstance(brush, Real) or not MIN_BRUSH <= brush <= MAX_BRUSH:
        said = repr(brush)[:80]
        raise PictureError(f"The brush is {said}; it must be a number from {MIN_BRUSH} to {MAX_BRUSH:g}, or None.")


def check_keep(keep_colors: bool) -> None:
    """Raises PictureError for what is neither True nor False."""
    if not isinstance(keep_colors, bool | np.bool_):
        raise PictureError(f"keep_colors is {repr(keep_colors)[:80]}; it must be True or False.")


def read_mask(mask: Image.Image, size: tuple[int, int]) -> Pixels:
    """The bytes [H, W] of a mask at `size` (width, height). Raises PictureError if it is no image."""
    if not isinstance(mask, Image.Image):
        raise PictureError(f"The mask is a {type(mask).__name__}; it must be a PIL image, or None.")
    return imaging.resize(np.asarray(mask.convert("L")), size)
