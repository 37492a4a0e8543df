"""The manifest: a line of JSON for each file that was painted or could not be, written as it happens."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from stylize.cluster.store import Store
from stylize.errors import ClusterError

try:
    import fcntl
except ImportError:  # Windows: two calls at once are not noticed there
    fcntl = None  # type: ignore[assignment]

NAME = "manifest.jsonl"
KEEP_SECONDS = 30.0  # at least, between two times that a store gets the manifest


class Manifest:
    """A file of lines, to which one call at a time adds. `known` are the outputs that have a line already.

    `added` is called after each line.
    """

    def __init__(self, file: IO[bytes], added: Callable[[], object] = lambda: None) -> None:
        self._file, self._added = file, added
        self.known = {str(line["output"]) for line in _whole_lines(file) if line["status"] != "failed"}

    def add(self, **line: Any) -> None:
        """Add a line: `output` and `status`, and whatever else is to be told."""
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
        self._file.flush()
        self._added()


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


@contextlib.contextmanager
def open_stored_manifest(store: Store) -> Iterator[Manifest]:
    """As `open_manifest` for a folder of a store, but that nobody notices another call.

    A store takes whole files, so it gets the manifest now and then and at the end: a call that is killed loses the last
    lines.
    """
    path = Path(NAME)
    with tempfile.TemporaryDirectory(prefix="stylize-") as folder:
        copy = Path(folder) / NAME
        if store.version(path) is None:
            copy.touch()
            store.put(copy, path)  # nothing is painted that could not be written
        else:
            store.fetch(path, copy)
        keeper = _Keeper(store, path, copy)
        with copy.open("a+b") as file:
            try:
                yield Manifest(file, keeper.added)
            finally:
                keeper.keep()


class _Keeper:
    """Brings the copy of a file to its store when something was added, and spends a twentieth of the time on that."""

    def __init__(self, store: Store, path: Path, copy: Path) -> None:
        self._put = partial(store.put, copy, path)
        self._is_kept, self._due = True, time.monotonic() + KEEP_SECONDS

    def added(self) -> None:
        """Something was added to the copy."""
        self._is_kept = False
        if time.monotonic() >= self._due:
            self.keep()

    def keep(self) -> None:
        """Bring it to the store if it is not there. Raises ClusterError."""
        if not self._is_kept:
            begun = time.monotonic()
            self._put()
            ended = time.monotonic()
            self._is_kept, self._due = True, ended + max(KEEP_SECONDS, 20 * (ended - begun))


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
