"""The visitor's own styles in a row, one of them on show with what can be done with it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from stylize.web.app_context import OwnStyles
from stylize.web.components.own_style import view_value
from stylize.web.services import own_styles
from stylize.web.services.own_styles import StyleSource


def update(mine: OwnStyles, source: StyleSource | None) -> tuple[Any, ...]:
    """The handler of changed own styles: source, view, row, and three buttons.

    The row is there once there are two to choose from. Where no style is shown, the last one is now.
    """
    view: Any = gr.skip()
    if source is None and mine:
        source = StyleSource.of(list(mine.values())[-1])
        view = view_value("own_kept", source, values={"title": source.title})
    style = mine.get(source.id) if source is not None else None
    file, known = own_styles.save_style_file(style) if style is not None else None, style is not None
    choices = [(one.title, one.id) for one in mine.values()]
    row = gr.Radio(choices=choices, value=style.id if style is not None else None, visible=len(mine) > 1)
    show, remove = gr.Button(visible=known), gr.Button(visible=known)
    return source, view, row, show, gr.DownloadButton(value=file, visible=known), remove
