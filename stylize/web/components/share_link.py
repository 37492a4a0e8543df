"""Links: an address with a choice in it opens the page with that choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from stylize.web.paint_options import Choice
from stylize.web.state import Studio

CONTROLS = 8  # of `Choice.controls`


def opening(studio: Studio) -> Callable[..., tuple[Any, ...]]:
    """The handler that sets the controls, marks the tile and says what was asked for, when the page opens."""

    def restore(request: gr.Request) -> tuple[Any, ...]:
        with studio.excused(request):
            choice = Choice.of_query(request.query_params, studio.painter.styles)
            if choice is not None:
                return (*choice.controls, gr.HTML(chosen=next(iter(choice.recipe))), choice.query)
        return (gr.skip(),) * (CONTROLS + 2)

    return restore
