"""What a caller may choose: a style or a blend, its strength, the colours, the brush, a mask.

`PaintOptions` is the one set for the library, the command, the page and the API: the defaults stand here, and whatever
is built has been checked. A choice of styles has a text, `great_wave=0.6,starry_night=0.4`, read and written here only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from PIL import Image

from stylize.errors import OptionError, StyleError
from stylize.styles import Style, check_id

MIN_BRUSH, MAX_BRUSH = 0.25, 8.0
MAX_WEIGHT = 1e6  # of a style in a blend; only ratios count

StyleName = str | os.PathLike[str] | Style  # an id, the path of a picture, or the style itself
StyleChoice = StyleName | Mapping[Any, float]  # the mapping's keys are style names: a blend

_NAMES = (str, os.PathLike, Style)


@dataclass(frozen=True)
class PaintOptions:
    """How a picture is painted. Raises OptionError or StyleError if an option is not what it must be.

    Whether the styles are there is known only to a Stylizer, which says so.
    """

    style: StyleChoice
    strength: float = 1.0  # 0 is the photo, 1 the style
    keep_colors: bool = False  # only the luminance of the painting, the colours of the photo
    brush: float | None = 1.0  # stroke size relative to the picture; None paints at the photo's own size
    mask: Image.Image | None = None  # 255 where the painting applies, 0 where the photo stays; any size

    def __post_init__(self) -> None:
        shares(self.style)
        if not _is_number(self.strength, 0, 1):
            raise OptionError(
                f"The strength is {_shown(self.strength)}; it must be a number from 0 (the photo) to 1 (the style)."
            )
        if not isinstance(self.keep_colors, bool | np.bool_):
            raise OptionError(f"keep_colors is {_shown(self.keep_colors)}; it must be True or False.")
        if self.brush is not None and not _is_number(self.brush, MIN_BRUSH, MAX_BRUSH):
            raise OptionError(
                f"The brush is {_shown(self.brush)}; it must be a number from {MIN_BRUSH} to {MAX_BRUSH:g}, or None."
            )
        if self.mask is not None and not isinstance(self.mask, Image.Image):
            raise OptionError(f"The mask is a {type(self.mask).__name__}; it must be a PIL image, or None.")


def shares(choice: StyleChoice) -> list[tuple[StyleName, float]]:
    """The style names of a choice with their shares, above 0, which sum to 1.

    Raises StyleError for what names no style, OptionError for weights outside 0..`MAX_WEIGHT`, and when all are 0.
    """
    if isinstance(choice, _NAMES):
        return [(choice, 1.0)]
    if not isinstance(choice, Mapping) or not choice:
        raise StyleError("A style is an id, or a mapping of ids to weights such as {'great_wave': 0.6}.")
    for name, weight in choice.items():
        if not isinstance(name, _NAMES):
            raise StyleError(f"There is no style {_shown(name)}; a style is an id, the path of a picture or a Style.")
        if not _is_number(weight, 0, MAX_WEIGHT):
            called = name.id if isinstance(name, Style) else str(name)[:80]
            raise OptionError(
                f"The weight of {called} is {_shown(weight)}; it must be a number from 0 to {MAX_WEIGHT:g}."
            )
    total = sum(float(weight) for weight in choice.values())
    if not total:
        raise OptionError("The weights of a blend must not all be zero.")
    return [(name, float(weight) / total) for name, weight in choice.items() if weight > 0]


def parse_style(text: str) -> str | dict[str, float]:
    """The choice that a text means: `great_wave`, or a blend such as `great_wave=0.6,starry_night=0.4`.

    A name without a weight has the weight 1. Raises StyleError if a name is missing or stands twice, OptionError if a
    weight is none. Whether the styles are there is not looked up.
    """
    blend: dict[str, float] = {}
    for part in text.split(","):
        name, equals, weight = part.rpartition("=") if "=" in part else (part, "", "")
        name = name.strip()
        if not name or name in blend:
            what = f"names {name[:80]} twice" if name else "lacks the name of a style"
            raise StyleError(f"The style {_shown(text)} {what}. Write an id, or a blend such as a=0.6,b=0.4.")
        try:
            blend[name] = float(weight) if equals else 1.0
        except ValueError as error:
            raise OptionError(f"The weight {_shown(weight)} of {name[:80]} is not a number.") from error
    if len(blend) == 1 and "=" not in text:
        return text.strip()
    shares(blend)
    return blend


def format_style(choice: str | Style | Mapping[Any, float]) -> str:
    """The text of a choice of ids or styles, which `parse_style` reads; shares have six digits.

    Raises StyleError for names that are no ids: a path may hold any sign. Otherwise as `shares`.
    """
    blend: dict[str, float] = {}
    for name, share in shares(choice):
        known = check_id(name.id if isinstance(name, Style) else str(name))
        blend[known] = blend.get(known, 0.0) + share
    if len(blend) == 1:
        return next(iter(blend))
    return ",".join(f"{name}={share:g}" for name, share in blend.items())


def _is_number(value: object, least: float, most: float) -> bool:
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    return bool(not value < least and value <= most)  # as it is: a whole number may be too large for a float


def _shown(value: object) -> str:
    return repr(value)[:80]
