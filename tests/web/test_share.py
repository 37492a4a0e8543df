"""Options survive the controls and a link."""

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stylize import OptionError, PaintOptions, RegionStyle, StyleError, StylizeError, Stylizer
from stylize.web.share import (
    MAX_BRUSH,
    MIN_BRUSH,
    ControlValues,
    GridAxes,
    control_values,
    from_kept,
    from_query,
    podium_from_query,
    podium_query,
    to_query,
)

IDS = ("the_scream", "udnie", "the_kiss")


@pytest.mark.parametrize(
    ("options", "query"),
    [
        (PaintOptions({"udnie": 1.0}), "style=udnie"),
        (PaintOptions({"udnie": 1.0}, 0.8, True, 1.5), "style=udnie&strength=0.8&brush=1.5&keep_colors=1"),
        (PaintOptions({"udnie": 0.6, "the_kiss": 0.4}), "style=udnie=0.6,the_kiss=0.4"),
        (
            PaintOptions(
                {"udnie": 1.0}, regions={"cat": RegionStyle({"udnie": 0.5, "the_kiss": 0.5}, 0.6), "faces": None}
            ),
            "style=udnie&regions=cat=udnie=0.5,the_kiss=0.5@0.6%3Bfaces",
        ),
    ],
)
def test_a_link_is_readable(painter: Stylizer, options: PaintOptions, query: str) -> None:
    assert to_query(options) == query
    assert from_query(dict(parse_qsl(query)), painter.styles) == options


@given(
    weights=some.lists(some.integers(1, 99), min_size=1, max_size=3),
    strength=some.integers(0, 20),
    brush=some.integers(int(MIN_BRUSH * 10), int(MAX_BRUSH * 10)),
    keep_colors=some.booleans(),
)
def test_controls_and_link_agree(
    painter: Stylizer, weights: list[int], strength: int, brush: int, keep_colors: bool
) -> None:
    blend = {name: weight / sum(weights) for name, weight in zip(IDS, weights, strict=False)}
    options = control_values(PaintOptions(blend, strength / 20, keep_colors, brush / 10)).options()
    linked = from_query(dict(parse_qsl(to_query(options))), painter.styles)
    assert linked is not None
    assert linked.style == pytest.approx(options.style, abs=1e-5)
    assert (linked.strength, linked.brush, linked.keep_colors) == (options.strength, options.brush, keep_colors)
    assert sum(linked.style.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "style"),
    [
        (ControlValues("udnie"), {"udnie": 1.0}),
        (ControlValues("udnie", "the_kiss", 0.3), {"udnie": 0.7, "the_kiss": 0.3}),
        (ControlValues("udnie", "the_kiss", 1.0), {"the_kiss": 1.0}),
        (ControlValues("udnie", "the_kiss", 0.0), {"udnie": 1.0}),
        (ControlValues("udnie", "udnie", 0.5), {"udnie": 1.0}),
        (ControlValues("udnie", "the_kiss", 0.8, "the_scream", 0.6), {"the_kiss": 0.8, "the_scream": 0.6}),
    ],
)
def test_the_main_style_has_what_the_others_leave(values: ControlValues, style: dict[str, float]) -> None:
    assert values.options().style == style


def test_a_value_that_no_control_has_is_told() -> None:
    with pytest.raises(OptionError, match="strength"):
        ControlValues("udnie", strength=7.0).options()


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ({}, None),
        ({"strength": "0.5"}, None),
        ({"style": "udnie", "strength": "9", "brush": "-1"}, PaintOptions({"udnie": 1.0}, brush=MIN_BRUSH)),
        ({"style": "udnie", "strength": "nan", "brush": "x"}, PaintOptions({"udnie": 1.0})),
        ({"style": "udnie=0,the_kiss=2"}, PaintOptions({"the_kiss": 1.0})),
    ],
)
def test_a_strange_link_still_opens(painter: Stylizer, query: dict[str, str], options: PaintOptions | None) -> None:
    assert from_query(query, painter.styles) == options


@pytest.mark.parametrize("style", ["nobody", "udnie,nobody", "udnie=0", "=", "udnie=much"])
def test_a_link_to_no_style_is_told(painter: Stylizer, style: str) -> None:
    with pytest.raises(StylizeError):
        from_query({"style": style}, painter.styles)


def test_a_link_names_styles_and_no_paths(painter: Stylizer) -> None:
    with pytest.raises(StyleError):
        from_query({"style": "/etc/passwd"}, painter.styles)
    with pytest.raises(StyleError):
        from_query({"style": "udnie", "regions": "cat=/etc/passwd"}, painter.styles)


def test_a_kept_look_comes_back_as_it_was(painter: Stylizer) -> None:
    values = ControlValues("udnie", "the_kiss", 0.35, "", 0.5, 0.85, 1.7, True, "cat=udnie@0.6;faces")
    assert from_kept(json.dumps(values), painter.styles, "great_wave") == values


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "null",
        "[",
        "[[]]",
        '["udnie", "", 0.5]x',
        '["udnie", "", 7, "", 0.5, 1, 1, false]',
        '["udnie", "", 0.5, "", 0.5, 2, 1, false]',
        '["udnie", "", 0.5, "", 0.5, 1, 9, false]',
        '["udnie", "", 0.5, "", 0.5, 1, 1, "no"]',
        '["udnie", "", 0.5, "", 0.5, "1", 1, false]',
        '["udnie", "", 0.5, "", 0.5, 1, 1, false, "cat=udnie@x"]',
        '["udnie", "", 0.5, "", 0.5, 1, 1, false, 3]',
    ],
)
def test_what_is_no_look_is_not_used(painter: Stylizer, kept: str) -> None:
    assert from_kept(kept, painter.styles, "great_wave") is None


def test_a_kept_style_that_is_gone_is_replaced(painter: Stylizer) -> None:
    kept = json.dumps(ControlValues("mine", "also_mine", third_style="udnie", regions="cat=mine;dog=udnie"))
    assert from_kept(kept, painter.styles, "great_wave") == ControlValues(
        "great_wave", "", third_style="udnie", regions="dog=udnie"
    )


def test_a_link_to_favourites_is_readable(painter: Stylizer) -> None:
    query = podium_query(IDS, PaintOptions("udnie", 0.8, True))
    assert query == "style=the_scream&strength=0.8&keep_colors=1&duel=the_scream,udnie,the_kiss"
    read = podium_from_query(dict(parse_qsl(query)), painter.styles)
    assert read == (IDS, PaintOptions({"the_scream": 1.0}, 0.8, True))
    assert podium_from_query({"style": "udnie"}, painter.styles) is None
    with pytest.raises(StyleError):
        podium_from_query({"duel": "udnie,nobody"}, painter.styles)


@pytest.mark.parametrize(
    ("axes", "query"),
    [
        (GridAxes(["udnie", "the_kiss"], "strength"), "grid=udnie,the_kiss&rows=strength"),
        (GridAxes(["udnie"], "brush", 0.8, True), "grid=udnie&rows=brush&strength=0.8&keep_colors=1"),
    ],
)
def test_a_link_carries_what_a_grid_compares(painter: Stylizer, axes: GridAxes, query: str) -> None:
    assert axes.to_query() == query
    assert GridAxes.from_query(dict(parse_qsl(query)), painter.styles, ["strength", "brush"]) == axes


def test_a_strange_link_to_a_grid_is_told(painter: Stylizer) -> None:
    assert GridAxes.from_query({"style": "udnie"}, painter.styles, ["brush"]) is None
    with pytest.raises(StyleError):
        GridAxes.from_query({"grid": "udnie,nobody", "rows": "brush"}, painter.styles, ["brush"])
    for rows in ({}, {"rows": "<b>"}):
        with pytest.raises(OptionError, match="no rows"):
            GridAxes.from_query({"grid": "udnie", **rows}, painter.styles, ["brush"])
    twice = {"grid": "udnie,udnie", "rows": "brush", "strength": "7"}
    assert GridAxes.from_query(twice, painter.styles, ["brush"]) == GridAxes(["udnie"], "brush", 1.0)
