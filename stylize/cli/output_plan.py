"""Which file each input becomes, decided before anything is painted. Reads and writes nothing.

An output is called STEM-STYLE.ENDING. It lies beside its input, or under the folder that was asked for. Where two
would have one name, also on a system that does not tell capitals apart, the second is numbered: STEM-STYLE-2.ENDING.
The same inputs in the same order always become the same files, so a call can be continued.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path

from stylize.cluster.store import Store
from stylize.imaging import WRITABLE as PICTURES
from stylize.video.animation import KINDS as ANIMATIONS
from stylize.video.formats import WRITABLE as FILMS

MAX_NAME = 240  # bytes of a file's name; systems take 255, and a name is longer while it is written
MAX_STYLE = 80  # bytes of it that name the style


class Kind(StrEnum):
    """What an input is; the value is what messages call it."""

    PICTURE = "a picture"
    FILM = "a film"
    ANIMATION = "an animation"


ENDINGS = {  # that each kind can be written with, the default first
    Kind.PICTURE: tuple(PICTURES),
    Kind.FILM: tuple(FILMS),
    Kind.ANIMATION: (*ANIMATIONS, *FILMS),
}


@dataclass(frozen=True)
class Input:
    """One thing to paint. `folder` is where it lies in the folder that was walked, and where it goes under another.

    With a `store`, `path` is a path within it.
    """

    path: Path
    kind: Kind = Kind.PICTURE
    folder: Path = Path()
    label: str = ""  # what messages call it, if not by its path or address
    store: Store | None = None

    @property
    def address(self) -> str:
        """Where it lies if it lies in a store, else empty."""
        return "" if self.store is None else self.store.address_of(self.path)

    def __str__(self) -> str:
        return self.label or self.address or str(self.path)


@dataclass(frozen=True)
class Output:
    """What an input becomes in the style of this name. `rival` is the input that has the name without a number.

    `address` is that of an output in a store, within which `path` is; empty for a file of this machine.
    """

    source: Input
    style: str
    path: Path
    rival: Input | None = None
    address: str = ""

    def __str__(self) -> str:
        return self.address or str(self.path)


def plan_outputs(inputs: Iterable[Input], styles: Sequence[str], folder: Path | Store | None = None) -> list[Output]:
    """The outputs of every input in every style, in this order; no two are one file.

    `styles` are names for files, made of any text. `folder` is where the outputs go; None puts each beside its input.
    An input that comes twice is painted once.
    """
    seen: set[str] = set()
    owners: dict[str, Input] = {}
    plan: list[Output] = []
    for source in inputs:
        name = source.address or _absolute(source.path)
        if name in seen:
            continue
        seen.add(name)
        parent = source.path.parent if folder is None else _within(folder) / source.folder
        for style in styles:
            natural = parent / _name(source, style, "")
            path, rival = natural, owners.get(_same(natural))
            numbers = count(2)
            while _same(path) in owners:
                path = parent / _name(source, style, f"-{next(numbers)}")
            owners[_same(path)] = source
            plan.append(
                Output(source, style, path, rival, folder.address_of(path) if isinstance(folder, Store) else "")
            )
    return plan


def check_ending(source: Input, ending: str) -> str | None:
    """A sentence if what `source` is cannot be written with `ending`, such as ".png"; None if it can."""
    endings = ENDINGS[source.kind]
    if ending.lower() in endings:
        return None
    given = f"cannot become a {ending} file" if ending else "needs an output with an ending"
    return f"{source} is {source.kind}, which {given}. Give -o a name that ends in {_listed(endings)}."


def default_ending(source: Input) -> str:
    """The ending of what `source` becomes: its own for what moves, where that can be written."""
    endings = ENDINGS[source.kind]
    own = source.path.suffix.lower()
    return own if source.kind is not Kind.PICTURE and own in endings else endings[0]


def _within(folder: Path | Store) -> Path:
    return Path() if isinstance(folder, Store) else folder


def _name(source: Input, style: str, number: str) -> str:
    ending = number + default_ending(source)
    style = _cut(re.sub(r"[^\w.-]+", "_", style), MAX_STYLE)
    rest = f"-{style}{ending}"
    return _cut(source.path.stem, MAX_NAME - len(os.fsencode(rest))) + rest


def _cut(text: str, size: int) -> str:
    """The beginning of `text` that takes at most `size` bytes in a file's name."""
    while len(os.fsencode(text)) > size:
        text = text[:-1]
    return text


def _same(path: Path) -> str:
    """Equal for paths that some system takes for one file (Unicode's canonical caseless match, D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", _absolute(path)).casefold())


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100, resolving links would join inputs that are called differently


def _listed(endings: Sequence[str]) -> str:
    return f"{', '.join(endings[:-1])} or {endings[-1]}"
