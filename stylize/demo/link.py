"""Links: an address with a choice in it opens the page with that choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from stylize.demo import easel
from stylize.demo.choice import Choice
from stylize.demo.studio import Studio

CONTROLS = 8  # of `Choice.controls`


def opening(studio: Studio) -> Callable[..., tuple[Any, ...]]:
    """The handler that sets the controls and marks the tile when the page opens."""

    def restore(request: gr.Request) -> tuple[Any, ...]:
        with studio.excused(request):
            choice = Choice.of_query(request.query_params, studio.painter.styles)
            if choice is not None:
                return (*choice.controls, gr.HTML(chosen=next(iter(choice.recipe))))
        return (gr.skip(),) * (CONTROLS + 1)

    return restore


def painting(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints what a link asks for; a page opened without one shows what it has."""
    paint = easel.painting(studio)

    def paint_linked(request: gr.Request, photo: str | None, mask: Any, *controls: Any) -> Iterator[tuple[Any, ...]]:
        if request.query_params.get("style"):
            yield from paint(request, photo, mask, *controls)
        else:
            yield easel.KEEP

    return paint_linked
