"""Animations that FFmpeg does not read (WebP, AVIF, animated PNG), as a lossless film while they are painted."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from stylize import imaging
from stylize.errors import VideoError
from stylize.imaging import Picture
from stylize.imaging.animation_reader import is_animation, open_animation
from stylize.video.animation import DEFAULT_DURATION

_MILLISECONDS = Fraction(1, 1000)


@contextlib.contextmanager
def as_film(source: Path) -> Iterator[Path]:
    """A path of the same pictures that FFmpeg reads: `source` itself, or a file that lasts as long as the block.

    Raises VideoError if the animation is damaged or too large, or the disk is full.
    """
    if not source.is_file() or not is_animation(source) or _is_gif(source):
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{source.stem}.mov"
        try:
            _write(source, target)
        except (av.FFmpegError, OSError) as error:
            raise VideoError(f"{source.name} cannot be made a film ({error}).") from error
        yield target


def _is_gif(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"GIF8"


def _write(source: Path, target: Path) -> None:
    with open_animation(source) as animation, av.open(str(target), "w") as output:
        durations = animation.durations  # asked before the frames: both go through the file
        time, stream = 0, None
        for picture, duration in zip(animation, durations, strict=True):
            if stream is None:
                width, height = picture.size
                stream = output.add_stream("qtrle", rate=10, width=width, height=height)
                stream.pix_fmt = "argb"
                stream.codec_context.time_base = _MILLISECONDS
                stream.codec_context.flags |= Flags.frame_duration
            frame = av.VideoFrame.from_ndarray(_rgba(picture), format="rgba").reformat(format="argb")
            frame.pts, frame.time_base = time, _MILLISECONDS
            frame.duration = round(duration) or DEFAULT_DURATION
            time += frame.duration
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode(None))


def _rgba(picture: Picture) -> imaging.Pixels:
    """[H, W, 4]."""
    alpha = picture.alpha if picture.alpha is not None else np.full(picture.pixels.shape[:2], 255, np.uint8)
    return np.dstack([picture.pixels, alpha])
