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
from stylize.errors import TrainingError
from stylize.network import available_cores

COMMAND = (sys.executable, "-m", "stylize.training.apprentice")
# Freed memory is kept, and threads that wait sleep: on two cores a lesson takes half the time, and painting goes first.
FAST = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "OMP_WAIT_POLICY": "PASSIVE"}
HEAVY = "heavy"  # the concurrency_id of the slow work: one at a time
GLANCE = 0.25  # seconds between two looks at whether anybody still waits
TAIL = 2000  # characters of what the process complained about that are logged

Line = dict[str, Any]

log = logging.getLogger(__name__)


@cache
def is_open() -> bool:
    """Whether there is a torch to work with; it is not imported."""
    return importlib.util.find_spec("torch") is not None


def work(request: Line, seconds: float, cancelled: Callable[[], bool]) -> Iterator[Line]:
    """Have `stylize.training.apprentice` do a request; yields its lines as they come.

    Ends early, without an error, when `cancelled` answers True or after `seconds`. Close the iterator to stop.
    Raises TrainingError with a sentence for what went wrong.
    """
    if not is_open():
        raise TrainingError("Teaching and optimising need PyTorch, which is not installed here: pip install torch")
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            COMMAND,
            cwd=Path(stylize.__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=os.environ | FAST,
        )
        said: queue.Queue[str | None] = queue.Queue()
        listener = threading.Thread(target=_listen, args=(process.stdout, said), daemon=True)
        try:
            _tell(process.stdin, {**request, "threads": available_cores()})
            listener.start()
            while not cancelled() and time.monotonic() < deadline:
                with contextlib.suppress(queue.Empty):
                    line = said.get(timeout=GLANCE)
                    if line is None:
                        break
                    yield _checked(json.loads(line))
            else:
                return
            if process.wait():
                raise OSError(f"status {process.returncode}")
        except (OSError, ValueError) as error:  # it ended without a word: killed for its memory, or a bug
            complaints.seek(0)
            log.error("the workshop failed (%s): %s", error, complaints.read()[-TAIL:])
            raise TrainingError("The workshop closed before the work was done; please try again.") from error
        finally:
            process.kill()
            process.wait()
            if listener.ident is not None:
                listener.join()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]


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
