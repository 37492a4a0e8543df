"""What a visitor chose, apart from the photo: in controls, in the painter's terms, and in a link."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stylize.errors import StyleError
from stylize.styles import StyleRegistry

Recipe = dict[str, float]  # style ids and their shares, the main style first

MOST = 3  # styles in a blend
MIN_BRUSH, MAX_BRUSH = 0.5, 3.0  # of the page's slider; the painter itself takes more
HALF = 0.5  # share of a style that is mixed in


@dataclass(frozen=True)
class Choice:
    """`recipe` says which styles and how much of each; the rest is as in `Stylizer`."""

    recipe: Recipe
    strength: float = 1.0
    brush: float = 1.0
    keep_colors: bool = False

    @classmethod
    def of_controls(
        cls,
        main: str,
        second: str | None,
        share2: float,
        third: str | None,
        share3: float,
        strength: float,
        brush: float,
        keep_colors: bool,
    ) -> Choice:
        """From the page's controls: the main style has what the others leave of 1."""
        extra = {name: share for name, share in ((second, share2), (third, share3)) if name and name != main and share}
        rest = max(0.0, 1.0 - sum(extra.values()))
        recipe = {main: round(rest, 2), **extra} if rest or not extra else extra
        return cls(recipe if extra else {main: 1.0}, strength, brush, keep_colors)

    @property
    def controls(self) -> tuple[Any, ...]:
        """The reverse of `of_controls`."""
        total = sum(self.recipe.values())
        names, shares = list(self.recipe), [round(weight / total, 2) for weight in self.recipe.values()]
        names += [""] * (MOST - len(names))
        shares += [HALF] * (MOST - len(shares))
        return (names[0], names[1], shares[1], names[2], shares[2], self.strength, self.brush, self.keep_colors)

    @property
    def query(self) -> str:
        """`style=great_wave&strength=0.8`; a blend is `style=great_wave=0.6,starry_night=0.4`, as in the command."""
        recipe = next(iter(self.recipe))
        if len(self.recipe) > 1:
            recipe = ",".join(f"{name}={weight:g}" for name, weight in self.recipe.items())
        values: dict[str, str] = {"style": recipe}
        if self.strength != 1:
            values["strength"] = f"{self.strength:g}"
        if self.brush != 1:
            values["brush"] = f"{self.brush:g}"
        if self.keep_colors:
            values["keep_colors"] = "1"
        return urlencode(values, safe=",=")

    @classmethod
    def of_query(cls, query: Mapping[str, str], styles: StyleRegistry) -> Choice | None:
        """From a link; None if it names no style. Numbers out of range are brought into it.

        Raises StyleError for a style that is not there, or a blend that cannot be read.
        """
        if not query.get("style"):
            return None
        recipe: Recipe = {}
        for part in query["style"].split(",")[:MOST]:
            name, _, weight = part.partition("=")
            recipe[styles[name.strip()].id] = _number(weight, 1.0, 0.0, 100.0)
        if not sum(recipe.values()):
            raise StyleError("The link's blend has no weights above 0.")
        return cls(
            {name: weight for name, weight in recipe.items() if weight},
            _number(query.get("strength", ""), 1.0, 0.0, 1.0),
            _number(query.get("brush", ""), 1.0, MIN_BRUSH, MAX_BRUSH),
            query.get("keep_colors", "").lower() in ("1", "true", "yes"),
        )


def _number(text: str, default: float, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return min(most, max(least, number)) if math.isfinite(number) else default
