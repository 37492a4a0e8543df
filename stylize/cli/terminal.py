"""What the command says: paths on standard output, notes, errors and the progress on standard error."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unicodedata import east_asian_width

EVERY = 0.1  # seconds between two drawings of the progress
SETTLED = 1.0  # seconds after which the time that remains is estimated


class Terminal:
    """Says things line by line. The progress is drawn only where standard error is a terminal."""

    def __init__(self) -> None:
        self._is_drawn = False
        self._drawn = 0.0  # when
        self._started = time.monotonic()

    def written(self, path: object) -> None:
        """A file is there. Nothing happens when nobody reads standard output any more: the file is what counts."""
        self._clear()
        try:
            print(path, flush=True)
        except BrokenPipeError:
            _drop_output()

    def send(self, path: Path) -> None:
        """Copy a file to standard output. Raises BrokenPipeError when nobody reads it."""
        self._clear()
        try:
            with path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            _drop_output()
            raise

    def note(self, text: object) -> None:
        """Something that a user should know, though nothing failed."""
        self._say("note", text)

    def error(self, text: object) -> None:
        """Something failed."""
        self._say("error", text)

    def start(self) -> None:
        """From now on the time that remains is estimated."""
        self._started = time.monotonic()

    def progress(self, label: str, number: int, total: int, share: float) -> None:
        """Draw that of `total` inputs the one of this number, from 1, is painted to this share, 0..1."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._drawn < EVERY:
            return
        text = progress_text(label, number, total, share, now - self._started)
        print(f"\r{_fitted(text)}\r", end="", file=sys.stderr, flush=True)
        self._drawn, self._is_drawn = now, True

    @contextmanager
    def logging(self) -> Iterator[None]:
        """Within the block, warnings of this package are notes, and those of libraries are dropped."""
        handler = _NoteHandler(self)
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            self._clear()

    def _say(self, kind: str, text: object) -> None:
        self._clear()
        print(f"{kind}: {' '.join(str(text).split())}", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._is_drawn:
            print(f"\r{_fitted('')}\r", end="", file=sys.stderr, flush=True)
            self._is_drawn = False


def progress_text(label: str, number: int, total: int, share: float, seconds: float) -> str:
    """One line: how many, how far, after the first second how long the rest will take, and what is painted."""
    done = (number - 1 + share) / total
    count = f"{number}/{total} " if total > 1 else ""
    left = f", {duration_text(seconds / done - seconds)} left" if done > 0 and seconds >= SETTLED else ""
    return f"{count}{share:.0%}{left}: {label}"


def duration_text(seconds: float) -> str:
    """Seconds in the unit that people would use: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _fitted(text: str) -> str:
    """`text` on one line of the terminal, which it fills."""
    columns, shown = shutil.get_terminal_size().columns - 1, ""
    for sign in " ".join(text.split()):
        columns -= 2 if east_asian_width(sign) in "WF" else 1
        if columns < 0:
            return shown
        shown += sign
    return shown + " " * columns


def _drop_output() -> None:
    """Let standard output lead nowhere: what lies in its buffer would be complained about at the end of the process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class _NoteHandler(logging.Handler):
    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self.addFilter(logging.Filter("stylize"))
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        self._terminal.note(record.getMessage())
