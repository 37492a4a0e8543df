"""Teaching and optimising on the cluster: what a job says reaches the page, and what the page says reaches the job."""

import os
import signal
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from stylize.errors import ClusterError, TrainingError
from tests.cluster.conftest import WHY, until

ray = pytest.importorskip("ray", reason=WHY)

from ray import serve  # noqa: E402, needs Ray

from stylize.cluster import page_replica, remote_training  # noqa: E402
from stylize.cluster.remote_training import RemoteTraining  # noqa: E402
from stylize.cluster.trainer_replica import Trainer  # noqa: E402
from stylize.paths import MODELS  # noqa: E402
from stylize.web.services import training_jobs  # noqa: E402

NAME = "lessons"
# In place of torch: what the painting's file says, one message for each line. "wait" waits until nobody reads any more.
PROGRAM = """
import json, os, pathlib, sys
asked = json.loads(sys.stdin.readline())
for line in pathlib.Path(asked["paintings"][-1]).read_text().splitlines():
    if line == "wait":
        sys.stdin.read()
        os._exit(0)
    said = {"error": "it is blank"} if line == "fail" else {"vector": [asked["start"][0] + float(line)]}
    names = [pathlib.Path(path) for path in asked["paintings"]]
    about = {"asked": {**asked, "paintings": [path.name for path in names]}}
    print(json.dumps({**said, **about, "process": os.getpid(), "replica": os.getppid()}), flush=True)
"""


@pytest.fixture(scope="module")
def handle(entrance):
    class Program(Trainer):
        def __init__(self) -> None:
            super().__init__(None, 3)
            training_jobs.COMMAND = (sys.executable, "-c", PROGRAM)
            training_jobs.is_available = lambda: True

    options = {"num_cpus": 0}
    lessons = serve.deployment(Program, name="Trainer", ray_actor_options=options, **page_replica.TRAINER)
    return serve.run(lessons.bind(), name=NAME, route_prefix=None)


@pytest.fixture
def training(handle):
    return RemoteTraining(handle)


@pytest.fixture
def asked(tmp_path):
    """Makes a request with such a painting."""

    def asked(*lines: object) -> dict[str, object]:
        paintings = [tmp_path / "another.jpg", tmp_path / "a painting.png"]
        paintings[0].write_text("")
        paintings[1].write_text("\n".join(map(str, lines)))
        return {"task": "teach", "models": "the page's", "paintings": [*map(str, paintings)], "start": [1.0]}

    return asked


def test_a_replica_starts_for_a_job_and_its_messages_come(training, asked):
    assert not serve.status().applications[NAME].deployments["Trainer"].replica_states  # it costs nothing until then
    training.prepare()
    first, second = training.run(asked(0.5, 2), 60, lambda: False)
    assert (first["vector"], second["vector"]) == ([1.5], [3.0])
    names = ["paintings-0.jpg", "paintings-1.png"]
    expected = {"task": "teach", "models": str(MODELS), "paintings": names, "start": [1.0], "threads": 3}
    assert first["asked"] == expected


def test_cancelling_ends_the_process_and_the_next_job_begins(training, asked):
    unwanted = threading.Event()
    with closing(training.run(asked(1, "wait"), 60, unwanted.is_set)) as job:
        process = next(job)["process"]
        assert is_running(process)
        unwanted.set()
        assert not list(job)
    until(lambda: not is_running(process))
    assert len(list(training.run(asked(1), 60, lambda: False))) == 1


def test_what_went_wrong_is_told(training, asked):
    job = training.run(asked(1, "fail"), 60, lambda: False)
    next(job)
    with pytest.raises(TrainingError, match="it is blank"):
        next(job)


def test_when_its_replica_is_killed_another_goes_on_from_there(training, asked):
    request = asked(1, "wait")
    job = training.run(request, 60, lambda: False)
    first = next(job)
    Path(request["paintings"][1]).write_text("")  # only what was sent counts
    os.kill(first["replica"], signal.SIGKILL)
    second = next(job)
    assert second["replica"] != first["replica"]
    assert second["vector"] == [3.0]
    job.close()


def test_without_a_free_machine_a_job_is_refused_in_time(monkeypatch):
    class Nobody:
        def options(self, **_):
            return self

        train = property(lambda self: self)

        def remote(self, _):
            return self

        def __iter__(self):
            cancelled.wait(60)
            return iter(())

        def cancel(self):
            cancelled.set()

    cancelled = threading.Event()
    monkeypatch.setattr(remote_training, "START_SECONDS", 0.01)
    with pytest.raises(ClusterError, match="No machine is free to learn now"):
        next(RemoteTraining(Nobody()).run({}, 60, lambda: False))
    assert cancelled.is_set()


def is_running(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
