"""What follows from the picks of a duel, and which of them are believed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from stylize import StylizeError, Stylizer
from stylize.styles import StyleRegistry
from stylize.web.services.duel_state import MORE, PICKS, SHARES, DuelState, read_state, state_of_link
from stylize.web.share import ControlValues

SIXTEEN = tuple(f"style_{number}" for number in range(16))
EMPTY: dict[str, Any] = {"seed": 1, "picks": [], "more": 0, "podium": [], "look": None}


def played(state: DuelState) -> DuelState:
    """The same duel at its end, by somebody who likes what comes first in the list of styles."""
    while state.pair:
        first, second = state.pair
        share = float(state.styles.index(first) < state.styles.index(second))
        assert state.ahead.get(share) == replace(state, picks=(*state.picks, (first, second, share))).pair
        state = replace(state, picks=(*state.picks, (first, second, share)))
    return state


def test_after_so_many_picks_the_favourites_are_told() -> None:
    state = played(DuelState(SIXTEEN, seed=3))
    assert len(state.picks) == state.wanted == PICKS
    assert state.favourites == state.order[:3]
    assert state.needed == list(state.favourites)
    assert sorted(state.order) == sorted(SIXTEEN)
    sure = [state.above_next(name) for name in state.order]
    assert sure[-1] is None
    assert all(chance is not None and 0.5 <= chance < 1 for chance in sure[:-1])


def test_more_picks_can_be_asked_for() -> None:
    state = played(DuelState(SIXTEEN, seed=3))
    assert state.may_go_on
    longer = replace(state, more=MORE)
    assert longer.pair
    assert not longer.favourites
    assert len(played(longer).picks) == PICKS + MORE


@pytest.mark.parametrize(("count", "picks"), [(2, 1), (3, 3), (5, 10)])
def test_a_host_with_few_styles_has_short_duels(count: int, picks: int) -> None:
    state = played(DuelState(SIXTEEN[:count], more=MORE))
    assert len(state.picks) == picks
    assert not state.may_go_on
    assert state.favourites == SIXTEEN[: min(3, count)]  # every pair was asked


def test_what_is_on_show_comes_first_of_what_is_painted() -> None:
    state = DuelState(SIXTEEN, seed=5)
    assert state.pair
    assert state.needed[:2] == list(state.pair)
    assert len(state.needed) == 4  # whatever the answer, the next pair is the same
    assert set(state.ahead) == set(SHARES)


def test_a_state_from_the_page_is_read(painter: Stylizer) -> None:
    look = ControlValues("udnie", strength=0.8)
    given = EMPTY | {"seed": 7, "picks": [["udnie", "the_kiss", 0.5]], "look": look, "asked": 12.5}
    state = read_state(json.dumps(given), painter.styles)
    assert state.picks == (("udnie", "the_kiss", 0.5),)
    assert (state.seed, state.look) == (7, look)
    assert state.styles == tuple(style.id for style in painter.styles)


def test_a_link_has_favourites_and_asks_nothing(painter: Stylizer) -> None:
    look = ControlValues("the_kiss", strength=0.4)
    state = read_state(state_of_link(("the_kiss", "udnie"), look), painter.styles)
    assert state.pair is None
    assert state.favourites == ("the_kiss", "udnie")
    assert state.look == look


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[]",
        "[" * 10_000,
        json.dumps(EMPTY | {"picks": [["udnie", "the_kiss", 1]] * 1000}),
        json.dumps(EMPTY | {"picks": [["udnie", "udnie", 1]]}),
        json.dumps(EMPTY | {"picks": [["udnie", "the_kiss", 0.7]]}),
        json.dumps(EMPTY | {"picks": [["udnie", "the_kiss", float("nan")]]}),
        json.dumps(EMPTY | {"picks": [["udnie", "/etc/passwd", 1]]}),
        json.dumps(EMPTY | {"picks": [["udnie"]]}),
        json.dumps(EMPTY | {"picks": [[["udnie"], {}, 1]]}),
        json.dumps(EMPTY | {"podium": ["nobody"]}),
        json.dumps(EMPTY | {"seed": -1}),
        json.dumps(EMPTY | {"seed": "much"}),
        json.dumps(EMPTY | {"more": -4}),
        json.dumps({"seed": 1}),
    ],
)
def test_what_is_no_duel_is_told(painter: Stylizer, given: str) -> None:
    with pytest.raises(StylizeError):
        read_state(given, StyleRegistry(painter.styles))
