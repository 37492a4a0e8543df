"""Cropping and turning a photo before it is painted: the dialog, and what is made of the photo at its full size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np

from stylize.errors import OptionError
from stylize.imaging import Picture, Pixels
from stylize.web.locale.markup import element

RATIOS = ("1:1", "4:3", "3:2", "16:9")  # of the longer side to the shorter one
HANDLES = ("n", "e", "s", "w", "nw", "ne", "se", "sw")  # of the box, by the sides that they move
ROUNDING = 1e-6  # by which a browser's sums may be off


@dataclass(frozen=True)
class Crop:
    """Quarter turns clockwise, and a box in the turned picture: left, top, width and height as shares of its sides."""

    turns: int
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Crop:
        """What a browser asks for by `turns` and `box`. Raises OptionError for what is out of range."""
        turns, box = asked.get("turns"), asked.get("box")
        if not _is_number(turns) or turns not in range(4):
            raise OptionError("A photo is turned by 0, 1, 2 or 3 quarters.")
        if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
            raise OptionError("The box of a crop is four numbers: left, top, width and height.")
        left, top, width, height = (float(share) for share in box)
        inside = min(left, top) >= -ROUNDING and max(left + width, top + height) <= 1 + ROUNDING
        if not inside or min(width, height) <= 0:
            raise OptionError("The box of a crop must lie inside the photo and must not be empty.")
        return cls(int(turns), (left, top, width, height))

    def __call__(self, picture: Picture) -> Picture:
        """This part of a picture, turned, with its own pixels: at least one each way."""
        alpha = None if picture.alpha is None else self._part(picture.alpha)
        dpi = picture.dpi[::-1] if picture.dpi is not None and self.turns % 2 else picture.dpi
        return replace(picture, pixels=self._part(picture.pixels), alpha=alpha, dpi=dpi)

    def _part(self, pixels: Pixels) -> Pixels:
        """`pixels` is [H, W] or [H, W, 3]."""
        turned = np.rot90(pixels, -self.turns)
        left, top, width, height = self.box
        rows = _span(top, height, turned.shape[0])
        columns = _span(left, width, turned.shape[1])
        return np.ascontiguousarray(turned[rows, columns])


def _is_number(value: Any) -> TypeGuard[float]:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def _span(start: float, length: float, size: int) -> slice:
    """The pixels of a share of a side."""
    first = min(max(round(start * size), 0), size - 1)
    return slice(first, max(first + 1, min(round((start + length) * size), size)))


def template() -> str:
    """The dialog, for static/photo_crop.js."""

    def button(action: str, key: str, class_: str = "") -> str:
        return element(key, "button", type="button", data_crop=action, class_=class_)

    ratios = "".join(f'<option value="{ratio}">{ratio}</option>' for ratio in RATIOS)
    handles = "".join(f'<span data-handle="{sides}"></span>' for sides in HANDLES)
    return (
        '<dialog class="photo-crop"><div class="crop-stage"><canvas></canvas>'
        f'<div class="crop-box" tabindex="0" role="application" autofocus>{handles}</div></div>'
        f'<p class="crop-size" role="status"></p>{element("crop_keys", "p", class_="crop-keys")}'
        '<div class="photo-tools">'
        f"<label>{element('crop_ratio')} <select>{element('crop_free', 'option', value='')}{ratios}</select></label>"
        + button("left", "crop_left")
        + button("right", "crop_right")
        + "</div>"
        + '<div class="photo-tools">'
        + button("apply", "crop_apply", "crop-apply")
        + button("whole", "crop_whole")
        + button("cancel", "cancel")
        + "</div></dialog>"
    )
