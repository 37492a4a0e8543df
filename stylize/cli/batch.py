"""Paints a plan: one output after another, whatever one of them raises."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from stylize import imaging
from stylize.callbacks import ProgressCallback
from stylize.cli.inputs import STANDARD
from stylize.cli.output_plan import Input, Kind, Output, default_ending
from stylize.cli.terminal import Terminal
from stylize.errors import StylizeError
from stylize.imaging import Picture
from stylize.imaging.atomic import folder_obstacle
from stylize.options import PaintOptions
from stylize.stylizer import Stylizer


@dataclass(frozen=True)
class Batch:
    """Paints with `stylizer` what a plan says, in the options that bear the names of its styles.

    A file that exists is an error, unless `overwrite` replaces it or `skip_existing` passes over it. What is an input
    itself is never replaced by the painting of another.
    """

    stylizer: Stylizer
    options: Mapping[str, PaintOptions]
    terminal: Terminal
    overwrite: bool = False
    skip_existing: bool = False

    def run(self, plan: Sequence[Output]) -> int:
        """Paint all of `plan`. Returns the exit status: 0, or 1 when something failed."""
        status, wanted = 0, self._wanted(plan)
        possible = []
        inputs = {_identity(output.source): output.source for output in wanted}
        for output in wanted:
            if error := self._obstacle(output, inputs):
                self.terminal.error(error)
                status = 1
            else:
                possible.append(output)
        return max(status, self._paint_all(possible))

    def _wanted(self, plan: Sequence[Output]) -> Sequence[Output]:
        """What is not skipped. Tells what is numbered, and how many are skipped."""
        for output in plan:
            if output.rival is not None:
                self.terminal.note(f"{output.source} becomes {output}: {output.rival} has the name without a number.")
        if not self.skip_existing:
            return plan
        wanted = [output for output in plan if not self._exists(output)]
        if len(wanted) < len(plan):
            self.terminal.note(f"{len(plan) - len(wanted)} of {len(plan)} are there already and were skipped.")
        return wanted

    def _paint_all(self, wanted: Sequence[Output]) -> int:
        told: set[str] = set()  # a damaged file is told once, not in every style
        read = lru_cache(maxsize=1)(self._read)  # a picture is read once, for all styles
        self.terminal.start()
        for number, output in enumerate(wanted, 1):
            try:
                self._paint(output, read, partial(self.terminal.progress, str(output.source), number, len(wanted)))
            except KeyboardInterrupt:
                self._interrupted(number - 1, len(wanted))
                return 1
            except Exception as error:  # whatever it is, the others are painted
                sentence = sentence_of(output.source, error)
                if sentence not in told:
                    self.terminal.error(sentence)
                told.add(sentence)
        return int(bool(told))

    def _read(self, source: Input) -> Picture:
        picture = imaging.read(source.path)
        for note in picture.notes:
            self.terminal.note(f"{source}: {note}")
        return picture

    def _paint(self, output: Output, read: Callable[[Input], Picture], progress: ProgressCallback) -> None:
        source, options = output.source, self.options[output.style]
        progress(0.0)
        with folder_of(output) as path:
            paint_file(self.stylizer, source, path, options, read, progress)
            if output.path == STANDARD:
                self.terminal.send(path)
        if output.path != STANDARD:
            self.terminal.written(output.path)

    def _obstacle(self, output: Output, inputs: Mapping[object, Input]) -> str | None:
        """Why this output cannot be written, found without painting it."""
        if output.path == STANDARD:
            return None
        if not output.address and os.path.isdir(output.path):  # noqa: PTH112, raises nothing
            return f"{output} is a folder. Give -o the name of a file, or use --out-dir."
        if self._exists(output):
            if not self.overwrite:
                return f"{output} exists. Give --overwrite to replace it, or --skip-existing to leave it as it is."
            owner = inputs.get(_identity(output), output.source)
            if owner != output.source:
                return f"{output} is not replaced by the painting of {output.source}: {owner} is to be painted, too."
        return None if output.address else folder_obstacle(output.path.parent)

    def _exists(self, output: Output) -> bool:
        return os.path.exists(output.path)  # noqa: PTH110, raises nothing

    def _interrupted(self, done: int, total: int) -> None:
        rest = f" after {done} of {total}. The same call with --skip-existing goes on" if total > 1 else ""
        self.terminal.error(f"interrupted{rest}.")


def paint_file(
    stylizer: Stylizer,
    source: Input,
    path: Path,
    options: PaintOptions,
    read: Callable[[Input], Picture],
    progress: ProgressCallback,
) -> None:
    """Paint what `source` is into the file `path`, which appears whole or not at all. Raises what `stylizer` raises."""
    if source.kind is Kind.PICTURE:
        imaging.write(stylizer.paint(read(source), options, progress=progress), path)
        return
    stylizer.video(
        source.path,
        path,
        options.style,
        strength=options.strength,
        keep_colors=options.keep_colors,
        brush=options.brush,
        regions=options.regions,
        progress=progress,
    )


@contextmanager
def folder_of(output: Output) -> Iterator[Path]:
    """The path to write to, in a folder that is there for the block; for standard output it is a temporary one.

    When the block raises, the folders that were made for it and are empty go again.
    """
    if output.path == STANDARD:
        with tempfile.TemporaryDirectory(prefix="stylize-") as temporary:
            yield Path(temporary) / f"painted{default_ending(output.source)}"
        return
    folder = output.path.parent
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield output.path
    except BaseException:
        for made in missing:
            with suppress(OSError):  # something lies in it
                made.rmdir()
        raise


def _identity(place: Input | Output) -> object:
    """Equal for places of one file, whatever links lead there."""
    if place.address:
        return place.address
    try:
        status = place.path.stat()
    except OSError:
        return place.path
    return status.st_dev, status.st_ino


def sentence_of(source: Input, error: Exception) -> str:
    """What went wrong with `source`, in one line that names it."""
    if isinstance(error, StylizeError):
        text = str(error)
    elif isinstance(error, MemoryError):
        text = "there is not enough memory for it; a smaller copy may work."
    elif isinstance(error, BrokenPipeError):
        text = "whoever reads standard output has gone."
    elif isinstance(error, OSError):
        text = f"{error.filename or 'a file'} cannot be used ({error.strerror or error})."
    else:
        text = f"something unexpected happened ({type(error).__name__}: {error}). Please report it."
    name = Path(str(source)).name
    if text.startswith(f"{name} "):  # which of several folders it lies in is told, too
        return f"{source}{text.removeprefix(name)}"
    return text if str(source) in text else f"{source}: {text}"
