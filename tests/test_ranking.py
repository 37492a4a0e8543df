"""The order that picks between two tell."""

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stylize.ranking import PRIOR_DEVIATION, Pick, next_pair, rank

SIXTEEN, KNOCKOUT = 16, 15
Answer = Callable[[int, int], float]  # of two things by number: the share of the first


def picks_of(count: int, length: int, answer: Answer, seed: int = 0) -> list[Pick]:
    """What somebody picks who is asked by `next_pair`."""
    picks: list[Pick] = []
    while len(picks) < length and (pair := next_pair(count, picks, seed)):
        picks.append(Pick(*pair, answer(*pair)))
    return picks


def test_nothing_is_known_before_the_first_pick() -> None:
    ranking = rank(3, [])
    assert np.allclose(ranking.mean, 0)
    assert np.allclose(ranking.covariance, np.eye(3) * PRIOR_DEVIATION**2)
    assert ranking.above(0, 2) == 0.5
    assert ranking.order == [0, 1, 2]


def test_the_mean_is_where_the_posterior_is_highest_and_the_covariance_its_curvature() -> None:
    """Against the derivatives of the posterior, taken by differences."""
    picks = [Pick(0, 1, 1), Pick(0, 1, 1), Pick(1, 2, 0.5), Pick(2, 0, 0)]

    def height(strengths: np.ndarray) -> float:
        told = 0.0
        for pick in picks:
            win = 1 / (1 + math.exp(strengths[pick.second] - strengths[pick.first]))
            told += pick.share * math.log(win) + (1 - pick.share) * math.log(1 - win)
        return told - float(strengths @ strengths) / 2 / PRIOR_DEVIATION**2

    ranking = rank(3, picks)
    step = 1e-3 * np.eye(3)
    slope = [(height(ranking.mean + d) - height(ranking.mean - d)) / 2e-3 for d in step]
    assert np.allclose(slope, 0, atol=1e-6)
    curvature = [
        [sum(s * t * height(ranking.mean + s * d + t * e) for s in (1, -1) for t in (1, -1)) / 4e-6 for e in step]
        for d in step
    ]
    assert np.allclose(np.linalg.inv(-np.array(curvature)), ranking.covariance, rtol=1e-3)


@settings(max_examples=40)
@given(some.lists(some.tuples(some.permutations(range(4)), some.sampled_from([0, 0.5, 1])), max_size=8))
def test_names_and_sides_do_not_matter(answers: list[tuple[list[int], float]]) -> None:
    picks = [Pick(first, second, share) for (first, second, *_), share in answers]
    ranking = rank(4, picks)
    turned = rank(4, [Pick(pick.second, pick.first, 1 - pick.share) for pick in picks])
    assert np.allclose(turned.mean, ranking.mean)
    renamed = rank(4, [Pick(3 - pick.first, 3 - pick.second, pick.share) for pick in picks])
    assert np.allclose(renamed.mean[::-1], ranking.mean)
    for first, second in combinations(range(4), 2):
        assert ranking.above(first, second) + ranking.above(second, first) == pytest.approx(1)


def test_each_pick_makes_it_surer_and_a_tie_makes_it_even() -> None:
    chances = [rank(2, [Pick(0, 1, 1)] * length).above(0, 1) for length in (0, 1, 2, 5, 50)]
    assert chances == sorted(chances)
    assert 0.7 < chances[1] < 0.9
    assert chances[-1] > 0.99
    assert rank(2, [Pick(0, 1, 0.5)]).above(0, 1) == pytest.approx(0.5)
    assert rank(2, [Pick(0, 1, 1), Pick(1, 0, 1)]).above(0, 1) == pytest.approx(0.5)


def test_a_known_order_is_found() -> None:
    known = list(np.random.default_rng(3).permutation(8))
    picks = picks_of(8, 28, lambda first, second: float(known.index(first) < known.index(second)))
    assert len(picks) == 28  # every pair
    assert rank(8, picks).order == known


def test_every_thing_is_seen_early_and_no_pair_twice() -> None:
    for count in (2, 3, 5, 16):
        picks = picks_of(count, 30, lambda first, second: 0.5, seed=count)
        pairs = [frozenset((pick.first, pick.second)) for pick in picks]
        assert len(set(pairs)) == len(pairs) == min(30, count * (count - 1) // 2)
        assert set().union(*pairs[: math.ceil(count / 2)]) == set(range(count))


def test_the_first_pairs_do_not_depend_on_the_answers() -> None:
    """So that they can be painted before anybody has answered."""
    left, right = (picks_of(16, 8, lambda first, second, share=share: share, seed=5) for share in (0.0, 1.0))
    assert [(one.first, one.second) for one in left] == [(one.first, one.second) for one in right]


def test_a_seed_decides_everything() -> None:
    assert picks_of(16, 14, lambda first, second: 1.0, 7) == picks_of(16, 14, lambda first, second: 1.0, 7)
    assert picks_of(16, 14, lambda first, second: 1.0, 7) != picks_of(16, 14, lambda first, second: 1.0, 8)


def test_what_won_is_asked_about_and_not_what_lost() -> None:
    picks = picks_of(16, 12, lambda first, second: 1.0)
    losers = {pick.second for pick in picks[:8]}
    assert not losers & {number for pick in picks[8:] for number in (pick.first, pick.second)}


def share_that_finds_the_best(visitors: int, picks: int, exact: bool) -> tuple[float, float]:
    """Of simulated visitors with sixteen styles: how often the one they like best comes first, and in the top three.

    Their strengths are as spread as the prior. Who is exact picks the stronger each time, others by the model's chance.
    """
    first_of_all = in_top = 0
    for seed in range(visitors):
        random = np.random.default_rng(seed)
        strengths = random.normal(0, PRIOR_DEVIATION, SIXTEEN)

        def answer(first: int, second: int, strengths=strengths, random=random) -> float:
            win = 1 / (1 + math.exp(strengths[second] - strengths[first]))
            return float(win > 0.5 if exact else random.random() < win)

        order = rank(SIXTEEN, picks_of(SIXTEEN, picks, answer, seed)).order
        best = int(np.argmax(strengths))
        first_of_all += best == order[0]
        in_top += best in order[:3]
    return first_of_all / visitors, in_top / visitors


def test_a_knockout_of_sixteen_finds_the_best() -> None:
    """Of 300 visitors who pick what they like better 99.7%, of those who err as the model does 54%; by chance 6%.

    In the top three it is for 100% and 75%. Twelve picks find 56% and 38%: four things are left that never met.
    """
    found, in_top = share_that_finds_the_best(40, KNOCKOUT, exact=True)
    assert found > 0.9
    assert in_top > 0.95
    found, in_top = share_that_finds_the_best(40, KNOCKOUT, exact=False)
    assert found > 0.4
    assert in_top > 0.55


@pytest.mark.parametrize("pick", [Pick(0, 0, 1), Pick(0, 3, 1), Pick(-1, 2, 1)])
def test_a_pick_of_nothing_is_refused(pick: Pick) -> None:
    with pytest.raises(ValueError, match="no pick between two of 3 things"):
        rank(3, [pick])
