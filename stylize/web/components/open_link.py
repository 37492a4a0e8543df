"""Share links: an address with options in it opens the page with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from stylize.web.app_context import AppContext
from stylize.web.share import ControlValues, control_values, from_query


def open_handler(app: AppContext) -> Callable[..., tuple[Any, ...]]:
    """The handler that sets the controls when the page opens."""

    def restore(request: gr.Request) -> tuple[Any, ...]:
        with app.report_errors(request):
            options = from_query(request.query_params, app.painter.styles)
            if options is not None:
                return control_values(options)
        return (gr.skip(),) * len(ControlValues._fields)

    return restore
