"""What a visitor chose, as the values of the page's controls and as the query of a link."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from stylize.errors import OptionError, StylizeError
from stylize.options import (
    PaintOptions,
    RegionChoice,
    Regions,
    RegionStyle,
    format_regions,
    format_style,
    parse_regions,
    parse_style,
    shares,
)
from stylize.styles import StyleRegistry

MAX_STYLES = 3  # in a blend
MIN_BRUSH, MAX_BRUSH = 0.5, 3.0  # of the page's slider; the painter itself takes more
DEFAULT_SHARE = 0.5  # of a style that is mixed in


class ControlValues(NamedTuple):
    """The controls' values in the controls' order; an empty style is none. The main style has what the others leave."""

    style: str
    second_style: str = ""
    second_share: float = DEFAULT_SHARE
    third_style: str = ""
    third_share: float = DEFAULT_SHARE
    strength: float = PaintOptions.strength
    brush: float = 1.0
    keep_colors: bool = PaintOptions.keep_colors
    regions: str = ""  # as `parse_regions` reads it; the styles above are those of the rest

    def options(self) -> PaintOptions:
        """The same as options of the painter. Raises OptionError for a value that no control has."""
        others = ((self.second_style, self.second_share), (self.third_style, self.third_share))
        mixed = {name: share for name, share in others if name and name != self.style and share}
        rest = round(max(0.0, 1.0 - sum(mixed.values())), 2)
        blend = {self.style: rest, **mixed} if rest else mixed
        style, regions = blend if mixed else {self.style: 1.0}, parse_regions(self.regions)
        return PaintOptions(style, self.strength, self.keep_colors, self.brush, regions=regions)

    def without_regions(self) -> ControlValues:
        """The same with one look for the whole picture."""
        return self._replace(regions="")


def control_values(options: PaintOptions) -> ControlValues:
    """The values of the controls for options, which name styles by id: the reverse of `ControlValues.options`."""
    styles = [(str(name), round(share, 2)) for name, share in shares(options.style)]
    styles += [("", DEFAULT_SHARE)] * (MAX_STYLES - len(styles))
    (main, _), second, third = styles[:MAX_STYLES]
    brush = 1.0 if options.brush is None else options.brush
    regions = format_regions(options.regions)
    return ControlValues(main, *second, *third, options.strength, brush, options.keep_colors, regions)


def to_query(options: PaintOptions) -> str:
    """The query of a link: `style=great_wave&strength=0.8`; a blend is `style=great_wave=0.6,starry_night=0.4`.

    Regions are `regions=person=udnie@0.6%3Bbackground`; a mask is part of no link.
    """
    values = {"style": format_style(dict(shares(options.style)))}
    if options.strength != PaintOptions.strength:
        values["strength"] = f"{options.strength:g}"
    if options.brush not in (None, PaintOptions.brush):
        values["brush"] = f"{options.brush:g}"
    if options.keep_colors:
        values["keep_colors"] = "1"
    if options.regions:
        values["regions"] = format_regions(options.regions)
    return urlencode(values, safe=",=@")


def from_query(query: Mapping[str, str], styles: StyleRegistry) -> PaintOptions | None:
    """The options of a link; None if it names no style. Numbers out of range are brought into it.

    Raises StyleError for a style that is not there, OptionError or StyleError for a blend that cannot be read.
    """
    if not query.get("style"):
        return None
    blend = dict(islice(shares(parse_style(query["style"])), MAX_STYLES))
    return PaintOptions(
        {styles[name].id: share for name, share in blend.items()},
        *_look_of(query),
        brush=_number(query.get("brush", ""), 1.0, MIN_BRUSH, MAX_BRUSH),
        regions=known_regions(query.get("regions", ""), styles),
    )


def known_regions(text: str, styles: StyleRegistry) -> list[tuple[str, RegionChoice]] | None:
    """`parse_regions` of a text. Raises StyleError, also for a style that is not there, or OptionError."""
    regions = parse_regions(text)
    for name in region_styles(regions):
        styles[name]
    return regions


def region_styles(regions: Regions | None) -> list[str]:
    """The ids of the styles that regions have, which are given by id."""
    pairs = regions.items() if isinstance(regions, Mapping) else regions or ()
    own = [choice for _, choice in pairs if isinstance(choice, RegionStyle)]
    return [str(name) for choice in own for name, _ in shares(choice.style)]


def podium_query(styles: Sequence[str], options: PaintOptions) -> str:
    """The query of a link to a duel's favourites, the best first: that of its look in the first, and `duel=a,b,c`."""
    look = to_query(replace(options, style=styles[0]))
    return f"{look}&{urlencode({'duel': ','.join(styles)}, safe=',')}"


def podium_from_query(query: Mapping[str, str], styles: StyleRegistry) -> tuple[tuple[str, ...], PaintOptions] | None:
    """The favourites of a link, at most three, and the options of their paintings; None if it names none.

    Raises StyleError for a style that is not there, OptionError or StyleError for names that cannot be read.
    """
    if not query.get("duel"):
        return None
    podium = tuple(styles[name].id for name, _ in islice(shares(parse_style(query["duel"])), MAX_STYLES))
    options = from_query({**query, "style": podium[0]}, styles)
    return None if options is None else (podium, options)


class GridAxes(NamedTuple):
    """What a grid compares: styles by id, what changes from row to row, and what is the same in all cells."""

    styles: Sequence[str]
    rows: str
    strength: float = PaintOptions.strength
    keep_colors: bool = PaintOptions.keep_colors

    def to_query(self) -> str:
        """The query of a link: `grid=great_wave,udnie&rows=brush&strength=0.8`."""
        values = {"grid": ",".join(self.styles), "rows": self.rows}
        if self.strength != PaintOptions.strength:
            values["strength"] = f"{self.strength:g}"
        if self.keep_colors:
            values["keep_colors"] = "1"
        return urlencode(values, safe=",")

    @classmethod
    def from_query(cls, query: Mapping[str, str], styles: StyleRegistry, rows: Sequence[str]) -> GridAxes | None:
        """The grid of a link; None if it has none. Numbers out of range are brought into it.

        Raises StyleError for a style that is not there, OptionError for rows that are none of `rows`.
        """
        if not query.get("grid"):
            return None
        if query.get("rows") not in rows:
            raise OptionError(f"There are no rows {query.get('rows', '')[:40]!r}. Choose {', '.join(rows)}.")
        names = dict.fromkeys(styles[name].id for name in query["grid"].split(","))
        strength, keep = _look_of(query)
        return cls(list(names), query["rows"], strength, keep)


def _look_of(query: Mapping[str, str]) -> tuple[float, bool]:
    """Strength and keep_colors of a link."""
    strength = _number(query.get("strength", ""), PaintOptions.strength, 0.0, 1.0)
    return strength, query.get("keep_colors", "").lower() in ("1", "true", "yes")


def from_kept(kept: str, styles: StyleRegistry, default: str) -> ControlValues | None:
    """The values that a browser has kept, a JSON list in the controls' order; None if they are not to be used.

    In place of a style that is not there (a visitor's own is gone with its session) comes `default`, or none; a region
    of such a style is left out.
    """
    try:
        values = ControlValues(*json.loads(kept))
        if not isinstance(values.regions, str):
            return None
        values.options()
        shown = all(0 <= share <= 1 for share in (values.second_share, values.third_share))
        if not (shown and MIN_BRUSH <= values.brush <= MAX_BRUSH and isinstance(values.keep_colors, bool)):
            return None
        second, third = (name if name in styles else "" for name in (values.second_style, values.third_style))
        main = values.style if values.style in styles else default
        regions = regions_on_show(values.regions, styles)
    except (ValueError, TypeError, StylizeError):
        return None
    return values._replace(style=main, second_style=second, third_style=third, regions=regions)


def regions_on_show(text: str, styles: StyleRegistry) -> str:
    """The text of regions without those whose styles are not there. Raises OptionError or StyleError."""
    regions = parse_regions(text) or []
    return format_regions([pair for pair in regions if all(name in styles for name in region_styles([pair]))])


def _number(text: str, default: float, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return min(most, max(least, number)) if math.isfinite(number) else default
