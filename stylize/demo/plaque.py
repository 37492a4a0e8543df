"""The plaque under a painting: title, artist, and how it was made. Its title carries the link to this look."""

from __future__ import annotations

import html

import gradio as gr

from stylize.demo import words
from stylize.demo.choice import Choice
from stylize.demo.studio import Studio


def written(
    studio: Studio, choice: Choice, size: tuple[int, int], request: gr.Request | None, seconds: float | None
) -> str:
    """HTML; without `seconds` it is a preview's. `size` is the painting's width and height."""
    if len(choice.recipe) == 1:
        (style,) = choice.recipe
        title = words.word(f"title_{style}", "h2", data_query=choice.query)
        author = words.word(f"author_{style}", "p", class_="author")
    else:
        title = f'<h2 data-query="{html.escape(choice.query)}">{html.escape(studio.title(choice.recipe, request))}</h2>'
        author = f'<p class="author">{html.escape(studio.author(choice.recipe, request))}</p>'
    return title + author + _facts(studio, size, seconds)


def _facts(studio: Studio, size: tuple[int, int], seconds: float | None) -> str:
    if seconds is None:
        return words.word("preview", "p", class_="facts")
    values = {
        "seconds": f"{seconds:.2f}",
        "device": studio.painter.device,
        "width": str(size[0]),
        "height": str(size[1]),
    }
    data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in values.items())
    said = html.escape(words.ENGLISH["painted"].format(**values))
    return f'<p class="facts" data-word="painted" {data}>{said}</p>'
