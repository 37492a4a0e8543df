"""What a worker of a cluster does for `stylize paint --ray`: it paints one output, and reads and writes for itself."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from stylize import imaging
from stylize.callbacks import ProgressCallback
from stylize.cli.batch import paint_file, sentence_of
from stylize.cli.output_plan import Input
from stylize.cluster.progress import Progress
from stylize.cluster.store import Store, StoreVersion
from stylize.errors import ClusterError
from stylize.imaging import Picture
from stylize.options import PaintOptions
from stylize.stylizer import Stylizer

TELL_SECONDS = 1.0  # between two times that a worker tells how far a film is

Version = tuple[int, int, int] | StoreVersion  # of a file: inode, time and size; None if there is none

_stylizer = lru_cache(maxsize=1)(Stylizer)  # of a worker's process, which paints one file after another


@dataclass(frozen=True)
class Workers:
    """What every worker of the cluster at `address` paints with: the arguments of its Stylizer."""

    address: str
    models: Path | None = None
    device: str | None = None
    threads: int = 1

    @property
    def gpus(self) -> int:
        """GPUs, as Ray counts them, that one worker needs."""
        return int(self.device == "cuda")


@dataclass(frozen=True)
class PaintTask:
    """One output to paint, as a worker is sent it. Its paths are absolute, or within a store."""

    number: int
    source: Input
    path: Path
    version: Version  # of what lies at `path` before
    options: PaintOptions
    workers: Workers
    folder: Path | Store  # that `path` is in, and that all machines must see
    progress: Progress | None


@dataclass(frozen=True)
class Outcome:
    """What became of a task, after how many seconds and on which machine; an `error` is a sentence."""

    seconds: float
    machine: str
    notes: tuple[str, ...] = ()
    error: str = ""


def paint_task(task: PaintTask) -> Outcome:
    """Paint one output; what goes wrong is told by the outcome. What an earlier attempt has finished stays as it is."""
    started, machine, notes, error = time.perf_counter(), platform.node(), list[str](), ""

    def read(source: Input) -> Picture:
        picture = imaging.read(source.path)
        notes.extend(f"{task.source}: {note}" for note in picture.notes)
        return picture

    try:
        if isinstance(task.folder, Path) and not task.folder.is_dir():
            raise ClusterError(f"{machine} sees no {task.folder}. All machines of the cluster must see the same files.")
        if version_of(task.folder, task.path) == task.version:
            workers = task.workers
            stylizer = _stylizer(workers.models, workers.device, workers.threads)
            with _on_this_machine(task) as (source, path):
                paint_file(stylizer, source, path, task.options, read, _teller(task))
    except Exception as caught:  # whatever it is, the others are painted
        error = sentence_of(task.source, caught)
    return Outcome(time.perf_counter() - started, machine, tuple(notes), error)


def version_of(folder: Path | Store, path: Path) -> Version:
    """Another after the file at `path`, in `folder` or any other, has been written, whichever machine asks.

    Raises ClusterError if a store does not say.
    """
    if isinstance(folder, Store):
        return folder.version(path)
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


@contextmanager
def _on_this_machine(task: PaintTask) -> Iterator[tuple[Input, Path]]:
    """Where the source can be read and the output written: what is in a store is copied, before the block or after."""
    source, path = task.source, task.path
    if source.store is None and isinstance(task.folder, Path):
        yield source, path
        return
    with tempfile.TemporaryDirectory(prefix="stylize-") as temporary:
        if source.store is not None:
            copy = Path(temporary) / source.path.name
            source.store.fetch(source.path, copy)
            source = replace(source, path=copy, store=None)
        if isinstance(task.folder, Path):
            yield source, path
            return
        painted = Path(temporary) / f"painted{path.suffix}"
        yield source, painted
        task.folder.put(painted, path)


def _teller(task: PaintTask) -> ProgressCallback:
    """What tells how far a film is, now and then."""
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        now = time.monotonic()
        if task.progress is not None and (share >= 1 or now - told >= TELL_SECONDS):
            told = now
            task.progress.tell(task.number, share)

    return tell
