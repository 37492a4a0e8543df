"""Comparing without a browser or a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import compare_tab
from stylize.web.components.compare_tab import MAX_PINS, ComparisonRequest

from ..visitors import UDNIE, answers

NONE: Mapping[str, Style] = MappingProxyType({})


def paint(app: AppContext, photo: str, pins: Sequence[str], own: Mapping[str, Style] = NONE) -> list[Any]:
    wanted = ComparisonRequest(photo, own, pins, UDNIE)
    return list(answers(app, compare_tab.KIND, wanted, compare_tab.answer_handler))


def test_pinned_paintings_can_lie_under_the_slider(app: AppContext, own_style: Style, beach: str) -> None:
    pins = ["my_mix", "udnie"]
    *steps, last = paint(app, beach, pins, {own_style.id: own_style})
    assert [len(grid["pictures"]) for grid, *_ in steps] == [0, 1, 2]
    assert not any(grid["complete"] for grid, *_ in steps)
    grid, files, left, right, pair, sheet = last
    assert [one["id"] for one in grid["pictures"]] == pins
    assert grid["complete"]
    assert [name for _, name in left.choices] == ["photo", *pins]
    assert left.choices[1] == ("My <mix>", "my_mix")
    assert (left.value, right.value) == tuple(pins)
    assert pair == (files["my_mix"], files["udnie"])
    assert Path(sheet).name == "beach-sheet.png"


def test_one_pin_is_nothing_to_compare(app: AppContext, beach: str) -> None:
    ((grid, *_),) = paint(app, beach, ["udnie"])
    assert (grid["pictures"], grid["complete"]) == ([], True)


def test_at_most_four_are_pinned(app: AppContext, beach: str) -> None:
    *_, last = paint(app, beach, ["udnie"] * (MAX_PINS + 2))
    assert len(last[0]["pictures"]) == MAX_PINS


def test_a_pin_is_never_a_path(app: AppContext, beach: str) -> None:
    *_, (grid, *_) = paint(app, beach, [beach, "udnie"])
    assert "There is no style" in grid["error"]
    assert (grid["pictures"], grid["complete"]) == ([], True)
