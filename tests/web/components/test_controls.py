"""The lists of styles."""

import gradio as gr

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import controls

from ..visitors import visit


def test_a_style_that_is_gone_is_chosen_nowhere(app: AppContext) -> None:
    regions = "cat=my_mix;faces;dog=udnie"
    style, second, third, left = controls.update_styles_handler(app)({}, "my_mix", "my_mix", "udnie", regions, visit())
    assert (style, second.constructor_args["value"], left) == ("the_scream", "", "faces;dog=udnie")
    assert "value" not in third.constructor_args


def test_what_stays_is_not_sent_again(app: AppContext, own_style: Style) -> None:
    """The visitor may have chosen another style by the time the answer arrives."""
    own = {own_style.id: own_style}
    style, *lists, regions = controls.update_styles_handler(app)(own, "my_mix", "my_mix", "", "cat=my_mix", visit())
    assert style == regions == gr.skip()
    assert [set(one.constructor_args) for one in lists] == [{"choices"}] * 2


def test_own_styles_stand_before_the_others(app: AppContext, own_style: Style) -> None:
    choices = controls.style_choices(app, {own_style.id: own_style}, visit("zh-CN"))
    assert choices == [
        ("无", ""),
        ("My <mix>", "my_mix"),
        ("呐喊", "the_scream"),
        ("乌德尼", "udnie"),
        ("吻", "the_kiss"),
    ]
