"""What a host may change without touching code, each from one environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stylize.web.locale.catalog import CATALOGS, DEFAULT

TABS = ("own", "compare", "live", "about")  # what STYLIZE_HIDE may hide

NUMBERS = {
    "STYLIZE_MAX_MEGAPIXELS": "max_megapixels",
    "STYLIZE_MAX_FILM_SECONDS": "max_video_seconds",
    "STYLIZE_MAX_WORK_SECONDS": "max_training_seconds",
    "STYLIZE_TEACH_STEPS": "teach_steps",
    "STYLIZE_OPTIMISE_STEPS": "optimise_steps",
    "STYLIZE_QUEUE": "queue_size",
}

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class WebConfig:
    """How this page is hosted. Sizes are in pixels."""

    title: str = "Stylize"
    description: str = ""  # one sentence for link previews; empty is the page's own headline
    language: str = DEFAULT  # the tag of the catalogue that link previews speak
    accent: str = "#c2402b"  # vermilion, the colour of a seal on a print
    styles: tuple[str, ...] = ()  # ids to show, in this order; empty shows all
    hidden: frozenset[str] = frozenset()  # of TABS
    max_megapixels: float = 50.0
    max_upload: str = "50mb"
    queue_size: int = 40  # requests that may wait
    concurrency_limit: int = 2  # requests that may paint at the same time
    training_limit: int = 1  # requests that may teach or optimise at the same time
    tile_size: int = 448  # longer side of a picture in the gallery
    preview_size: int = 360  # shorter side of the quick preview
    compare_size: int = 1280  # longer side of a pinned painting
    duel_size: int = 640  # longer side of a painting in a duel
    screen_size: int = 2048  # longer side of the copies that the page shows; downloads are full size
    max_video_seconds: float = 30.0
    teach_steps: int = 0  # of teaching a painting; 0 leaves it to `stylize.training`
    optimise_steps: int = 80  # of optimising a picture
    optimise_size: int = 384  # shorter side of an optimised picture
    max_training_seconds: float = 300.0  # that teaching or optimising may take

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> WebConfig:
        """Read the STYLIZE_* variables. Raises ValueError, naming the variable, for a value that cannot be used."""
        given: dict[str, object] = {}
        if title := environ.get("STYLIZE_TITLE", "").strip():
            given["title"] = title
        if description := environ.get("STYLIZE_DESCRIPTION", "").strip():
            given["description"] = description
        if language := environ.get("STYLIZE_LANGUAGE", "").strip():
            if language not in CATALOGS:
                raise ValueError(f"STYLIZE_LANGUAGE is {language!r}; it may be {', '.join(CATALOGS)}.")
            given["language"] = language
        if accent := environ.get("STYLIZE_ACCENT", "").strip():
            if not _COLOR.fullmatch(accent):
                raise ValueError(f"STYLIZE_ACCENT is {accent!r}; give a colour such as #c2402b.")
            given["accent"] = accent
        if styles := _list(environ.get("STYLIZE_STYLES", "")):
            given["styles"] = styles
        if hidden := frozenset(_list(environ.get("STYLIZE_HIDE", ""))):
            if unknown := hidden - set(TABS):
                raise ValueError(f"STYLIZE_HIDE names {', '.join(sorted(unknown))}; it may name {', '.join(TABS)}.")
            given["hidden"] = hidden
        for variable, name in NUMBERS.items():
            if text := environ.get(variable, "").strip():
                given[name] = _positive(variable, text, whole=isinstance(getattr(cls, name), int))
        return cls(**given)  # type: ignore[arg-type]

    @property
    def max_pixels(self) -> int:
        """`max_megapixels` in pixels."""
        return int(self.max_megapixels * 1_000_000)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _positive(variable: str, text: str, whole: bool) -> float:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise ValueError(f"{variable} is {text!r}; give a number above 0.")
    return number
