"""What a link to a grid opens with."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from stylize.web.app_context import AppContext
from stylize.web.components.grid_link import open_handler


def follow(app: AppContext, language: str = "en", **query: str) -> tuple[Any, ...]:
    return open_handler(app)(SimpleNamespace(query_params=query, headers={"accept-language": language}))


def test_a_link_sets_what_a_grid_compares(app: AppContext) -> None:
    values, line = follow(app, grid="udnie,the_kiss", rows="brush", strength="0.4")
    assert values == [["udnie", "the_kiss"], "brush", 0.4, False]
    assert line == gr.skip()
    assert follow(app, style="udnie") == (gr.skip(), gr.skip())


@pytest.mark.parametrize(
    ("grid", "rows", "language", "said"),
    [
        ("udnie,nobody", "brush", "en", "here: nobody."),
        ("great_wave", "brush", "en", "The Great Wave off Kanagawa"),  # the host does not show it
        ("great_wave", "brush", "zh-CN", "神奈川冲浪里"),
        ("<b>", "brush", "en", "&lt;b&gt;"),
        ("udnie", "artist", "en", "cannot be read"),
    ],
)
def test_a_link_to_no_grid_is_one_line(app: AppContext, grid: str, rows: str, language: str, said: str) -> None:
    unchanged, line = follow(app, language, grid=grid, rows=rows)
    assert unchanged == gr.skip()
    assert said in line.value
