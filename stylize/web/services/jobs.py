"""Where the slow work is done: teaching and optimising run in a process of their own, at low priority, bounded in time.

The page's own process never imports torch; painting goes on, and the memory comes back when the work ends.
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
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

import stylize
from stylize.cpu import available_cores
from stylize.errors import TrainingError

COMMAND = (sys.executable, "-m", "stylize.training.tasks.worker")
# This package, and nothing of the folder that the page was started in.
IMPORTS = {
    "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(stylize.__file__).parents[1]), os.environ.get("PYTHONPATH")))),
    "PYTHONSAFEPATH": "1",
}
# Freed memory is kept, and threads that wait sleep: on two cores a lesson takes half the time, and painting goes first.
FAST = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "OMP_WAIT_POLICY": "PASSIVE"}
HEAVY = "heavy"  # the concurrency_id of the slow work: one at a time
NICENESS = 19  # painting goes first
SPARE_FOR = 90.0  # seconds that a process waits for work that was expected
GLANCE = 0.25  # seconds between two looks at whether anybody still waits
TAIL = 2000  # characters of what the process complained about that are logged

Line = dict[str, Any]

log = logging.getLogger(__name__)


@cache
def is_open() -> bool:
    """Whether there is a torch to work with; it is not imported."""
    return importlib.util.find_spec("torch") is not None


class _Worker:
    """A process that waits for one request, on as many cores as painting leaves it."""

    def __init__(self) -> None:
        self.complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed by `end`
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
            env=os.environ | FAST | IMPORTS,
        )
        with contextlib.suppress(AttributeError, OSError):  # not on every system
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)
        self.said: queue.Queue[str | None] = queue.Queue()
        self._listener = threading.Thread(target=_listen, args=(self.process.stdout, self.said), daemon=True)
        self._listener.start()

    @property
    def waits(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """Stop it, whatever it does."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for stream in (self.process.stdin, self.process.stdout, self.complaints):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


class _Bench:
    """Where a process may wait for work that is expected: one at most, and not for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: _Worker | None = None
        self._timer = threading.Timer(0, self.clear)
        self._busy = 0

    def expect(self) -> None:
        """Have a process wait for `SPARE_FOR` seconds, unless others are at work: what comes next must queue anyway."""
        with self._lock:
            if self._busy:
                return
            if self._spare is None or not self._spare.waits:
                self._spare = _Worker()
            self._timer.cancel()
            self._timer = threading.Timer(SPARE_FOR, self.clear)
            self._timer.daemon = True
            self._timer.start()

    def take(self) -> _Worker:
        """The process that waits, or a new one; to be given back."""
        with self._lock:
            self._busy += 1
            worker, self._spare = self._spare, None
        if worker is not None and worker.waits:
            return worker
        if worker is not None:
            worker.end()
        return _Worker()

    def give_back(self, worker: _Worker | None) -> None:
        """End a process that was taken; None if there was none to take."""
        with self._lock:
            self._busy -= 1
        if worker is not None:
            worker.end()

    def clear(self) -> None:
        """End the process that waits, if there is one."""
        with self._lock:
            worker, self._spare = self._spare, None
        if worker is not None:
            worker.end()


_bench = _Bench()


def expect() -> None:
    """Say that work may be asked for soon: the seconds that torch takes to start pass while a visitor looks around."""
    if is_open():
        with contextlib.suppress(OSError):  # no process can be had now; `work` will say so
            _bench.expect()


def work(request: Line, seconds: float, cancelled: Callable[[], bool]) -> Iterator[Line]:
    """Have `stylize.training.tasks.worker` do a request; yields its lines as they come.

    Ends early, without an error, when `cancelled` answers True or after `seconds`. Close the iterator to stop.
    Raises TrainingError with a sentence for what went wrong.
    """
    if not is_open():
        raise TrainingError("Teaching and optimising need PyTorch, which is not installed here: pip install torch")
    deadline = time.monotonic() + seconds
    worker = None
    try:
        worker = _bench.take()
        _tell(worker.process.stdin, {**request, "threads": available_cores()})
        while not cancelled() and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                line = worker.said.get(timeout=GLANCE)
                if line is None:
                    break
                yield _checked(json.loads(line))
        else:
            return
        if worker.process.wait():
            raise OSError(f"status {worker.process.returncode}")
    except (OSError, ValueError) as error:  # it ended without a word: killed for its memory, or a bug
        log.error("the workshop failed (%s): %s", error, _last_words(worker))
        raise TrainingError("The workshop closed before the work was done; please try again.") from error
    finally:
        _bench.give_back(worker)


def _last_words(worker: _Worker | None) -> str:
    if worker is None:
        return "it could not be started"
    worker.complaints.seek(0)
    return worker.complaints.read()[-TAIL:]


def _tell(stream: IO[str] | None, request: Line) -> None:
    assert stream is not None
    stream.write(json.dumps(request) + "\n")
    stream.flush()


def _listen(stream: IO[str], said: queue.Queue[str | None]) -> None:
    for line in stream:
        said.put(line)
    said.put(None)


def _checked(line: Line) -> Line:
    if "error" in line:
        raise TrainingError(line["error"])
    return line
