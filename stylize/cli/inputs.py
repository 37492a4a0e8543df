"""Which files are to be painted: those that were named, those in folders, and standard input."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from stylize import imaging
from stylize.cli.output_plan import Input, Kind
from stylize.errors import VideoError
from stylize.imaging.animation_reader import is_animation, open_animation
from stylize.options import REGIONS_WORD
from stylize.video.formats import READABLE, is_film

STANDARD = Path("-")  # standard input, or standard output
STDIN = "stdin"  # what outputs and messages call it


@dataclass
class Found:
    """What there is to paint, a sentence for each input that cannot be, and what was left out of folders."""

    inputs: list[Input] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    others: int = 0  # files that are neither pictures nor films
    painted: int = 0  # paintings of earlier calls


def find_inputs(paths: Iterable[Path], recursive: bool, names: Iterable[str], out_dir: Path | None = None) -> Found:
    """Look at every path, and with `recursive` at everything in folders, in the order of names.

    Left out of folders is what is hidden, neither picture nor film, in `out_dir`, or called STEM-NAME for a STEM beside
    it and one of `names`: it was painted before.
    """
    found = Found()
    for path in paths:
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            found.errors.append(f"{path} does not exist.")
        except OSError as error:
            found.errors.append(f"{path} cannot be opened ({error.strerror}).")
        else:
            if not stat.S_ISDIR(mode):
                found.inputs.append(Input(path, kind_of(path) or Kind.PICTURE))
            elif recursive:
                _add_folder(found, path, list(names), out_dir)
            else:
                found.errors.append(f"{path} is a folder. Give --recursive to paint what is in it.")
    return found


def kind_of(path: Path) -> Kind | None:
    """What the file `path` holds, by its content and then by its ending; None for neither picture nor film."""
    if not os.path.isfile(path):  # noqa: PTH113, opening a pipe would wait for ever; this one raises nothing
        return None
    if imaging.is_picture(path):
        return Kind.ANIMATION if is_animation(path) else Kind.PICTURE
    if is_film(path):
        return Kind.FILM
    from stylize.video.film import length  # PyAV is slow to import, and most never paint a film

    try:
        length(path)
    except VideoError:
        return None
    return Kind.FILM


def read_standard_input(stream: IO[bytes], folder: Path) -> Input:
    """Everything that `stream` holds, as a file in `folder`."""
    path = folder / STDIN
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    kind = kind_of(path) or Kind.PICTURE
    if kind is Kind.ANIMATION:  # it becomes what it is, which its ending tells
        with suppress(VideoError), open_animation(path) as animation:  # if it is too long, painting it says so
            ending = f".{animation.kind.lower()}"
            path = path.rename(path.with_suffix(ending))
    return Input(path, kind, label=STDIN)


def _add_folder(found: Found, root: Path, names: list[str], out_dir: Path | None) -> None:
    before = len(found.inputs)
    for folder, files in _walk(root, out_dir, found.errors):
        stems = {file.stem for file in files}
        for file in files:
            if is_painting(file.stem, stems, names):
                found.painted += 1
            elif file.suffix.lower() in READABLE or imaging.has_picture_ending(file) or imaging.is_picture(file):
                found.inputs.append(Input(file, kind_of(file) or Kind.PICTURE, folder.relative_to(root)))
            else:
                found.others += 1
    if len(found.inputs) == before:
        found.errors.append(f"{root} holds neither pictures nor films.")


def _walk(root: Path, out_dir: Path | None, errors: list[str]) -> Iterator[tuple[Path, list[Path]]]:
    """Every folder below `root` with its files, in the order of names; links to folders are not followed."""
    left_out = None if out_dir is None else os.path.realpath(out_dir)

    def unreadable(error: OSError) -> None:
        errors.append(f"{error.filename} cannot be opened ({error.strerror}).")

    for name, folders, files in os.walk(root, onerror=unreadable):
        folder = Path(name)
        folders[:] = sorted(
            sub for sub in folders if not sub.startswith(".") and os.path.realpath(folder / sub) != left_out
        )
        yield folder, [folder / file for file in sorted(files) if not file.startswith(".")]


def is_painting(stem: str, stems: Collection[str], names: Collection[str]) -> bool:
    """Whether a file is called STEM-NAME for one of `stems`, which are those of the files beside it, and of `names`.

    STEM-regions-... and STEM-NAME-regions-... are painted by regions, whatever these were.
    """
    stem = re.sub(r"-\d+$", "", stem) if stem not in names else stem
    whole, by_regions, _ = stem.partition(f"-{REGIONS_WORD}-")
    if by_regions and (whole in stems or is_painting(whole, stems, names)):
        return True
    return any(stem.endswith(f"-{name}") and stem.removesuffix(f"-{name}") in stems for name in names)
