"""What a caller may choose: a style or a blend, its strength, the colours, the brush, a mask, and styles by region.

`PaintOptions` is the one set for the library, the command, the page and the API: the defaults stand here, and whatever
is built has been checked. A choice of styles has a text, `great_wave=0.6,starry_night=0.4`, read and written here only,
and so has that of a region, `background=great_wave@0.6`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from stylize.errors import OptionError, StyleError
from stylize.styles import PHOTO, Style, check_id

MIN_BRUSH, MAX_BRUSH = 0.25, 8.0
MAX_WEIGHT = 1e6  # of a style in a blend; only ratios count

StyleName = str | os.PathLike[str] | Style  # an id, the path of a picture, or the style itself
StyleChoice = StyleName | Mapping[Any, float]  # the mapping's keys are style names: a blend

MAX_REGIONS = 16  # of one painting
REGIONS_WORD = "regions"  # in the name of the file of what is painted by regions, before them
MAX_WORD = 120  # characters of a file name that its regions take

_NAMES = (str, os.PathLike, Style)


@dataclass(frozen=True)
class CorrectedRegion:
    """A region whose mask was corrected by hand: where `mask` (any size) is transparent, it is as found.

    Elsewhere white belongs to the region and black does not. Raises OptionError for what is no image.
    """

    name: str
    mask: Image.Image

    def __post_init__(self) -> None:
        if not isinstance(self.mask, Image.Image):
            raise OptionError(f"The corrected mask is a {type(self.mask).__name__}; it must be a PIL image.")


RegionName = str | Image.Image | CorrectedRegion  # a name, or a mask drawn by hand: 255 inside, any size


@dataclass(frozen=True)
class RegionStyle:
    """The style or blend of a region, at a strength of its own. Raises OptionError or StyleError for what is none."""

    style: StyleChoice
    strength: float | None = None  # None: that of the rest

    def __post_init__(self) -> None:
        shares(self.style)
        if self.strength is not None:
            _check_strength(self.strength)


RegionChoice = StyleChoice | RegionStyle | None  # None: the photo stays
Regions = Mapping[str, RegionChoice] | Iterable[tuple[RegionName, RegionChoice]]


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
    regions: Regions | None = None  # what is painted otherwise; the style above is that of the rest

    @classmethod
    def of(cls, style: StyleChoice | None, *others: Any) -> PaintOptions:
        """All options in their order; `style` may be None if there are regions: the rest stays as it is."""
        if style is None and others[-1] is None:
            raise StyleError("There is no style: give one, or regions with a style for each.")
        return cls(PHOTO if style is None else style, *others)

    def __post_init__(self) -> None:
        shares(self.style)
        _check_strength(self.strength)
        if not isinstance(self.keep_colors, bool | np.bool_):
            raise OptionError(f"keep_colors is {_shown(self.keep_colors)}; it must be True or False.")
        if self.brush is not None and not _is_number(self.brush, MIN_BRUSH, MAX_BRUSH):
            raise OptionError(
                f"The brush is {_shown(self.brush)}; it must be a number from {MIN_BRUSH} to {MAX_BRUSH:g}. "
                "The photo's own size is None, in the command and over HTTP 0."
            )
        if self.mask is not None and not isinstance(self.mask, Image.Image):
            raise OptionError(f"The mask is a {type(self.mask).__name__}; it must be a PIL image, or None.")
        if self.regions is not None:
            object.__setattr__(self, "regions", _region_pairs(self.regions))

    def by_region(self) -> list[tuple[RegionName, PaintOptions | None]]:
        """How each region is painted; None leaves the photo there."""
        found: list[tuple[RegionName, PaintOptions | None]] = []
        for name, choice in _region_pairs(self.regions or ()):
            if choice is None:
                found.append((name, None))
                continue
            own = choice if isinstance(choice, RegionStyle) else RegionStyle(choice)
            strength = self.strength if own.strength is None else own.strength
            found.append((name, PaintOptions(own.style, strength, self.keep_colors, self.brush)))
        return found


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


def parse_region(text: str) -> tuple[str, RegionStyle]:
    """The region and its style that a text means: `person=udnie`, `background=great_wave=0.6,starry_night=0.4@0.8`.

    What follows the @ is the strength. Raises OptionError or StyleError; names are not looked up.
    """
    name, _, style = (part.strip() for part in text.partition("="))
    if not name or not style:
        raise OptionError(f"The region {_shown(text)} lacks a name or a style. Write, for example, person=udnie@0.6.")
    style, at, strength = style.rpartition("@") if "@" in style else (style, "", "")
    try:
        return name, RegionStyle(parse_style(style), float(strength) if at else None)
    except ValueError as error:
        raise OptionError(f"The strength {_shown(strength)} of the region {name[:80]} is not a number.") from error


def parse_regions(text: str) -> list[tuple[str, RegionChoice]] | None:
    """The regions of a text with semicolons between them: `person=udnie@0.6; faces`; a name alone stays as it is.

    None for an empty text. Raises as `parse_region`.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    return [parse_region(part) if "=" in part else (part, None) for part in parts] or None


def format_regions(regions: Regions | None) -> str:
    """The text of regions by name, which `parse_regions` reads. Raises OptionError for a mask: it has no text."""
    parts = []
    for name, choice in _region_pairs(regions or ()):
        called = called_region(name)
        if called is None:
            raise OptionError("A mask drawn by hand has no text.")
        own = choice if choice is None or isinstance(choice, RegionStyle) else RegionStyle(choice)
        strength = "" if own is None or own.strength is None else f"@{own.strength:g}"
        parts.append(called if own is None else f"{called}={_format_choice(own.style)}{strength}")
    return ";".join(parts)


def look_words(options: PaintOptions) -> list[str]:
    """What a look is called in the name of a file: the ids of its styles, and then `regions_word`."""
    styles = [name.id if isinstance(name, Style) else Path(name).stem for name, _ in shares(options.style)]
    words = [] if styles == [PHOTO] and options.regions else styles
    return [*words, regions_word(_region_pairs(options.regions))] if options.regions else words


def regions_word(regions: Iterable[tuple[RegionName, RegionChoice]]) -> str:
    """What regions are called in the name of a file: `regions-person-udnie-faces-photo`.

    Of a long one, which not every disk takes, the end is a short sum of it.
    """
    words = [REGIONS_WORD]
    for region, choice in regions:
        own = choice.style if isinstance(choice, RegionStyle) else choice
        styles = [PHOTO] if own is None else [style for style, _ in shares(own)]
        words += [Path(called_region(region) or "mask").stem]
        words += [style.id if isinstance(style, Style) else Path(style).stem for style in styles]
    word = "-".join(words)
    if len(word) <= MAX_WORD:
        return word
    return f"{word[: MAX_WORD - 9]}-{hashlib.sha256(word.encode()).hexdigest()[:8]}"


def called_region(name: RegionName) -> str | None:
    """What a region is called; None for a mask drawn by hand."""
    if isinstance(name, CorrectedRegion):
        return name.name
    return name if isinstance(name, str) else None


def _format_choice(choice: StyleChoice) -> str:
    return format_style(choice if isinstance(choice, str | Style) else dict(shares(choice)))


def _region_pairs(regions: Regions) -> tuple[tuple[RegionName, RegionChoice], ...]:
    """Regions as pairs of a name or mask and a choice. Raises OptionError or StyleError for what is none."""
    pairs = regions.items() if isinstance(regions, Mapping) else regions
    if isinstance(pairs, str | bytes | Image.Image) or not isinstance(pairs, Iterable):
        raise OptionError(f"The regions are {_shown(regions)}; give a mapping such as {{'person': 'udnie'}}.")
    found: list[tuple[RegionName, RegionChoice]] = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise OptionError(f"A region is {_shown(pair)}; give a name or a mask, and a style or None.")
        name, choice = pair
        if isinstance(name, np.ndarray) and name.ndim == 2 and name.dtype == np.uint8:
            name = Image.fromarray(name)  # as `Region.mask` is
        if not isinstance(name, RegionName):
            kind = type(name).__name__
            raise OptionError(
                f"A region is given by a {kind}; give a name, a mask (a PIL image, or bytes [H, W] as the mask of a "
                "found region is), or a CorrectedRegion."
            )
        called = called_region(name)
        if called is not None and any(called == called_region(other) for other, _ in found):
            raise OptionError(f"The region {_shown(called)} is given twice.")
        if not (choice is None or isinstance(choice, RegionStyle)):
            shares(choice)
        found.append((name, choice))
    if len(found) > MAX_REGIONS:
        raise OptionError(f"There are {len(found)} regions; give {MAX_REGIONS} at most.")
    return tuple(found)


def _check_strength(strength: object) -> None:
    if not _is_number(strength, 0, 1):
        raise OptionError(
            f"The strength is {_shown(strength)}; it must be a number from 0 (the photo) to 1 (the style)."
        )


def _is_number(value: object, least: float, most: float) -> bool:
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    return bool(not value < least and value <= most)  # as it is: a whole number may be too large for a float


def _shown(value: object) -> str:
    return repr(value)[:80]
