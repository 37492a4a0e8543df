"""Tasks are done once each, whatever becomes of their workers."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.cluster.conftest import CORES, WHY, until

ray = pytest.importorskip("ray", reason=WHY)

from stylize.cluster.spread import ATTEMPTS, places, spread  # noqa: E402, needs Ray

pytestmark = pytest.mark.usefixtures("cluster")


def finished(function, tasks):
    ends = [end for end in spread(function, tasks) if end is not None]
    assert sorted(end.number for end in ends) == list(range(len(tasks)))
    return {end.number: end for end in ends}


def test_a_killed_worker_repeats_only_what_it_had_not_finished(tmp_path):
    def work(name: str) -> int:
        begun = Path(name)
        with begun.open("a") as file:
            file.write("begun\n")
        if begun.name == "2" and len(begun.read_text().splitlines()) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    names = [str(tmp_path / str(number)) for number in range(6)]
    ends = finished(work, names)
    assert [ends[number].attempts for number in range(6)] == [1, 1, 2, 1, 1, 1]
    assert all(end.result and not end.reason for end in ends.values())
    assert [len(Path(name).read_text().splitlines()) for name in names] == [1, 1, 2, 1, 1, 1]


def test_a_task_that_kills_every_worker_is_given_up_and_the_others_are_done(tmp_path):
    def work(number: int) -> int:
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    ends = finished(work, [0, 1, 2])
    assert ends[1].result is None
    assert f"ended {ATTEMPTS} times" in ends[1].reason
    assert [ends[number].result for number in (0, 2)] == [0, 2]


def test_what_raises_is_told_and_not_repeated():
    def work(number: int) -> float:
        return 1 / number

    ends = finished(work, [0, 1])
    assert ends[0].attempts == 1
    assert ends[0].reason == "ZeroDivisionError: division by zero"
    assert ends[1].result == 1


def ignore_interrupts(number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in what a script starts in the background
    threading.Event().wait(0.2)  # meanwhile another worker takes the next one


@pytest.mark.parametrize("is_background", [False, True])
def test_what_runs_is_interrupted_and_waited_for_when_nobody_wants_more(tmp_path, monkeypatch, is_background):
    monkeypatch.setattr("stylize.cluster.spread.STOP_SECONDS", 60.0)  # a machine that is busy tells its workers late
    if is_background:
        finished(ignore_interrupts, range(4 * CORES))

    def work(name: str) -> None:
        Path(name).touch()
        try:
            while True:
                threading.Event().wait(0.01)
        finally:
            Path(name).unlink()

    ends = spread(work, [str(tmp_path / str(number)) for number in range(6)])
    until(lambda: next(ends) is None and len(list(tmp_path.iterdir())) == CORES)
    ends.close()
    assert not list(tmp_path.iterdir())


def test_places_are_counted_machine_by_machine(monkeypatch):
    machines = [({"CPU": 1.0}, True), ({"CPU": 1.0}, True), ({"CPU": 8.0, "GPU": 8.0}, False)]
    nodes = [{"Resources": resources, "Alive": alive} for resources, alive in machines]
    monkeypatch.setattr(ray, "nodes", lambda: nodes)
    assert places(1, 0) == 2
    assert places(0.5, 0) == 4
    assert places(2, 0) == 1  # no machine has two cores: one call is handed over, for a cluster may grow
    assert places(1, 1) == 1
