"""Tasks spread over a cluster: as many at once as there are places, each until it is done."""

from __future__ import annotations

import functools
import signal
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

ATTEMPTS = 3  # of a task whose worker is killed or whose machine is lost
AHEAD = 2  # tasks handed over for each place: the next one is there when a worker is free, and a cluster can grow
POLL_SECONDS = 0.5  # after which the caller hears that nothing has finished
STOP_SECONDS = 30.0  # that interrupted tasks are waited for

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Finished(Generic[Result]):
    """A task that is over: its number, counted from 0, and its result, or None and the reason why there is none."""

    number: int
    result: Result | None
    attempts: int
    reason: str = ""


def spread(
    function: Callable[[Task], Result], tasks: Sequence[Task], cpus: float = 1, gpus: float = 0
) -> Generator[Finished[Result] | None, None, None]:
    """Call `function` with every task on the cluster; yields each as it ends, and None now and then meanwhile.

    `cpus` and `gpus` are what one call needs. A task whose worker is killed is begun again, twice at most; one whose
    function raises is not. Close the iterator to begin no more and to interrupt what runs, which is waited for. Needs a
    connection (`connected`).
    """
    remote = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(_interruptible(function))
    waiting = deque((number, 1) for number in range(len(tasks)))
    running: dict[Any, tuple[int, int]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < AHEAD * places(cpus, gpus):
                number, attempt = waiting.popleft()
                running[remote.remote(tasks[number])] = (number, attempt)
            ended, _ = ray.wait(list(running), timeout=POLL_SECONDS)
            if not ended:
                yield None
            for reference in ended:
                number, attempt = running.pop(reference)
                try:
                    yield Finished(number, ray.get(reference), attempt)
                except RayTaskError as error:
                    yield Finished(number, None, attempt, _reason(error.cause or error))
                except RayError as error:  # the worker was killed, its machine is lost
                    if attempt < ATTEMPTS:
                        waiting.appendleft((number, attempt + 1))
                    else:
                        yield Finished(number, None, attempt, f"its worker ended {attempt} times ({_reason(error)})")
    finally:
        if running and ray.is_initialized():  # without a connection, Ray would start a cluster now
            for reference in running:
                ray.cancel(reference)
            ray.wait(list(running), num_returns=len(running), timeout=STOP_SECONDS)


def _interruptible(function: Callable[[Task], Result]) -> Callable[[Task], Result]:
    """The same, which Ray can interrupt: a cluster that a script started in the background ignores that signal."""

    @functools.wraps(function)
    def call(task: Task) -> Result:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return function(task)

    return call


def places(cpus: float, gpus: float) -> int:
    """How many calls that need this much run at once on the cluster as it is now; 1 if it has no room for any."""
    count = 0
    for node in ray.nodes():
        has = node["Resources"] if node["Alive"] else {}
        count += int(min(has.get("CPU", 0) / cpus, has.get("GPU", 0) / gpus if gpus else float("inf")))
    return max(1, count)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
