"""Training jobs in a process of their own, which here is a few lines of Python."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stylize import Style
from stylize.cpu import available_cores
from stylize.errors import TrainingError
from stylize.paths import MODELS
from stylize.web.services import training_jobs


def wanted() -> bool:
    """A CancelCheck that never cancels."""
    return False


ECHO = "print(json.dumps({'process': os.getpid(), 'asked': sys.stdin.readline()}), flush=True)"

WorkerCode = Callable[[str], None]


def test_a_job_is_told_what_is_asked_and_answers(worker_code: WorkerCode) -> None:
    worker_code("print(json.dumps({'asked': json.loads(sys.stdin.readline())}), flush=True)")
    (message,) = training_jobs.run({"task": "teach"}, 60, wanted)
    assert message == {"asked": {"task": "teach", "threads": available_cores()}}


def test_a_job_that_was_expected_is_done_by_the_prepared_process(worker_code: WorkerCode) -> None:
    worker_code(ECHO)
    training_jobs.prepare()
    idle = training_jobs._pool._idle
    assert idle is not None
    training_jobs.prepare()
    assert training_jobs._pool._idle is idle
    assert os.getpriority(os.PRIO_PROCESS, idle.process.pid) == training_jobs.NICENESS
    (message,) = training_jobs.run({"task": "teach"}, 60, wanted)
    assert message["process"] == idle.process.pid
    assert json.loads(message["asked"])["task"] == "teach"
    assert not idle.is_alive
    (message,) = training_jobs.run({}, 60, wanted)  # and the next one by a new one
    assert message["process"] != idle.process.pid


def test_a_prepared_process_that_died_is_replaced(worker_code: WorkerCode) -> None:
    worker_code(ECHO)
    training_jobs.prepare()
    dead = training_jobs._pool._idle
    assert dead is not None
    dead.process.kill()
    dead.process.wait()
    (message,) = training_jobs.run({}, 60, wanted)
    assert message["process"] != dead.process.pid


def test_a_prepared_process_does_not_wait_for_ever(worker_code: WorkerCode, monkeypatch: pytest.MonkeyPatch) -> None:
    worker_code(ECHO)
    monkeypatch.setattr(training_jobs, "IDLE_SECONDS", 0.05)
    training_jobs.prepare()
    idle = training_jobs._pool._idle
    training_jobs._pool._timer.join(10)
    assert idle is not None
    assert not idle.is_alive


def test_no_process_is_prepared_while_a_job_runs(worker_code: WorkerCode) -> None:
    worker_code(ECHO)
    for _ in training_jobs.run({}, 60, wanted):
        training_jobs.prepare()
        assert training_jobs._pool._idle is None


@pytest.mark.parametrize("seconds", [60, 0.6])
def test_a_job_ends_when_it_is_cancelled_or_its_time_is_up(worker_code: WorkerCode, seconds: float) -> None:
    worker_code("print(json.dumps({'process': os.getpid()}), flush=True)\ntime.sleep(600)")
    messages: list[Any] = []
    for message in training_jobs.run({}, seconds, lambda: seconds > 1 and bool(messages)):
        messages.append(message)
    for message in messages:  # there may be none within the shorter time
        assert not Path(f"/proc/{message['process']}/cmdline").exists()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("print(json.dumps({'error': 'Too blank.'}))", "Too blank."), ("os._exit(9)", "try again"), ("print('?')", "try")],
)
def test_a_job_says_what_went_wrong(worker_code: WorkerCode, code: str, sentence: str) -> None:
    worker_code(code)
    with pytest.raises(TrainingError, match=sentence):
        list(training_jobs.run({}, 60, wanted))


def test_training_ends_with_the_page(own_style: Style, beach: str) -> None:
    pytest.importorskip("torch")
    job = {"task": "teach", "paintings": [beach], "start": own_style.vector.tolist(), "steps": 100_000, "threads": 1}
    job["models"] = str(MODELS)
    with subprocess.Popen(training_jobs.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as worker:
        worker.communicate(json.dumps(job).encode() + b"\n", timeout=120)  # and closes the pipe, as a page that is gone
        assert worker.returncode == 0
