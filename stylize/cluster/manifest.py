"""The manifest: a line of JSON for each file that was painted or could not be, written as it happens."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from stylize.errors import ClusterError

try:
    import fcntl
except ImportError:  # Windows: two calls at once are not noticed there
    fcntl = None  # type: ignore[assignment]

NAME = "manifest.jsonl"


class Manifest:
    """A file of lines, to which one call at a time adds. `known` are the outputs that have a line already."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.known = {str(line["output"]) for line in _whole_lines(file) if line["status"] != "failed"}

    def add(self, **line: Any) -> None:
        """Add a line: `output` and `status`, and whatever else is to be told."""
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
        self._file.flush()


@contextlib.contextmanager
def open_manifest(folder: Path) -> Iterator[Manifest]:
    """The manifest of `folder`, which is made if needed; what is in it stays.

    Raises ClusterError while another call has it open, or if it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / NAME).open("a+b")
    except OSError as error:
        raise ClusterError(f"{folder / NAME} cannot be written ({error.strerror}).") from error
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ClusterError(f"Another call is painting into {folder}; wait for it, or stop it.") from error
            except OSError:  # a file system without locks
                pass
        yield Manifest(file)


def _whole_lines(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What the file holds. A last line that a killed process left half is cut off."""
    file.seek(0)
    end = 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        end += len(line)
        with contextlib.suppress(ValueError, TypeError, KeyError):
            found = json.loads(line)
            yield {"output": found["output"], "status": found["status"]}
    file.truncate(end)
    file.seek(0, os.SEEK_END)
