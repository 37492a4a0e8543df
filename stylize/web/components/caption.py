"""The plaque under a painting: title, artist, and how it was made. Its title carries the link to this look."""

from __future__ import annotations

import html
from dataclasses import dataclass

import gradio as gr

from stylize.web.locale import catalog
from stylize.web.paint_options import Choice
from stylize.web.state import Parts, Studio


@dataclass(frozen=True)
class Times:
    """Seconds that the steps of one painting took."""

    reading: float
    painting: float
    writing: float = 0.0


def written(
    studio: Studio,
    choice: Choice,
    parts: Parts,
    size: tuple[int, int],
    request: gr.Request | None,
    times: Times | None,
) -> str:
    """HTML; without `times` it is a preview's. `size` is the painting's width and height.

    A look with a style of the visitor's own in it has no link: nobody else has that style.
    """
    ids = [style.id for style, _ in parts]
    known = all(name in studio.painter.styles for name in ids)
    query = choice.query if known else ""
    if known and len(ids) == 1:
        title = catalog.word(f"title_{ids[0]}", "h2", data_query=query)
        author = catalog.word(f"author_{ids[0]}", "p", class_="author")
    else:
        title = f'<h2 data-query="{html.escape(query)}">{html.escape(studio.title(parts, request))}</h2>'
        author = f'<p class="author">{html.escape(studio.author(parts, request))}</p>'
    return title + author + _facts(studio, size, times)


def _facts(studio: Studio, size: tuple[int, int], times: Times | None) -> str:
    if times is None:
        return catalog.word("preview", "p", class_="facts")
    values = {
        "seconds": f"{times.painting:.2f}",
        "device": studio.painter.device,
        "width": str(size[0]),
        "height": str(size[1]),
    }
    steps = {"reading": f"{times.reading:.2f}", "painting": values["seconds"], "writing": f"{times.writing:.2f}"}
    return _filled("painted", values) + _filled("steps", steps)


def _filled(key: str, values: dict[str, str]) -> str:
    given = {f"data_{name}": value for name, value in values.items()}
    return catalog.word(key, "p", values, class_="facts" if key == "painted" else "steps", **given)
