"""The lists of styles."""

from stylize import Style
from stylize.web.components import controls
from stylize.web.state import AppState

from ..visitors import visit


def test_a_style_that_is_gone_is_chosen_nowhere(app: AppState) -> None:
    style, second, third = controls.update_styles_handler(app)({}, "my_mix", "my_mix", "udnie", visit())
    assert (style, second.value, third.value) == ("the_scream", "", "udnie")


def test_own_styles_stand_before_the_others(app: AppState, own_style: Style) -> None:
    choices = controls.style_choices(app, {own_style.id: own_style}, visit("zh-CN"))
    assert choices == [
        ("无", ""),
        ("My <mix>", "my_mix"),
        ("呐喊", "the_scream"),
        ("乌德尼", "udnie"),
        ("吻", "the_kiss"),
    ]
