"""Training jobs: teaching and optimising run in a process of their own, at low priority, bounded in time.

The page's own process never imports torch; painting goes on, and the memory comes back when a job ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

import stylize
from stylize.callbacks import CancelCheck
from stylize.cpu import available_cores
from stylize.errors import TrainingError

COMMAND = (sys.executable, "-m", "stylize.training.tasks.page_worker")
ENVIRONMENT = {
    # This package, and nothing of the folder that the page was started in.
    "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(stylize.__file__).parents[1]), os.environ.get("PYTHONPATH")))),
    "PYTHONSAFEPATH": "1",
    # Freed memory is kept, and waiting threads sleep: on two cores teaching takes half the time, and painting goes
    # first.
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "OMP_WAIT_POLICY": "PASSIVE",
}
TRAINING_CONCURRENCY_ID = "training"  # of Gradio's queue: one job at a time
# Painting goes first: it gets ten times the share. At 19 it would get seventy times, and beside two busy cores a lesson
# would spend all of its time loading torch.
NICENESS = 10
IDLE_SECONDS = 90.0  # that a prepared process waits for a job
POLL_SECONDS = 0.25  # between two looks at whether the job is still wanted
ERROR_CHARACTERS = 2000  # of the process's standard error that are logged

Message = dict[str, Any]  # one line of JSON to or from the process

_log = logging.getLogger(__name__)


class TrainingJobs(Protocol):
    """Where a page's jobs are done: this module, or what stands for it."""

    def prepare(self) -> None:
        """Say that a job may be asked for soon."""

    def run(self, request: Message, seconds: float, cancelled: CancelCheck) -> Iterator[Message]:
        """Have a request done; yields its messages. Raises StylizeError."""


@cache
def is_available() -> bool:
    """Whether there is a torch to train with; it is not imported."""
    return importlib.util.find_spec("torch") is not None


class _Worker:
    """A process that waits for one request, on as many cores as painting leaves it."""

    def __init__(self) -> None:
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed by `stop`
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=os.environ | ENVIRONMENT,
        )
        if hasattr(os, "setpriority"):  # not on every system
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)
        self.lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=_read_lines, args=(self.process.stdout, self.lines), daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Kill it, whatever it does."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


class _WorkerPool:
    """Keeps at most one process ready for a job that is expected, and not for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: _Worker | None = None
        self._timer = threading.Timer(0, self.clear)
        self._active = 0

    def prepare(self) -> None:
        """Start a process for `IDLE_SECONDS`, unless a job runs: what comes next must queue anyway."""
        with self._lock:
            if self._active:
                return
            if self._idle is None or not self._idle.is_alive:
                self._idle = _Worker()
            self._timer.cancel()
            self._timer = threading.Timer(IDLE_SECONDS, self.clear)
            self._timer.daemon = True
            self._timer.start()

    def acquire(self) -> _Worker:
        """The idle process, or a new one; to be released."""
        with self._lock:
            self._active += 1
            worker, self._idle = self._idle, None
        if worker is not None and worker.is_alive:
            return worker
        if worker is not None:
            worker.stop()
        return _Worker()

    def release(self, worker: _Worker | None) -> None:
        """Stop a process that was acquired; None if none could be started."""
        with self._lock:
            self._active -= 1
        if worker is not None:
            worker.stop()

    def clear(self) -> None:
        """Stop the idle process, if there is one."""
        with self._lock:
            worker, self._idle = self._idle, None
        if worker is not None:
            worker.stop()


_pool = _WorkerPool()


def prepare() -> None:
    """Say that a job may be asked for soon: the seconds that torch takes to start pass while a visitor looks around."""
    if is_available():
        with contextlib.suppress(OSError):  # no process can be had now; `run` will say so
            _pool.prepare()


def run(request: Message, seconds: float, cancelled: CancelCheck) -> Iterator[Message]:
    """Have `stylize.training.tasks.page_worker` do a request; yields its messages as they come.

    Ends early, without an error, when `cancelled` answers True or after `seconds`. Close the iterator to stop.
    Raises TrainingError with a sentence for what went wrong.
    """
    if not is_available():
        raise TrainingError("Teaching and optimising need PyTorch, which is not installed here: pip install torch")
    deadline = time.monotonic() + seconds
    worker = None
    try:
        worker = _pool.acquire()
        _send(worker.process.stdin, {"threads": available_cores(), **request})
        while not cancelled() and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                line = worker.lines.get(timeout=POLL_SECONDS)
                if line is None:
                    break
                yield _checked(json.loads(line))
        else:
            return
        if worker.process.wait():
            raise OSError(f"status {worker.process.returncode}")
    except (OSError, ValueError) as error:  # it ended without a word: killed for its memory, or a bug
        _log.error("the training process failed (%s): %s", error, _last_errors(worker))
        raise TrainingError("The training process ended before the work was done; please try again.") from error
    finally:
        _pool.release(worker)


def _last_errors(worker: _Worker | None) -> str:
    if worker is None:
        return "it could not be started"
    worker.errors.seek(0)
    return worker.errors.read()[-ERROR_CHARACTERS:]


def _send(stream: IO[str] | None, request: Message) -> None:
    assert stream is not None
    stream.write(json.dumps(request) + "\n")
    stream.flush()


def _read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _checked(message: Message) -> Message:
    if "error" in message:
        raise TrainingError(message["error"])
    return message
