"""Writing a file whole: it appears complete under its name, or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TypeVar

_STEM = 40  # characters of a file's stem that its part has

PathKind = TypeVar("PathKind", bound=PurePath)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path to write to, with the ending of `path`, whose file replaces `path` when the block ends.

    When the block raises, `path` is as it was. Either way nothing else is left in the folder. A link is written
    through, and a file that is replaced passes on its permissions. Raises OSError where the disk says no.
    """
    path = Path(os.path.realpath(path))  # replacing a link would cut it
    part = part_path(path)
    try:
        yield part
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:  # also when the process is asked to stop
        part.unlink(missing_ok=True)


def obstacle(path: Path, overwrite: bool = False) -> str | None:
    """Why no file can be written at `path`, a sentence before the work that makes it; None if one can be."""
    if path.is_dir():
        return f"{path} is a folder. Give the name of a file."
    if path.exists() and not overwrite:
        return f"{path} exists. Give --overwrite to replace it."
    return folder_obstacle(path.parent)


def folder_obstacle(folder: Path) -> str | None:
    """The same of any file in a folder, which need not be there: it can be made then."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(parent))
    if not there.is_dir():
        return f"{folder} cannot be made: {there} is no folder."
    if not os.access(there, os.W_OK | os.X_OK):
        return f"Nothing can be written into {folder}: {there} is not yours to write to."
    return None


def remove_parts(paths: Iterable[Path]) -> None:
    """Remove what killed processes have left of writing these files. Call it while nothing writes them."""
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in paths:
        wanted[os.path.dirname(path)].add(part_of(path))  # noqa: PTH120, for millions of paths
    for folder, names in wanted.items():
        with suppress(OSError):  # no such folder yet, or not ours
            for name in os.listdir(folder):  # noqa: PTH208, for millions of files
                if whole_of(name) in names:
                    (Path(folder) / name).unlink(missing_ok=True)


def part_path(path: PathKind) -> PathKind:
    """Where a file is written before it is whole: beside `path`, hidden, with the same ending, never the same twice."""
    return path.with_name(f".{path.stem[:_STEM]}-{secrets.token_hex(4)}{path.suffix}")


def part_of(path: PurePath) -> tuple[str, str]:
    """What `whole_of` says of all parts of `path`."""
    return path.stem[:_STEM], path.suffix


def whole_of(name: str) -> tuple[str, str] | None:
    """Of what a file of this name is a part: the beginning of the stem, and the ending. None if it is no part."""
    found = re.fullmatch(r"\.(.+)-[0-9a-f]{8}(\.\w+)", name, re.DOTALL)
    return (found[1], found[2]) if found else None
