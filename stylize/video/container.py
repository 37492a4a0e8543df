"""Paint a film: frames decoded, painted and encoded as a stream, in memory that does not grow with its length.

What is kept: the size as shown (rotation is applied, odd sides stay odd), every frame's time, the duration, the shape
of pixels, the colour space, and the sound, which is copied untouched where the container takes it.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from stylize import imaging
from stylize.cpu import instructions
from stylize.errors import Cancelled, VideoError
from stylize.imaging import Pixels
from stylize.inference.tiling import Progress, Question
from stylize.video.formats import WRITABLE
from stylize.video.temporal import PaintFrame

MAX_SECONDS = 3600  # of a film
MAX_FRAME = 36_000_000  # pixels of a frame; 8K has 33 million

# Demuxers of files that stand alone. Playlists and the like could name other files and addresses.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,asf,flv,ogg,gif,h264,hevc,m4v,mjpeg,y4m"
_BT709, _BT601, _BT2020 = 1, 5, 9  # swscale's numbers of colour matrices

_log = logging.getLogger(__name__)


def paint_video(
    source: Path,
    target: Path,
    paint: PaintFrame,
    progress: Progress | None = None,
    cancelled: Question | None = None,
) -> Path:
    """Paint the film `source`, frame by frame with `paint`, into `target`, which appears whole or not at all.

    Raises VideoError if it cannot be read, holds no frame, is longer than `MAX_SECONDS`, or cannot be written; and
    Cancelled.
    """
    if target.suffix.lower() not in WRITABLE:
        raise VideoError(f"{target.name} cannot be written: a film's ending must be one of {', '.join(WRITABLE)}.")
    part = target.with_name(f".{target.stem[:40]}-{secrets.token_hex(4)}{target.suffix.lower()}")
    try:
        with _opened(source) as film:
            try:
                with av.open(str(part), "w", options={"movflags": "+faststart"}) as written:
                    _Passage(film, written, source.name, paint).run(progress, cancelled)
            except (av.FFmpegError, OSError) as error:
                raise VideoError(f"{target} cannot be written ({_reason(error)}).") from error
        part.replace(target)
    except OSError as error:
        raise VideoError(f"{target} cannot be written ({error}).") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def length(source: Path) -> float:
    """How many seconds a film says that it lasts; 0 if it does not say. Raises VideoError if it cannot be read."""
    with _opened(source) as film:
        return max([film.duration / av.time_base if film.duration else 0.0, *map(_seconds, film.streams.video)])


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[Any]:
    if not source.is_file():
        raise VideoError(f"{source} is a folder, not a film." if source.is_dir() else f"{source} does not exist.")
    if not source.stat().st_size:
        raise VideoError(f"{source.name} is empty. Give a film such as an MP4.")
    limits = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
    try:
        film = av.open(f"file:{source}", options=limits, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f"{source.name} is not a film we can read ({_reason(error)}). Give an MP4, for example."
        ) from error
    with film:
        yield film


class _Passage:
    """One film on its way from one file into another."""

    def __init__(self, film: Any, written: Any, name: str, paint: PaintFrame) -> None:
        self._film, self._written, self._name, self._paint = film, written, name, paint
        pictures_in = [s for s in film.streams.video if not s.disposition & s.disposition.attached_pic]
        if not pictures_in:
            raise VideoError(f"{name} has no moving picture in it.")
        self._in = pictures_in[0]
        self._in.thread_type = "AUTO"
        self._seconds = self._length()
        if self._seconds > MAX_SECONDS:
            raise VideoError(
                f"{name} is {self._seconds / 60:.0f} minutes long; at most {MAX_SECONDS // 60} are accepted."
            )
        self._out: Any = None
        self._size = (0, 0)
        self._sounds = {s.index: _Sound(s, written) for s in film.streams.audio if s.codec_context is not None}
        self._waiting: list[Any] = []  # packets of sound before the first frame
        start = film.start_time or 0
        self._start = Fraction(max(0, start), av.time_base)
        self._last = -1  # time of the newest frame
        self._first: int | None = None

    def run(self, progress: Progress | None, cancelled: Question | None) -> None:
        """Take everything over. Raises VideoError and Cancelled."""
        for packet in self._film.demux(self._in, *self._film.streams.audio):
            if packet.stream_index in self._sounds:
                self._hear(packet)
                continue
            for frame in self._decoded(packet):
                if cancelled is not None and cancelled():
                    raise Cancelled("Painting was cancelled.")
                at = self._show(frame)
                if at > MAX_SECONDS:
                    raise VideoError(f"{self._name} is longer than the {MAX_SECONDS // 60} minutes that are accepted.")
                if progress is not None and self._seconds:
                    progress(min(0.99, at / self._seconds))
        if self._out is None:
            raise VideoError(f"{self._name} holds no frame that can be decoded.")
        self._written.mux(self._out.encode(None))
        for sound in self._sounds.values():
            sound.finish()
        if progress is not None:
            progress(1.0)

    def _length(self) -> float:
        if seconds := _seconds(self._in):
            return seconds
        return self._film.duration / av.time_base if self._film.duration else 0.0

    def _decoded(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except av.FFmpegError as error:  # one damaged packet: the film goes on with the next
            _log.warning("%s: a damaged frame was left out (%s)", self._name, _reason(error))
            return []

    def _hear(self, packet: Any) -> None:
        if self._out is None:
            self._waiting.append(packet)
        else:
            self._sounds[packet.stream_index].take(packet, self._start)

    def _show(self, frame: Any) -> float:
        """Paint and write a frame; returns its time in seconds."""
        if frame.width * frame.height > MAX_FRAME:
            raise VideoError(f"{self._name} has frames of {frame.width}x{frame.height}, more than 8K: too large.")
        matrix = {_BT709: _BT709, 9: _BT2020, 10: _BT2020}.get(int(frame.colorspace), _BT601)
        pixels = _upright(frame.to_ndarray(format="rgb24", src_colorspace=matrix), frame)
        if self._out is None:
            self._begin(pixels, frame)
        pixels = np.ascontiguousarray(self._paint(imaging.resize(np.ascontiguousarray(pixels), self._size)))
        painted = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        painted = painted.reformat(format=self._out.pix_fmt, dst_colorspace=matrix, dst_color_range=1)
        base, pts = self._in.time_base, self._time(frame)
        painted.pts, painted.time_base, self._last = pts, base, pts
        if frame.duration:
            painted.duration = frame.duration
        self._written.mux(self._out.encode(painted))
        return float(pts * base)

    def _time(self, frame: Any) -> int:
        """When a frame is shown, in units of the track's time base, after the frame before it."""
        given = frame.pts
        if self._film.format.name == "avi":  # knows only the order of decoding; its first frame is shown at once
            given = frame.dts
            if self._first is None:
                self._first = given
            shift = self._first or 0
        else:
            shift = round(self._start / self._in.time_base)
        if given is None:
            rate = self._in.average_rate or Fraction(25)
            return 0 if self._last < 0 else self._last + max(1, round(1 / (rate * self._in.time_base)))
        return max(self._last + 1, int(given) - shift)

    def _begin(self, pixels: Pixels, frame: Any) -> None:
        """Choose how to encode, now that the first frame is seen."""
        height, width = pixels.shape[:2]
        self._size = (width, height)
        rate = self._in.average_rate or self._in.guessed_rate or Fraction(25)
        odd = bool(width % 2 or height % 2)  # half-size chroma cannot have half a pixel
        if "libx264" in av.codecs_available:
            # ultrafast would double the file; the slower ones take time from the painter
            options = {"preset": "veryfast", "crf": "20"}
            if "avx512f" in instructions():  # with these, x264 writes other bytes every time
                options["x264-params"] = "asm=avx2"
            out = self._written.add_stream("libx264", rate=rate, options=options)
            out.pix_fmt = "yuv444p" if odd else "yuv420p"
            base = self._in.time_base
        else:
            out = self._written.add_stream("mpeg4", rate=rate, options={"qscale": "3"})
            out.pix_fmt = "yuv420p"
            base = max(self._in.time_base, Fraction(1, 60_000))  # the most this codec can count
        out.width, out.height = width, height
        context = out.codec_context
        context.time_base = base
        aspect = self._in.sample_aspect_ratio
        if aspect and aspect != 1:
            context.sample_aspect_ratio = 1 / aspect if _matrix(frame)[1] else aspect
        context.color_range = 1
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(context, name, int(getattr(frame, name)))
        self._out = out
        for sound in self._sounds.values():
            sound.begin()
        for packet in self._waiting:
            self._sounds[packet.stream_index].take(packet, self._start)
        self._waiting.clear()


class _Sound:
    """One track of sound: copied, or encoded again where the container does not take it as it is."""

    def __init__(self, track: Any, written: Any) -> None:
        self._track, self._written = track, written
        self._out: Any = None
        self._resampler: Any = None
        self._last: int | None = None  # time of the newest packet that was copied

    def begin(self) -> None:
        """Add the track to the file."""
        codec = self._track.codec_context.name
        unheard = codec.startswith("pcm") and "mp4" in self._written.format.name.split(",")  # allowed; few players can
        if codec in self._written.supported_codecs and not unheard:
            with contextlib.suppress(av.FFmpegError, ValueError):
                self._out = self._written.add_stream_from_template(self._track)
                return
        rate = self._track.rate if self._track.rate in (8000, 16000, 22050, 24000, 32000, 44100, 48000) else 48000
        layout = "mono" if self._track.layout.nb_channels == 1 else "stereo"
        self._out = self._written.add_stream("aac", rate=rate, layout=layout)
        self._out.codec_context.open()
        self._resampler = av.AudioResampler("fltp", layout, rate, self._out.codec_context.frame_size)

    def take(self, packet: Any, start: Fraction) -> None:
        """The next packet of the track, in a film that began at `start` seconds."""
        shift = round(start / self._track.time_base)
        if self._resampler is None:
            if packet.dts is None or (self._last is not None and packet.dts <= self._last):
                return  # the end; or a track that jumps back, which no container takes
            self._last = packet.dts
            packet.pts, packet.dts = (packet.dts if packet.pts is None else packet.pts) - shift, packet.dts - shift
            packet.stream = self._out
            self._written.mux(packet)
            return
        with contextlib.suppress(av.error.InvalidDataError):
            for frame in packet.decode():
                if frame.pts is not None:
                    frame.pts -= shift
                self._encode(frame)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        if self._resampler is not None:
            self._encode(None)
            self._written.mux(self._out.encode(None))

    def _encode(self, frame: Any) -> None:
        for part in self._resampler.resample(frame):
            self._written.mux(self._out.encode(part))


def _seconds(track: Any) -> float:
    return float(track.duration * track.time_base) if track.duration else 0.0


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """(a, b, c, d) of the display matrix: a pixel at (x, y) is shown at (a x + c y, b x + d y). Signs only."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    a, b, _, c, d = (int(v) for v in np.frombuffer(bytes(data), np.int32)[:5])
    if abs(b) > abs(a):
        return 0, 1 if b > 0 else -1, 1 if c > 0 else -1, 0
    return 1 if a >= 0 else -1, 0, 0, 1 if d >= 0 else -1


def _upright(pixels: Pixels, frame: Any) -> Pixels:
    """`pixels` [H, W, 3] turned and mirrored as the display matrix says."""
    a, b, c, d = _matrix(frame)
    if b:
        pixels = pixels.swapaxes(0, 1)
    return pixels[:: b + d, :: a + c]


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
