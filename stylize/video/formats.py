"""Which files are films, and which are written. Free of PyAV, which is slow to import."""

from __future__ import annotations

from pathlib import Path

from stylize.video.animation import is_animation

WRITABLE = (".mp4", ".m4v", ".mov", ".mkv")
READABLE = (*WRITABLE, ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv")


def is_film(path: Path) -> bool:
    """Whether `path` moves: a film by its ending, or a GIF or WebP of more than one frame."""
    return path.suffix.lower() in READABLE or is_animation(path)
