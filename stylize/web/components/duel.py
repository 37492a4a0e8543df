"""The duel: two paintings of the visitor's photo without names, one to be picked; in the end the favourites.

The page shows the next pair at once: what follows from each answer is told ahead, and its paintings are made while the
visitor looks. A painting is made once for a photo (`results.made_before`), so most answers need no painter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize.errors import StylizeError
from stylize.grid import Grid
from stylize.grid.sheet import Sheet
from stylize.options import PaintOptions
from stylize.styles import StyleRegistry
from stylize.web import theme
from stylize.web.app_context import AppContext
from stylize.web.components import copy_link, open_link
from stylize.web.components.request_status import status_line, status_value
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.duel_state import MORE, PICKS, DuelState, read_state, state_of_link
from stylize.web.services.requests import Request
from stylize.web.share import ControlValues, control_values, podium_from_query, podium_query

KIND = "duel"  # of request

ViewValue = dict[str, Any]  # what static/duel.js shows


@dataclass(frozen=True)
class Duel:
    """The components. `view` has the events `ask` (something was picked) and `open` (a favourite, in the viewer)."""

    view: gr.HTML
    status: gr.HTML
    picture: gr.DownloadButton

    @property
    def outputs(self) -> list[Any]:
        """In the order of what `answer_handler` yields."""
        return [self.view, self.status, self.picture]


def build() -> Duel:
    """The part of the tab, before a duel."""
    with gr.Column(elem_id="duel-part"):
        view = gr.HTML(
            _nothing(0),
            html_template=_template(),
            js_on_load=theme.static("duel.js"),
            apply_default_css=False,
            elem_id="duel",
        )
        status = status_line(KIND, "duel-status")
        with gr.Row(elem_id="duel-take"):
            picture = gr.DownloadButton(i18n("duel_picture"), visible=False, elem_id="duel-picture")
            copy_link.build("#duel [data-query]", "duel_link", "duel-link")
    return Duel(view, status, picture)


@dataclass(frozen=True)
class DuelRequest:
    """What a duel depends on: `state` as `read_state` takes it; before the first answer `chosen` is its look."""

    photo: str | None
    state: str
    chosen: ControlValues


@dataclass(frozen=True)
class _Painted:
    """A duel's state, and the paintings of a photo that are there already."""

    photo: str
    state: DuelState
    options: PaintOptions

    @classmethod
    def of(cls, app: AppContext, wanted: DuelRequest) -> _Painted:
        """Raises OptionError or StyleError for a state that is none."""
        state = read_state(wanted.state, StyleRegistry(app.styles))
        return cls(app.photo_path(wanted.photo), state, (state.look or wanted.chosen).options())

    @property
    def files(self) -> dict[str, Path]:
        """What is painted of all that is needed, by style."""
        found = {name: results.made_before(self.photo, self._key(name)) for name in self.state.needed}
        return {name: path for name, path in found.items() if path}

    def keep(self, image: Image.Image, style: str) -> None:
        """Keep a painting. Its name and address do not tell the style."""
        file = results.save_image(image, f"{results.stem(self.photo)}-painting.jpg", self.photo)
        results.keep(file, self.photo, self._key(style))

    def _key(self, style: str) -> str:
        told = repr((KIND, style, self.options.strength, self.options.brush, self.options.keep_colors))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def waiting(app: AppContext, wanted: DuelRequest | None, number: int) -> ViewValue:
    """What a request needs no painter for: often all of it. None is no duel."""
    if wanted is None:
        return _nothing(number)
    try:
        return _view(app, _Painted.of(app, wanted), number)
    except StylizeError:  # the answer tells it
        return _nothing(number)


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints what a duel needs now, and what it may need next."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return gr.skip(), status_value(asked.number, "failed", sentence), gr.skip()

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yields the view after each painting; at the end also the picture of the favourites."""
        yield from app.answers(request, KIND, lambda asked: _paint(app, asked), failed)

    return answer


def open_handler(app: AppContext) -> Callable[..., tuple[Any, ...]]:
    """The handler that answers what a link to favourites shows: the duel's state, or one line why not."""
    styles = StyleRegistry(app.styles)

    def restore(request: gr.Request) -> tuple[Any, Any]:
        try:
            found = podium_from_query(request.query_params, styles)
        except StylizeError:
            line = open_link.reason(request.query_params["duel"], app, styles, request)
            return gr.skip(), gr.HTML(line, visible=True)
        if found is None:
            return gr.skip(), gr.skip()
        podium, options = found
        return state_of_link(podium, control_values(options)), gr.skip()

    return restore


def _paint(app: AppContext, asked: Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError, also Cancelled if there is a newer request."""
    wanted: DuelRequest = asked.content
    painted = _Painted.of(app, wanted)
    options, there = painted.options, painted.files
    missing = [name for name in painted.state.needed if name not in there]
    yield _view(app, painted, asked.number), status_value(asked.number, "painting"), gr.DownloadButton(visible=False)
    if missing:
        _, picture = app.read_picture(wanted.photo)
        blends = [dict(app.weighted_styles(name)) for name in missing]
        values = (options.strength,), (options.brush,), (options.keep_colors,)
        grid = Grid([picture], blends, *values, most=len(missing))
        for cell in app.painter.grid(grid, app.config.duel_size, cancelled=asked.cancelled):
            painted.keep(cell.image, missing[cell.style])
            if asked.cancelled():
                return
            yield _view(app, painted, asked.number), gr.skip(), gr.skip()
    sheet = _sheet(app, painted) if painted.state.favourites else gr.skip()
    yield _view(app, painted, asked.number), status_value(asked.number, "painted"), sheet


def _sheet(app: AppContext, painted: _Painted) -> Any:
    """The download of the favourites on one page; in English, for the fonts have no other scripts."""
    images, titles = [], []
    for place, name in enumerate(painted.state.favourites, 1):
        with Image.open(painted.files[name]) as image:
            images.append(image.copy())
        styles = app.weighted_styles(name)
        titles.append(f"{place}. {app.title(styles)}\n{app.artists(styles)}")
    page = Sheet([images], titles, [""], app.config.title).image()
    file = results.save_image(page, f"{results.stem(painted.photo)}-podium.png", painted.photo)
    return gr.DownloadButton(value=str(file), visible=True)


def _nothing(number: int) -> ViewValue:
    """No duel."""
    return {"request": number, "begun": False}


def _view(app: AppContext, painted: _Painted, number: int) -> ViewValue:
    state = painted.state
    favourites = state.favourites
    rest = () if not favourites or state.podium else state.order[len(favourites) :]
    look = control_values(replace(painted.options, style=favourites[0] if favourites else app.default_style))
    return {
        "request": number,
        "begun": True,
        "picks": len(state.picks),
        "wanted": state.wanted,
        "look": list(look),
        "pair": state.pair,
        "ahead": {f"{share:g}": pair for share, pair in state.ahead.items()},
        "pictures": {name: results.file_data(path) for name, path in painted.files.items()},
        "favourites": [_favourite(app, state, name) for name in favourites],
        "rest": [_titled(app, name) for name in rest],
        "linked": bool(state.podium),
        "more": MORE if favourites and not state.podium and state.may_go_on else 0,
        "query": podium_query(favourites, look.options()) if favourites else "",
    }


def _favourite(app: AppContext, state: DuelState, name: str) -> dict[str, Any]:
    return {**_titled(app, name), "above": None if state.podium else state.above_next(name)}


def _titled(app: AppContext, name: str) -> dict[str, Any]:
    ((style, _),) = app.weighted_styles(name)
    return {**style.as_dict(), "translated": catalog.is_translated(style)}


def _template() -> str:
    sides = "".join(
        f'<button type="button" class="duel-side" data-share="{share}" aria-disabled="true">'
        f'<img alt="" draggable="false"><span aria-hidden="true">{letter}</span></button>'
        for letter, share in (("A", 1), ("B", 0))
    )
    return (
        f'<div class="duel"><div class="duel-intro">{element("duel_head", "h3")}'
        + element("duel_info", "p", {"count": str(PICKS)})
        + element("duel_private", "p", class_="duel-private")
        + element("duel_start", "button", type="button", class_="duel-button duel-start")
        + '</div><div class="duel-arena"><div class="duel-asked">'
        + element("duel_question", "h3", id="duel-question")
        + '<p class="duel-count"></p><progress max="1" value="0"></progress></div>'
        + f'<div class="duel-pair" role="group" aria-labelledby="duel-question" tabindex="-1">{sides}</div>'
        + '<div class="duel-tools">'
        + element("undo", "button", type="button", class_="duel-button duel-undo")
        + element("duel_alike", "button", type="button", class_="duel-button duel-alike")
        + "</div>"
        + element("duel_keys", "p", class_="duel-keys")
        + '</div><div class="duel-podium"><h3 tabindex="-1"></h3><p class="duel-lead"></p><ol class="duel-places"></ol>'
        + f'<details class="duel-rest"><summary>{element("duel_rest")}</summary><ol></ol></details>'
        + '<div class="duel-tools"><button type="button" class="duel-button duel-more"></button>'
        + element("undo", "button", type="button", class_="duel-button duel-undo")
        + '<button type="button" class="duel-button duel-again"></button></div><span data-query="" hidden></span></div>'
        + '<p class="duel-said" role="status" aria-live="polite"></p></div>'
    )
