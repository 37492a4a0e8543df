"""Comparing without a browser or a server."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stylize import Style
from stylize.web.components import comparison
from stylize.web.state import AppState

from ..visitors import UDNIE, visit


def test_pinned_paintings_can_lie_under_the_slider(app: AppState, own_style: Style, beach: str) -> None:
    pins = ["my_mix", "udnie"]
    *grids, last = comparison.paint_handler(app)(beach, {own_style.id: own_style}, pins, UDNIE, visit())
    assert [one["id"] for one in grids[-1][0]["pictures"]] == pins
    _, files, left, right, pair, sheet = last
    assert [name for _, name in left.choices] == ["photo", *pins]
    assert left.choices[1] == ("My <mix>", "my_mix")
    assert (left.value, right.value) == tuple(pins)
    assert pair == (files["my_mix"], files["udnie"])
    assert Path(sheet).name == "beach-sheet.png"


def test_one_pin_is_nothing_to_compare(app: AppState, beach: str) -> None:
    *_, last = comparison.paint_handler(app)(beach, {}, ["udnie"], UDNIE, visit())
    assert last[0] == {"pictures": []}


@pytest.mark.parametrize(
    ("ids", "pins"), [(["a", "b"], ["a", "b"]), (list("abcdef"), list("abcd")), ("udnie", []), (None, [])]
)
def test_at_most_four_are_pinned(ids: Any, pins: list[str]) -> None:
    assert comparison.read_pins(SimpleNamespace(ids=ids)) == pins


def test_a_pin_is_never_a_path(app: AppState, beach: str, warnings: list[str]) -> None:
    list(comparison.paint_handler(app)(beach, {}, [beach, "udnie"], UDNIE, visit()))
    assert "There is no style" in warnings[0]
