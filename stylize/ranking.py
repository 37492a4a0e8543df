"""What somebody likes best of several things, from picks between two: how sure the order is, and what to ask next.

The model is Bradley and Terry's (1952, Biometrika 39): a thing of strength s is picked before one of strength t with
probability 1 / (1 + exp(t - s)). Strengths have a Gaussian prior. Their posterior is taken as Gaussian, too (Laplace's
method): its mean is where the posterior is highest, found by Newton's method, its covariance the inverse of the Hessian
there. A tie counts as half a pick for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PRIOR_DEVIATION = 2.0  # of strengths: of two things 2.2 apart one is picked nine times in ten
PLACES = (3.0, 1.0, 1.0)  # that `next_pair` asks about, and their weights: what is best of all matters most
TOP = len(PLACES)
_SAMPLES = 512  # of the posterior
_NEWTON_STEPS, _CONVERGED = 100, 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """One answer: two things by number, and the share of the pick that `first` has: 1, 0, or 0.5 for a tie."""

    first: int
    second: int
    share: float


@dataclass(frozen=True)
class Ranking:
    """The posterior of the strengths: mean [n] and covariance [n, n]."""

    mean: Floats
    covariance: Floats

    @property
    def order(self) -> list[int]:
        """The things by number, the best first; of equal ones the lower number."""
        return [int(number) for number in np.argsort(-self.mean, kind="stable")]

    def above(self, first: int, second: int) -> float:
        """The probability that `first` is better than `second`, another one."""
        variances = self.covariance[first, first] + self.covariance[second, second]
        deviation = math.sqrt(variances - 2 * self.covariance[first, second])
        return 0.5 * (1 + math.erf((self.mean[first] - self.mean[second]) / deviation / math.sqrt(2)))


def rank(count: int, picks: Sequence[Pick]) -> Ranking:
    """The ranking of `count` things after these picks. Raises ValueError for a pick that is not between two of them."""
    for pick in picks:
        if pick.first == pick.second or not (0 <= pick.first < count and 0 <= pick.second < count):
            raise ValueError(f"{pick} is no pick between two of {count} things.")
    ahead = np.zeros((len(picks), count))  # times the strengths: how far the first of each pick is ahead of the second
    for row, pick in enumerate(picks):
        ahead[row, pick.first], ahead[row, pick.second] = 1, -1
    shares = np.array([pick.share for pick in picks], float)
    precision = np.eye(count) / PRIOR_DEVIATION**2
    mean = np.zeros(count)
    for _ in range(_NEWTON_STEPS):
        expected = _logistic(ahead @ mean)
        hessian = precision + ahead.T @ (ahead * (expected * (1 - expected))[:, None])
        step = np.linalg.solve(hessian, ahead.T @ (shares - expected) - precision @ mean)
        longest = float(np.abs(step).max(initial=0))
        mean = mean + step / max(1.0, longest)  # where the logistic is flat, a whole step goes too far
        if longest < _CONVERGED:
            break
    return Ranking(mean, np.asarray(np.linalg.inv(hessian), np.float64))


def next_pair(count: int, picks: Sequence[Pick], seed: int) -> tuple[int, int] | None:
    """The pair to ask for next, in the order in which to show it; None once every pair has been picked from.

    Things that nobody has seen come first, in an order that only `seed` decides. Then it is the pair whose answer tells
    most about which thing stands in each of the places, as they weigh in `PLACES`. Raises ValueError as `rank`.
    """
    asked = {frozenset((pick.first, pick.second)) for pick in picks}
    pairs = [pair for pair in combinations(range(count), 2) if frozenset(pair) not in asked]
    if not pairs:
        return None
    seen = {number for pair in asked for number in pair}
    unseen = [int(number) for number in np.random.default_rng(seed).permutation(count) if number not in seen]
    if len(unseen) > 1:
        return unseen[0], unseen[1]
    if unseen:
        pairs = [pair for pair in pairs if unseen[0] in pair]
    random = np.random.default_rng([seed, len(picks)])
    first, second = pairs[int(np.argmax(_information(rank(count, picks), pairs, random)))]
    return (first, second) if random.random() < 0.5 else (second, first)


def _information(ranking: Ranking, pairs: Sequence[tuple[int, int]], random: np.random.Generator) -> Floats:
    """For each pair, what its answer is expected to tell about who stands in each of the `PLACES`, weighted nats.

    The entropy of each place falls from that among samples of the posterior to that among the same samples, weighted
    by how likely each makes the answer; the fall is averaged over both answers and summed, by weight, over the places.
    """
    samples = random.multivariate_normal(ranking.mean, ranking.covariance, _SAMPLES, method="cholesky")
    best = np.argsort(-samples, axis=1)[:, :TOP]
    count = len(ranking.mean)
    places = (best[:, :, None] == np.arange(count)).reshape(_SAMPLES, -1).astype(float)
    weights = np.repeat(PLACES[: best.shape[1]], count)
    first, second = np.array(pairs).T
    wins = _logistic(samples[:, first] - samples[:, second])  # [samples, pairs]
    told = np.zeros(len(pairs))
    for likely in (wins, 1 - wins):
        total = likely.sum(axis=0)
        told += total / _SAMPLES * _entropy(likely.T @ places / total[:, None], weights)
    return _entropy(places.mean(axis=0), weights) - told


def _entropy(chances: Floats, weights: Floats) -> Floats:
    """The weighted sum of -p log p over the last axis."""
    return np.asarray(-(weights * chances * np.log(np.maximum(chances, 1e-300))).sum(axis=-1))


def _logistic(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(values / 2)))
