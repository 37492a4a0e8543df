"""Comparing without a browser or a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stylize import Style
from stylize.web.components import comparison
from stylize.web.components.comparison import MAX_PINS, ComparisonRequest
from stylize.web.state import AppState

from ..visitors import UDNIE, answers

NONE: Mapping[str, Style] = MappingProxyType({})


def paint(app: AppState, photo: str, pins: Sequence[str], own: Mapping[str, Style] = NONE) -> list[Any]:
    wanted = ComparisonRequest(photo, own, pins, UDNIE)
    return list(answers(app, comparison.KIND, wanted, comparison.answer_handler))


def test_pinned_paintings_can_lie_under_the_slider(app: AppState, own_style: Style, beach: str) -> None:
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


def test_one_pin_is_nothing_to_compare(app: AppState, beach: str) -> None:
    ((grid, *_),) = paint(app, beach, ["udnie"])
    assert (grid["pictures"], grid["complete"]) == ([], True)


def test_at_most_four_are_pinned(app: AppState, beach: str) -> None:
    *_, last = paint(app, beach, ["udnie"] * (MAX_PINS + 2))
    assert len(last[0]["pictures"]) == MAX_PINS


def test_a_pin_is_never_a_path(app: AppState, beach: str, warnings: list[str]) -> None:
    *_, (grid, *_) = paint(app, beach, [beach, "udnie"])
    assert "There is no style" in warnings[0]
    assert (grid["pictures"], grid["complete"]) == ([], True)
