"""A style is a vector of floats with a title. Reading, writing, finding and blending them.

A style file is safetensors: one float32 tensor `vector`, and string metadata (id, title, artist, year, licence and
the sha256 of the painter that it was learnt for). Style files may come from strangers: they are limited in size,
never unpickled, and checked value by value.
"""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from stylize.errors import NetworkError, StyleError
from stylize.imaging import atomic_path

Vector = NDArray[np.float32]

PHOTO = "photo"  # the identity style: the zero of strength
DEFAULT_STYLE = "great_wave"  # what is painted when no style was asked for
MAX_FILE = 64 * 1024  # bytes; a style is 7 to 15 KB
MAX_VALUE = 1000.0  # a trained scale or shift is below 20
MAX_TEXT = 200  # characters of a title

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TEXTS = ("title", "artist", "year", "licence")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Style:
    """One style: `vector` [style_size] float32 for the painter whose sha256 is `painter`.

    A drop-in external network is a style too; then `vector` is empty and `network` is its file. `painting` is the
    file of what a style was predicted or taught from, where that is known; no style file tells it.
    """

    id: str
    title: str
    artist: str = ""
    year: str = ""
    licence: str = ""
    painter: str = ""
    vector: Vector = field(default_factory=lambda: np.zeros(0, np.float32), repr=False)
    network: Path | None = None
    painting: Path | None = None

    def as_dict(self) -> dict[str, str]:
        """What a list of styles tells: id, title, artist, year."""
        return {"id": self.id, "title": self.title, "artist": self.artist, "year": self.year}


class StyleRegistry:
    """The styles that a painter knows, by id, in order. Iterating leaves out `photo`, the identity."""

    def __init__(self, styles: Iterable[Style], thumbnails: Path | None = None) -> None:
        self._styles = {style.id: style for style in styles}
        self._thumbnails = thumbnails

    def __iter__(self) -> Iterator[Style]:
        return (style for style in self._styles.values() if style.id != PHOTO)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._styles

    def __getitem__(self, name: object) -> Style:
        """The style with this id. Raises StyleError, naming the nearest ids, if there is none."""
        style = self._styles.get(name) if isinstance(name, str) else None
        if style is None:
            near = difflib.get_close_matches(str(name), self._styles, 3, 0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Known styles: {', '.join(s.id for s in self)}."
            raise StyleError(f"There is no style {str(name)[:80]!r}. {hint}")
        return style

    @property
    def default(self) -> str:
        """The id of what is painted when no style was asked for: `DEFAULT_STYLE`, or the first where it is missing."""
        return DEFAULT_STYLE if DEFAULT_STYLE in self else next((style.id for style in self), DEFAULT_STYLE)

    def thumbnail(self, name: str) -> Path | None:
        """The picture that shows a style, if there is one."""
        path = self._thumbnails / f"{self[name].id}.jpg" if self._thumbnails else None
        return path if path is not None and path.is_file() else None


def check_id(name: str) -> str:
    """`name`, if it can be the id of a style. Raises StyleError if it cannot."""
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise StyleError(f"{str(name)[:80]!r} is not an id: use small letters, digits, '_' and '-'.")
    return name


def blend_at(parts: Iterable[tuple[Style, float]], strength: float, photo: Style) -> Vector:
    """The blend of styles at a strength of 0..1; what is left of 1 is the identity, `photo`. Raises as `blend`."""
    parts = [(style, share * strength) for style, share in parts]
    return blend([*parts, (photo, 1 - strength)] if strength < 1 else parts)


def blend(parts: Iterable[tuple[Style, float]]) -> Vector:
    """The weighted sum of style vectors. Raises StyleError if they were made for different painters."""
    parts = list(parts)
    for style, _ in parts:
        if style.network:
            raise StyleError(f"{style.id} is an external network and cannot be blended; choose it alone.")
    if len({style.painter for style, _ in parts}) > 1:
        raise StyleError("Styles made for different painters cannot be blended.")
    mixed: Vector = np.sum([weight * style.vector for style, weight in parts], axis=0, dtype=np.float32)
    return mixed


def average(styles: Iterable[Style]) -> Vector:
    """The mean of style vectors: several paintings of one hand as one style. Raises as `blend`."""
    styles = list(styles)
    return blend((style, 1 / len(styles)) for style in styles)


def most_unlike(styles: Iterable[Style], first: Style, count: int) -> list[Style]:
    """Up to `count` of `styles`: `first`, and then whichever lies farthest from all before it; networks come last."""
    chosen, left = [first], [style for style in styles if style.id != first.id]

    def distance(style: Style) -> float:
        known = [other.vector for other in chosen if len(other.vector) == len(style.vector) > 0]
        return min((float(np.linalg.norm(style.vector - vector)) for vector in known), default=0.0)

    while left and len(chosen) < count:
        chosen.append(max(left, key=distance))
        left.remove(chosen[-1])
    return chosen


def load(path: str | os.PathLike[str], painter: str | None = None, size: int | None = None) -> Style:
    """Read a style file; with `painter` (a sha256) and `size` (floats), refuse one that was made for another.

    Raises StyleError if the file is missing, too large, broken, or has values that no trained style has.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise StyleError(f"{path.name} is too large for a style file (at most {MAX_FILE // 1024} KB).")
        data = path.read_bytes()
    except OSError as error:
        raise StyleError(f"{path.name} cannot be read ({error.strerror}).") from error
    return loads(data, path.name, painter, size)


def in_folder(folder: Path, painter: str, size: int) -> list[Style]:
    """The styles of a folder; a file that is bad or was made for another painter is left out, with a warning.

    Raises NetworkError if `photo` is not among them.
    """
    found = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            found.append(load(path, painter, size))
        except StyleError as error:  # one bad file must not close the page
            _log.warning("left out: %s", error)
    if not any(style.id == PHOTO for style in found):
        raise NetworkError(f"{folder} lacks {PHOTO}.safetensors, the zero of strength. Export the run again.")
    return found


def loads(data: bytes, name: str, painter: str | None = None, size: int | None = None) -> Style:
    """`load` for the bytes of a style file."""
    if len(data) > MAX_FILE:
        raise StyleError(f"{name} is too large for a style file (at most {MAX_FILE // 1024} KB).")
    try:
        tensors = load_tensors(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        about = header.get("__metadata__") or {}
        vector = tensors["vector"]
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise StyleError(f"{name} is not a style file (safetensors with one tensor 'vector').") from error
    texts = {key: str(about.get(key, ""))[:MAX_TEXT] for key in ("id", *_TEXTS, "painter")}
    if not _ID.fullmatch(texts["id"]):
        raise StyleError(f"{name} has the id {texts['id'][:80]!r}; an id is small letters, digits, '_' and '-'.")
    if painter is not None and texts["painter"] != painter:
        raise StyleError(f"{name} was made for another painter; teach the style again with this one.")
    if vector.dtype != np.float32 or vector.ndim != 1 or (size is not None and len(vector) != size):
        raise StyleError(f"{name} has a vector of {vector.dtype} {vector.shape}; this painter needs float32 [{size}].")
    if not np.isfinite(vector).all() or np.abs(vector).max(initial=0) > MAX_VALUE:
        raise StyleError(f"{name} holds values that no style has (not finite, or above {MAX_VALUE:g}).")
    texts["title"] = texts["title"] or texts["id"]
    return Style(**texts, vector=vector)  # type: ignore[arg-type]


def dumps(style: Style) -> bytes:
    """The bytes of a style file. Raises StyleError for an id that could not be read back."""
    check_id(style.id)
    about = {key: getattr(style, key)[:MAX_TEXT] for key in ("id", *_TEXTS, "painter")}
    return save_tensors({"vector": np.ascontiguousarray(style.vector, np.float32)}, about)


def save(style: Style, path: Path) -> None:
    """Write a style file, whole or not at all. Raises StyleError if it cannot be written."""
    data = dumps(style)
    try:
        with atomic_path(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise StyleError(f"{path} cannot be written ({error.strerror}).") from error
