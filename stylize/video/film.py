"""Films in files: measured, and painted into another file as a stream, in memory that does not grow with their length.

What is kept: the size as shown (rotation is applied, odd sides stay odd), every frame's time, the duration, the shape
of pixels, all sounds with their languages and flags, chapters, and subtitles where the container takes them.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from stylize import imaging
from stylize.callbacks import CancelCheck, NoteCallback, ProgressCallback
from stylize.errors import VideoError
from stylize.inference.engine_protocol import PaintFrame
from stylize.video import timing
from stylize.video.formats import WRITABLE, still_kind
from stylize.video.lossless_intermediate import as_film
from stylize.video.transcoder import Transcoder, reason

# Demuxers of files that stand alone. Playlists and the like could name other files and addresses.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,asf,flv,ogg,gif,h264,hevc,m4v,mjpeg,y4m"

_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}

_log = logging.getLogger(__name__)


def paint_video(
    source: Path,
    target: Path,
    paint_frame: PaintFrame,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    note: NoteCallback | None = None,
) -> Path:
    """Paint the film `source`, frame by frame with `paint_frame`, into `target`, which appears whole or not at all.

    `note` is told what could not be kept; without it that is logged. Raises VideoError if the film cannot be read,
    holds no frame, is longer than `MAX_SECONDS`, or cannot be written; and Cancelled.
    """
    ending = target.suffix.lower()
    if ending not in WRITABLE:
        raise VideoError(f"{target.name} cannot be written: a film's ending must be one of {', '.join(WRITABLE)}.")
    options = {} if ending == ".mkv" else {"movflags": "+faststart"}
    with as_film(source) as readable, open_film(readable) as film:
        try:
            with (
                imaging.atomic_path(target) as part,
                av.open(f"file:{part}", "w", format=_MUXERS[ending], options=options) as output,
            ):
                Transcoder(film, output, source, ending, paint_frame, note or _log.warning).run(progress, cancelled)
        except (av.FFmpegError, OSError) as error:
            raise VideoError(f"{target} cannot be written ({reason(error)}).") from error
    return target


def length(source: Path) -> float:
    """How many seconds a film says that it lasts; 0 if it does not say. Raises VideoError if it cannot be read."""
    with open_film(source) as film:
        return timing.duration(film)


@contextlib.contextmanager
def open_film(source: Path) -> Iterator[Any]:
    """A film opened for reading by PyAV. Raises VideoError if it is none."""
    if not source.is_file():
        raise VideoError(f"{source} is a folder, not a film." if source.is_dir() else f"{source} does not exist.")
    if not source.stat().st_size:
        raise VideoError(f"{source.name} is empty. Give a film such as an MP4.")
    if kind := still_kind(source):
        raise VideoError(f"{source.name} is a picture ({kind}), not a film. Give it the ending of one to paint it.")
    limits = {"protocol_whitelist": "file", "format_whitelist": _DEMUXERS}
    try:
        film = av.open(f"file:{source}", options=limits, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f"{source.name} is not a film we can read ({reason(error)}). Give an MP4, for example."
        ) from error
    with film:
        yield film
