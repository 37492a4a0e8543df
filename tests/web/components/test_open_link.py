"""Links: only what is on show is opened; whatever else one asks for is one line."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from stylize.web.app_context import AppContext
from stylize.web.components.open_link import open_handler


def follow(app: AppContext, language: str = "en", **query: str) -> tuple[Any, ...]:
    """The controls' values and the line."""
    return open_handler(app)("", SimpleNamespace(query_params=query, headers={"accept-language": language}))


def test_a_link_sets_the_controls(app: AppContext) -> None:
    values, line = follow(app, style="udnie", strength="0.4", keep_colors="1")
    assert (values[0], values[5], values[7], values[8]) == ("udnie", 0.4, True, "")
    assert line == gr.skip()
    assert follow(app) == (None, gr.skip())


@pytest.mark.parametrize(
    ("style", "language", "said"),
    [
        ("nobody", "en", "nobody"),
        ("great_wave", "en", "The Great Wave off Kanagawa"),  # the host does not show it
        ("great_wave", "zh-CN", "神奈川冲浪里"),
        ("udnie=0.5,great_wave=0.5", "en", "here: The Great Wave off Kanagawa."),
        ("udnie=0.5,udnie=0.5", "en", "cannot be read"),
        ("<b>", "en", "&lt;b&gt;"),
    ],
)
def test_a_link_to_what_is_not_on_show_says_so(app: AppContext, style: str, language: str, said: str) -> None:
    values, line = follow(app, language, style=style)
    assert values is None
    assert line.visible
    assert said in line.value


@pytest.mark.parametrize(
    ("regions", "language", "said"),
    [
        ("giraffe", "en", "not known here: giraffe"),
        ("<b>=udnie", "zh-CN", "这里不认识：&lt;b&gt;"),
        ("cat=great_wave", "en", "here: The Great Wave off Kanagawa."),
        ("cat=", "en", "cannot be read"),
    ],
)
def test_a_link_by_regions_is_opened_or_says_why_not(app: AppContext, regions: str, language: str, said: str) -> None:
    assert follow(app, style="udnie", regions="faces;cat=the_kiss@0.5")[0][8] == "faces;cat=the_kiss@0.5"
    values, line = follow(app, language, style="udnie", regions=regions)
    assert values is None
    assert said in line.value
