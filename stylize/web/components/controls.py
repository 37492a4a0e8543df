"""The tools beside the easel: strength, brush, colours, a second and third painter, downloads, the link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.paint_options import HALF, MAX_BRUSH, MIN_BRUSH
from stylize.web.state import Own, Studio

_COPY = """() => {
  const query = document.querySelector("#plaque [data-query]").dataset.query;
  if (query) navigator.clipboard.writeText(location.origin + location.pathname + "?" + query);
  const button = document.getElementById("copy"), before = button.textContent;
  button.textContent = window.stylize.word(query ? "copied" : "copy_own");
  setTimeout(() => { button.textContent = before; }, 1600);
}"""


@dataclass(frozen=True)
class Tools:
    """The controls; `chosen` is the id of the style on the easel, the main one of a blend."""

    chosen: gr.State
    second: gr.Dropdown
    share2: gr.Slider
    third: gr.Dropdown
    share3: gr.Slider
    strength: gr.Slider
    brush: gr.Slider
    keep: gr.Checkbox
    png: gr.DownloadButton
    jpeg: gr.DownloadButton

    @property
    def choice(self) -> list[Any]:
        """What `Choice.of_controls` takes, in its order."""
        return [self.chosen, *self.changing]

    @property
    def styles(self) -> list[Any]:
        """The controls that name styles."""
        return [self.chosen, self.second, self.third]

    @property
    def changing(self) -> list[Any]:
        """The controls that paint again when they change."""
        return [
            self.second,
            self.share2,
            self.third,
            self.share3,
            self.strength,
            self.brush,
            self.keep,
        ]


def build(studio: Studio, welcome: tuple[str | None, str | None]) -> Tools:
    """The column of tools; `welcome` are the downloads (PNG, JPEG) of what is on the easel first."""
    chosen = gr.State(next(iter(studio.first)))
    strength = gr.Slider(
        0, 1, 1, step=0.05, label=say("strength"), info=say("strength_info"), buttons=[], elem_id="strength"
    )
    brush = gr.Slider(
        MIN_BRUSH, MAX_BRUSH, 1, step=0.1, label=say("brush"), info=say("brush_info"), buttons=[], elem_id="brush"
    )
    keep = gr.Checkbox(False, label=say("keep"), container=False, elem_id="keep")
    with gr.Accordion(say("blend"), open=False, elem_id="blend"):
        gr.HTML(catalog.word("blend_info", "p"), js_on_load=None, apply_default_css=False)
        second, share2 = _another(studio, "second")
        third, share3 = _another(studio, "third")
    with gr.Row(elem_id="downloads"):
        png = gr.DownloadButton(say("png"), welcome[0], variant="primary", elem_id="png", scale=3)
        jpeg = gr.DownloadButton(say("jpeg"), welcome[1], variant="secondary", elem_id="jpeg", scale=1)
    copy = gr.Button(say("copy"), variant="secondary", elem_id="copy")
    copy.click(None, None, None, js=_COPY)
    return Tools(chosen, second, share2, third, share3, strength, brush, keep, png, jpeg)


def listed(studio: Studio, own: Own, request: gr.Request | None = None, first: str = "nobody") -> list[tuple[Any, str]]:
    """What a list offers: `first` (a key of words, chosen as ""), the visitor's own styles, the wall's."""
    mine = [(style.title, style.id) for style in own.values()]
    if request is None:
        return [(say(first), ""), *mine, *((say(f"title_{style.id}"), style.id) for style in studio.styles)]
    chinese = catalog.is_chinese(request)
    shown = [(catalog.title(style, chinese), style.id) for style in studio.styles]
    return [(catalog.told(first, request), ""), *mine, *shown]


def settling(studio: Studio) -> Callable[..., tuple[Any, ...]]:
    """The handler of changed own styles: who can be mixed in, and nobody who is gone."""

    def settle(own: Own, chosen: str, second: str, third: str, request: gr.Request) -> tuple[Any, ...]:
        book, choices = studio.book(own), listed(studio, own, request)
        kept = (gr.Dropdown(choices=choices, value=name if name in book else "") for name in (second, third))
        return (chosen if chosen in book else next(iter(studio.first)), *kept)

    return settle


def _another(studio: Studio, key: str) -> tuple[gr.Dropdown, gr.Slider]:
    """A further style and its share."""
    style = gr.Dropdown(listed(studio, {}), value="", label=say(key), filterable=False, elem_id=key)
    share = gr.Slider(0, 1, HALF, step=0.05, label=say(f"{key}_share"), buttons=[], elem_id=f"{key}_share")
    return style, share
