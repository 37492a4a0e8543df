"""Fonts for what is written on pictures: the page's, and for scripts that these lack one of this machine's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import ImageFont

from stylize.paths import FONTS

Font = ImageFont.FreeTypeFont

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
# Beginnings of the names of fonts with many scripts, the best first.
_KNOWN = (
    "NotoSansCJK-Regular",
    "NotoSerifCJK-Regular",
    "SourceHanSans",
    "wqy-",
    "DroidSansFallback",
    "PingFang",
    "Hiragino",
    "STHeiti",
    "msyh",
    "simsun",
    "Arial Unicode",
    "NotoSans-Regular",
    "DejaVuSans",
    "Arial",
)
_ENDINGS = (".ttf", ".otf", ".ttc")
_NO_CHARACTER = "\uffff"  # stands for no character in any font, so that it is drawn as what is missing


def font_for(text: str, file: str, size: int) -> Font:
    """The page's font in `file`, at a size in pixels, or one of this machine's that has what it lacks of `text`.

    Where none has all of it, it is the page's.
    """
    own = _own(file, size)
    if has(own, text):
        return own
    others = (other for path in _others() if (other := _other(path, size)) is not None)
    return next((other for other in others if has(other, text)), own)


def has(face: Font, text: str) -> bool:
    """Whether a font has every character of `text`."""
    missing = _drawn(face, _NO_CHARACTER)
    return all(_drawn(face, one) != missing for one in set(text) if not one.isspace())


def _drawn(face: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(character, "L")
    return mask.size, bytes(mask)


@cache
def _own(file: str, size: int) -> Font:
    face = ImageFont.truetype(str(FONTS / file), size)
    face.set_variation_by_axes([500])
    return face


@cache
def _other(path: Path, size: int) -> Font | None:
    try:
        return ImageFont.truetype(str(path), size)
    except OSError:  # no font, or a damaged one
        return None


@cache
def _others() -> tuple[Path, ...]:
    """The fonts of this machine that are known to have many scripts, the best first."""
    found = sorted(_installed())
    names = [(rank, path) for path in found for rank, known in enumerate(_KNOWN) if path.name.startswith(known)]
    return tuple(path for _, path in sorted(names))


def _installed() -> Iterator[Path]:
    for folder in _FOLDERS:
        for place, _, names in os.walk(os.path.expanduser(folder)):  # noqa: PTH111, no home raises nothing
            yield from (Path(place, name) for name in names if name.lower().endswith(_ENDINGS))
