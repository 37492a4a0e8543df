"""The caption under a painting: title, artist, and how it was made. Its title carries the link to this look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from stylize.options import PaintOptions, shares
from stylize.web.app_context import AppContext, WeightedStyles
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.share import region_styles, to_query


@dataclass(frozen=True)
class Times:
    """Seconds that the steps of one painting took."""

    reading: float
    painting: float
    writing: float = 0.0


def caption_html(
    app: AppContext,
    options: PaintOptions,
    seen: Sequence[WeightedStyles],
    regions: str,
    size: tuple[int, int],
    request: gr.Request | None,
    times: Times | None,
) -> str:
    """HTML of a painting of `size` (width, height) in the styles and blends `seen`; without `times` it is a preview's.

    `regions` tells what each region has. A look with a style of the visitor's own in it has no link: nobody else has
    that style.
    """
    styles = [(style, share) for one in seen for style, share in one]
    ids = [*region_styles(options.regions), *(style.id for style, _ in styles), *map(str, dict(shares(options.style)))]
    shared = all(name in app.painter.styles for name in ids)
    query = to_query(options) if shared else ""
    known = translated_id(seen)
    title_key, artist_key = (f"title_{known}", f"artist_{known}") if known else (None, None)
    title = element(title_key, "h2", text=app.titles(seen, request), data_query=query)
    artists = element(artist_key, "p", text=app.artists(styles, request), class_="artist")
    told = element(None, "p", text=regions, class_="told-regions") if regions else ""
    return title + artists + told + _facts(app, size, times)


def translated_id(seen: Sequence[WeightedStyles]) -> str:
    """The id of a single style that the browser has in its language, also on the page that it opens; else empty."""
    only = seen[0][0][0] if len(seen) == 1 and len(seen[0]) == 1 else None
    return only.id if only is not None and catalog.is_translated(only) else ""


def _facts(app: AppContext, size: tuple[int, int], times: Times | None) -> str:
    if times is None:
        return element("preview", "p", class_="facts")
    painted = {
        "seconds": f"{times.painting:.2f}",
        "device": app.painter.device,
        "width": str(size[0]),
        "height": str(size[1]),
    }
    steps = {
        "reading": f"{times.reading:.2f}",
        "painting": painted["seconds"],
        "writing": f"{times.writing:.2f}",
    }
    return element("painted", "p", painted, class_="facts") + element("steps", "p", steps, class_="steps")
