"""How far long tasks are: workers tell it, the caller asks."""

from __future__ import annotations

import contextlib
from typing import Any

import ray
from ray.exceptions import RayError


class Progress:
    """Can be sent to workers. Its numbers live in a process of their own on the cluster. Needs a connection."""

    def __init__(self) -> None:
        self._actor: Any = ray.remote(num_cpus=0)(_Shares).remote()

    def tell(self, number: int, share: float) -> None:
        """The task of this number is done to this share, 0..1; what is finished is forgotten. Does not wait."""
        self._actor.tell.remote(number, share)

    def total(self) -> float:
        """The sum of the shares of all tasks that are under way; 0 if they cannot be had."""
        with contextlib.suppress(RayError):
            return float(ray.get(self._actor.total.remote()))
        return 0.0


class _Shares:
    def __init__(self) -> None:
        self._shares: dict[int, float] = {}

    def tell(self, number: int, share: float) -> None:
        if share < 1:
            self._shares[number] = share
        else:
            self._shares.pop(number, None)

    def total(self) -> float:
        return sum(self._shares.values())
