"""A duel: what a visitor has picked between paintings in two styles, and what follows from it.

The browser holds the picks and sends them whole with each request, so the server keeps none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from stylize.errors import OptionError
from stylize.ranking import TOP, Pick, Ranking, next_pair, rank
from stylize.styles import StyleRegistry
from stylize.web.share import ControlValues, from_kept

PICKS = 15  # after which the favourites are told: a knockout of sixteen; fewer if there are not so many pairs
MORE = 4  # picks that a visitor can add at a time
SHARES = (1.0, 0.0, 0.5)  # of a pick that the first style can have: it is liked better, the other is, or neither
MOST_CHARACTERS = 20_000  # of a state

Pair = tuple[str, str]  # ids of styles, in the order in which they are shown


@dataclass(frozen=True)
class DuelState:
    """`styles` are the ids to choose from, `picks` two of them and the share of the first (one of `SHARES`).

    `podium` has the ids of a link's favourites; with them nothing is asked. `look` is None until the first answer.
    """

    styles: tuple[str, ...]
    seed: int = 0
    picks: tuple[tuple[str, str, float], ...] = ()
    more: int = 0
    podium: tuple[str, ...] = ()
    look: ControlValues | None = None

    @property
    def wanted(self) -> int:
        """How many picks there will be before the favourites are told."""
        return min(PICKS + self.more, self._pairs)

    @property
    def may_go_on(self) -> bool:
        """Whether there will be pairs left to ask about."""
        return self.wanted < self._pairs

    @cached_property
    def pair(self) -> Pair | None:
        """What to ask next; None once the favourites are to be told."""
        if self.podium or len(self.picks) >= self.wanted:
            return None
        pair = next_pair(len(self.styles), self._numbered, self.seed)
        return pair and (self.styles[pair[0]], self.styles[pair[1]])

    @cached_property
    def ahead(self) -> dict[float, Pair]:
        """What to ask after each answer to `pair`, by the share of its first style."""
        if self.pair is None:
            return {}
        after = {share: replace(self, picks=(*self.picks, (*self.pair, share))).pair for share in SHARES}
        return {share: pair for share, pair in after.items() if pair}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All styles, the best first."""
        return tuple(self.styles[number] for number in self._ranking.order)

    @property
    def favourites(self) -> tuple[str, ...]:
        """The first `TOP` of the order, or those of a link; none while there is something to ask."""
        if self.pair:
            return ()
        return self.podium or self.order[:TOP]

    @property
    def needed(self) -> list[str]:
        """The styles whose paintings are on show now or may be next, the most urgent first."""
        pairs = [self.pair, *self.ahead.values()] if self.pair else []
        return list(dict.fromkeys([*(name for pair in pairs if pair for name in pair), *self.favourites]))

    def above_next(self, style: str) -> float | None:
        """The probability that a style of the order is better than the one after it; None for the last."""
        place = self.order.index(style)
        if place + 1 == len(self.order):
            return None
        first, second = (self.styles.index(name) for name in self.order[place : place + 2])
        return self._ranking.above(first, second)

    @property
    def _pairs(self) -> int:
        return len(self.styles) * (len(self.styles) - 1) // 2

    @cached_property
    def _numbered(self) -> list[Pick]:
        number = {name: place for place, name in enumerate(self.styles)}
        return [Pick(number[first], number[second], share) for first, second, share in self.picks]

    @cached_property
    def _ranking(self) -> Ranking:
        return rank(len(self.styles), self._numbered)


def read_state(text: str, styles: StyleRegistry) -> DuelState:
    """The state that a browser sends as JSON. Raises OptionError or StyleError for what is none of these styles'."""
    ids = tuple(style.id for style in styles)
    try:
        given = json.loads(text[: MOST_CHARACTERS + 1])
        picks = [(styles[first].id, styles[second].id, float(share)) for first, second, share in given["picks"]]
        podium = tuple(styles[name].id for name in given["podium"])[:TOP]
        look = from_kept(json.dumps(given["look"]), styles, ids[0])
        state = DuelState(ids, int(given["seed"]), tuple(picks), int(given["more"]), podium, look)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise OptionError("The picks of this duel cannot be read. Begin a new one.") from error
    fair = all(first != second and share in SHARES for first, second, share in picks)
    if not fair or state.seed < 0 or state.more < 0 or len(picks) > state._pairs:
        raise OptionError("The picks of this duel cannot be read. Begin a new one.")
    return state


def state_of_link(podium: tuple[str, ...], look: ControlValues) -> str:
    """The state, as the browser sends it, that shows the favourites of a link."""
    given: Mapping[str, object] = {"seed": 0, "picks": [], "more": 0, "podium": podium, "look": look}
    return json.dumps(given)
