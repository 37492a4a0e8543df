"""The visitor's own styles: added, removed, and in a row, one of them on show with what can be done with it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import gradio as gr

from stylize.options import parse_regions
from stylize.styles import Style
from stylize.web.app_context import OwnStyles
from stylize.web.components.own_style import kept_view, view_value
from stylize.web.locale import catalog
from stylize.web.services import own_styles
from stylize.web.services.own_styles import StyleSource
from stylize.web.share import region_styles


def remove(mine: OwnStyles, source: StyleSource | None) -> tuple[Any, ...]:
    """The handler that forgets the style that is shown: own styles, source, view, picture, file."""
    rest = {name: style for name, style in mine.items() if source is None or name != source.id}
    return rest, None, view_value("own_removed"), gr.DownloadButton(visible=False), None


def add(
    mine: OwnStyles, style: Style | None, main: str = "", second: str = "", third: str = "", regions: str = ""
) -> tuple[Any, Any, Any]:
    """The handler that puts a new style among a visitor's own, which may have changed while it was made.

    Where it is among those chosen, the viewer shows an older version of it: then the third value asks anew.
    """
    if style is None:
        return gr.skip(), None, gr.skip()
    chosen = {main, second, third, *region_styles(parse_regions(regions))}
    return {**mine, style.id: style}, None, secrets.token_hex(4) if style.id in chosen else gr.skip()


def add_taught(
    mine: OwnStyles, style: Style | None, main: str, second: str, third: str, regions: str, request: gr.Request
) -> tuple[Any, Any, Any]:
    """`add` for a style that was taught: the one that was made at once stays beside it, to be compared, if it fits."""
    added, predicted, retry = add(mine, style, main, second, third, regions)
    if style is not None and style.id in mine:
        twin = own_styles.at_once_id(style.id)
        if twin not in mine and not own_styles.is_full(mine, twin):
            title = f"{style.title} ({catalog.translate('own_instant', request)})"
            added = {**added, twin: replace(mine[style.id], id=twin, title=title)}
    return added, predicted, retry


def update(mine: OwnStyles, source: StyleSource | None, sources: dict[str, StyleSource]) -> tuple[Any, ...]:
    """The handler of changed own styles: source, sources of all by id, view, row, and three buttons.

    The row is there once there are two to choose from. Where no style is shown, the last one is now.
    """
    view: Any = gr.skip()
    if source is not None:
        sources = {**sources, source.id: source}
    sources = {name: sources.get(name) or StyleSource.of(style) for name, style in mine.items()}
    if source is None and mine:
        source = list(sources.values())[-1]
        view = kept_view(source)
    style = mine.get(source.id) if source is not None else None
    file, known = own_styles.save_style_file(style) if style is not None else None, style is not None
    choices = [(one.title, one.id) for one in mine.values()]
    row = gr.Radio(choices=choices, value=style.id if style is not None else None, visible=len(mine) > 1 or "hidden")
    show, remove = gr.Button(visible=known), gr.Button(visible=known)
    return source, sources, view, row, show, gr.DownloadButton(value=file, visible=known), remove
