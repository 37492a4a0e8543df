"""A choice survives the controls and a link."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stylize import StyleError, Stylizer
from stylize.web.paint_options import MAX_BRUSH, MIN_BRUSH, Choice

IDS = ("the_scream", "udnie", "the_kiss")


@pytest.mark.parametrize(
    ("choice", "query"),
    [
        (Choice({"udnie": 1.0}), "style=udnie"),
        (Choice({"udnie": 1.0}, 0.8, 1.5, True), "style=udnie&strength=0.8&brush=1.5&keep_colors=1"),
        (Choice({"udnie": 0.6, "the_kiss": 0.4}), "style=udnie=0.6,the_kiss=0.4"),
    ],
)
def test_a_link_is_readable(painter: Stylizer, choice: Choice, query: str) -> None:
    assert choice.query == query
    assert Choice.of_query(dict(parse_qsl(query)), painter.styles) == choice


@given(
    shares=some.lists(some.integers(1, 99), min_size=1, max_size=3),
    strength=some.integers(0, 20),
    brush=some.integers(int(MIN_BRUSH * 10), int(MAX_BRUSH * 10)),
    keep=some.booleans(),
)
def test_controls_and_link_agree(painter: Stylizer, shares: list[int], strength: int, brush: int, keep: bool) -> None:
    total = sum(shares)
    recipe = {name: share / total for name, share in zip(IDS, shares, strict=False)}
    choice = Choice.of_controls(*Choice(recipe, strength / 20, brush / 10, keep).controls)
    assert Choice.of_query(dict(parse_qsl(choice.query)), painter.styles) == choice
    assert sum(choice.recipe.values()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ({}, None),
        ({"strength": "0.5"}, None),
        ({"style": "udnie", "strength": "9", "brush": "-1"}, Choice({"udnie": 1.0}, 1.0, MIN_BRUSH)),
        ({"style": "udnie", "strength": "nan", "brush": "x"}, Choice({"udnie": 1.0})),
        ({"style": "udnie=0,the_kiss=2"}, Choice({"the_kiss": 2.0})),
    ],
)
def test_a_strange_link_still_opens(painter: Stylizer, query: dict[str, str], choice: Choice | None) -> None:
    assert Choice.of_query(query, painter.styles) == choice


@pytest.mark.parametrize("style", ["nobody", "udnie,nobody", "udnie=0", "="])
def test_a_link_to_no_style_is_told(painter: Stylizer, style: str) -> None:
    with pytest.raises(StyleError):
        Choice.of_query({"style": style}, painter.styles)
