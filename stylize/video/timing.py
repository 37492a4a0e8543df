"""When frames are shown and when a film ends: presentation times from what containers say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

DEFAULT_RATE = Fraction(25)  # frames a second of a film that does not say
UNEVEN = 0.05  # share by which the mean rate of frames may differ from the usual one in an even film

_SEGMENT = b"\x18\x53\x80\x67"  # the element of Matroska that holds everything else


def duration(film: Any) -> float:
    """How many seconds an opened film says that it lasts; 0 if it does not say."""
    whole = film.duration / av.time_base if film.duration else 0.0
    return max([whole, *(float(stream_duration(stream)) for stream in film.streams.video)])


def stream_duration(stream: Any) -> Fraction:
    """How many seconds a track says that it lasts (Matroska: when it ends); 0 if it does not say."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    tags = [value for key, value in stream.metadata.items() if key.upper().split("-")[0] == "DURATION"]
    tag = tags[0] if tags else ""  # of Matroska, "00:00:04.400000000"; the key may end in a language
    try:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return Fraction(0)


def frame_rate(stream: Any) -> Fraction:
    """Mean frames a second of a track."""
    return stream.average_rate or stream.guessed_rate or DEFAULT_RATE


def is_uneven(stream: Any) -> bool:
    """Whether frames of a track seem to last for different times: their mean rate is not their usual one."""
    mean, usual = stream.average_rate, stream.base_rate
    return not mean or not usual or abs(mean / usual - 1) > UNEVEN


class FrameClock:
    """Gives the frames of one track their times, strictly increasing, in units of its time base from the film's start.

    `end` is the time at which the newest frame ends; after the last one, `finish` makes it the end of the track.
    """

    def __init__(self, film: Any, stream: Any, start: Fraction) -> None:
        self._film, self._stream = film, stream
        self._is_avi = film.format.name == "avi"  # knows only the order of decoding; its first frame is shown at once
        self._shift = None if self._is_avi else round(start / stream.time_base)
        self._last: int | None = None
        self._interval = max(1, round(1 / (frame_rate(stream) * stream.time_base)))
        self._frames = 0
        self.end = 0

    def stamp(self, frame: Any) -> None:
        """Set `frame.pts` and `frame.time_base`."""
        given = frame.dts if self._is_avi else frame.pts
        if given is None:
            time = 0 if self._last is None else self._last + self._interval
        else:
            if self._shift is None:
                self._shift = given
            time = given - self._shift
        if self._last is not None:
            time = max(self._last + 1, time)
        self._last = max(0, time)
        self._frames += 1
        frame.pts, frame.time_base = self._last, self._stream.time_base
        self.end = self._last + (frame.duration or self._interval)

    def finish(self) -> None:
        """No frame comes any more: the last picture stays as long as the track lasts, if the file holds all of it."""
        if self._stream.duration:  # MP4 numbers its frames; the last one's own duration may be that of another
            is_whole = bool(self._stream.frames) and self._frames >= self._stream.frames
            end = (self._stream.start_time or 0) + self._stream.duration
        else:
            end = round(stream_duration(self._stream) / self._stream.time_base)
            is_whole = end > 0 and not _is_cut_off(Path(self._film.name))
        if is_whole and self._shift is not None and self._last is not None:
            self.end = max(self._last + 1, end - self._shift)


def _is_cut_off(path: Path) -> bool:
    """Whether a Matroska file is shorter than its header says; its duration counts what is missing."""
    name = str(path).removeprefix("file:")
    with Path(name).open("rb") as file:
        head = file.read(4096)
    at = head.find(_SEGMENT) + len(_SEGMENT)
    if at < len(_SEGMENT) or not head[at : at + 1]:
        return False
    width = 9 - head[at].bit_length()
    size = int.from_bytes(head[at : at + width]) & ((1 << 7 * width) - 1)
    unknown = size == (1 << 7 * width) - 1
    return not unknown and at + width + size > Path(name).stat().st_size
