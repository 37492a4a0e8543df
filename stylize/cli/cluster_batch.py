"""Paints a plan on a Ray cluster: `stylize paint photos/ --style great_wave --out-dir painted/ --ray auto`.

Every worker reads and writes for itself, so inputs and outputs lie where all machines of the cluster see them under the
same paths. What a killed worker had not finished is begun again. The output folder gets a manifest (JSON lines).
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from stylize import imaging
from stylize.callbacks import ProgressCallback
from stylize.cli.batch import Batch, paint_file, sentence_of
from stylize.cli.output_plan import Input, Kind, Output
from stylize.cluster.connection import connected
from stylize.cluster.manifest import Manifest, open_manifest
from stylize.cluster.progress import Progress
from stylize.cluster.spread import Finished, spread
from stylize.errors import ClusterError
from stylize.imaging import Picture
from stylize.options import PaintOptions
from stylize.stylizer import Stylizer

TELL_SECONDS = 1.0  # between two times that a worker tells how far a film is

Version = tuple[int, int, int] | None  # of a file: inode, time and size; None if there is none

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
    """One output to paint, as a worker is sent it. Its paths are absolute."""

    number: int
    source: Input
    path: Path
    version: Version  # of what lies at `path` before
    options: PaintOptions
    workers: Workers
    folder: Path  # that all machines must see
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
        notes.extend(f"{source}: {note}" for note in picture.notes)
        return picture

    try:
        if not task.folder.is_dir():
            raise ClusterError(f"{machine} sees no {task.folder}. All machines of the cluster must see the same files.")
        if version_of(task.path) == task.version:
            workers = task.workers
            stylizer = _stylizer(workers.models, workers.device, workers.threads)
            paint_file(stylizer, task.source, task.path, task.options, read, _teller(task))
    except Exception as caught:  # whatever it is, the others are painted
        error = sentence_of(task.source, caught)
    return Outcome(time.perf_counter() - started, machine, tuple(notes), error)


def version_of(path: Path) -> Version:
    """Another after a file has been written, whichever machine asks."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


@dataclass(frozen=True)
class ClusterBatch(Batch):
    """A batch whose outputs lie in `folder` and are painted by the workers of a cluster."""

    folder: Path = Path()
    workers: Workers = Workers("auto")

    def run(self, plan: Sequence[Output]) -> int:
        """As that of a batch; status 1 also without a cluster, or while another call paints into the folder."""
        try:
            return super().run(plan)
        except ClusterError as error:
            self.terminal.error(error)
            return 1

    def _wanted(self, plan: Sequence[Output]) -> Sequence[Output]:
        wanted = super()._wanted(plan)
        if len(wanted) < len(plan):  # a call that was killed may have lacked the time for its last lines
            skipped = {output.path for output in plan} - {output.path for output in wanted}
            with open_manifest(self.folder) as manifest:
                for output in plan:
                    if output.path in skipped and str(output.path) not in manifest.known:
                        _record(manifest, output, "there already")
        return wanted

    def _paint_all(self, wanted: Sequence[Output]) -> int:
        if not wanted:
            return 0
        with open_manifest(self.folder) as manifest, _folders_of(wanted), connected(self.workers.address):
            return self._spread(wanted, manifest)

    def _spread(self, wanted: Sequence[Output], manifest: Manifest) -> int:
        films_first = sorted(wanted, key=lambda output: output.source.kind is Kind.PICTURE)  # they take longest
        progress = None if films_first[0].source.kind is Kind.PICTURE else Progress()
        tasks = [self._task(number, output, progress) for number, output in enumerate(films_first)]
        told: set[str] = set()
        done = again = 0
        self.terminal.start()
        try:
            for finished in spread(paint_task, tasks, self.workers.threads, self.workers.gpus):
                if finished is not None:
                    done, again = done + 1, again + (finished.attempts > 1)
                    self._tell(films_first[finished.number], finished, manifest, told)
                self._draw(done + (progress.total() if progress else 0), len(tasks))
        except KeyboardInterrupt:
            self._interrupted(done, len(tasks))
            return 1
        if again:
            self.terminal.note(f"{again} of {len(tasks)} were begun again: their worker had ended in the middle.")
        return int(bool(told))

    def _task(self, number: int, output: Output, progress: Progress | None) -> PaintTask:
        source = replace(output.source, path=_absolute(output.source.path), label=str(output.source))
        path = _absolute(output.path)
        told = None if source.kind is Kind.PICTURE else progress
        options = self.options[output.style]
        return PaintTask(number, source, path, version_of(path), options, self.workers, _absolute(self.folder), told)

    def _tell(self, output: Output, finished: Finished[Outcome], manifest: Manifest, told: set[str]) -> None:
        outcome = finished.result
        if outcome is None:
            outcome = Outcome(0.0, "", error=f"{output.source}: {finished.reason}.")
        for note in outcome.notes:
            if note not in told:
                self.terminal.note(note)
        about = {"seconds": round(outcome.seconds, 3), "machine": outcome.machine, "attempts": finished.attempts}
        if not outcome.error:
            _record(manifest, output, "painted", **about)
            self.terminal.written(output.path)
            return
        _record(manifest, output, "failed", **about, error=outcome.error)
        if outcome.error not in told:  # a damaged file is told once, not in every style
            self.terminal.error(outcome.error)
        told.add(outcome.error)

    def _draw(self, done: float, total: int) -> None:
        whole = min(int(done), total - 1)
        self.terminal.progress("on the cluster", whole + 1, total, min(done - whole, 1.0))


def _record(manifest: Manifest, output: Output, status: str, **about: object) -> None:
    manifest.add(
        source=str(output.source), output=str(output.path), style=output.style, status=status, time=time.time(), **about
    )


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


@contextmanager
def _folders_of(wanted: Sequence[Output]) -> Iterator[None]:
    """The folders of all outputs are there for the block, and what was begun in them and not finished goes with it.

    Workers neither make nor remove folders: one would remove what another has just found.
    """
    paths = [_absolute(output.path) for output in wanted]
    made: list[Path] = []
    for folder in dict.fromkeys(path.parent for path in paths):
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        made += reversed(missing)
    imaging.remove_parts(paths)  # of a call that was killed
    try:
        yield
    finally:
        imaging.remove_parts(paths)
        for folder in reversed(made):
            with suppress(OSError):  # something lies in it
                folder.rmdir()


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100, links stay what they are
