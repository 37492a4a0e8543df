"""Links: only what is on show is opened; whatever else one asks for is one line."""

import json
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components.open_link import open_handler
from stylize.web.services import own_styles
from stylize.web.share import ControlValues


def follow(app: AppContext, language: str = "en", **query: str) -> tuple[Any, ...]:
    """The controls' values and the line."""
    request = SimpleNamespace(query_params=query, headers={"accept-language": language})
    return open_handler(app)("", "", request)[:2]


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
        ("<b>=udnie; elf=udnie", "zh-CN", "这里不认识：&lt;b&gt;、elf"),
        ("cat=great_wave", "en", "here: The Great Wave off Kanagawa."),
        ("cat=", "en", "cannot be read"),
    ],
)
def test_a_link_by_regions_is_opened_or_says_why_not(app: AppContext, regions: str, language: str, said: str) -> None:
    assert follow(app, style="udnie", regions="faces;cat=the_kiss@0.5")[0][8] == "faces;cat=the_kiss@0.5"
    values, line = follow(app, language, style="udnie", strength="0.4", regions=regions)
    assert (values[0], values[5], values[8]) == ("udnie", 0.4, "")  # the rest of it is opened
    assert said in line.value


def test_a_kept_look_finds_the_own_styles_that_are_kept_with_it(app: AppContext, own_style: Style) -> None:
    request = SimpleNamespace(query_params={}, headers={"accept-language": "en"})
    look = json.dumps(ControlValues("my_mix", "my_mix"))
    values, _, mine, second, third = open_handler(app)(look, own_styles.to_keep({"my_mix": own_style}), request)
    assert values[:2] == ["my_mix", "my_mix"]
    assert list(mine) == ["my_mix"]
    assert all((own_style.title, "my_mix") in shown.choices for shown in (second, third))
    assert open_handler(app)(look, "", request)[0][0] == app.default_style
