"""From painted frames to the packets of a film's picture track."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from stylize.cpu import instructions
from stylize.video.color import LIMITED_RANGE, ColorTags
from stylize.video.timing import frame_rate, is_uneven

MAX_MPEG4_CLOCK = 60_000  # units a second, the most that codec can count


class FrameEncoder:
    """Encodes frames into a new track of `output`, like the track `source` in rate and time base.

    Every frame lasts until the next; the last one until the time that `finish` is told.
    """

    def __init__(self, output: Any, source: Any, size: tuple[int, int], tags: ColorTags, aspect: Fraction) -> None:
        self._output = output
        self._stream = _add_stream(output, source, size)
        self.pixel_format: str = self._stream.pix_fmt
        context = self._stream.codec_context
        context.flags |= Flags.frame_duration  # else the last frame lasts as long as a usual one
        if aspect != 1:
            context.sample_aspect_ratio = aspect
        context.color_range = LIMITED_RANGE
        context.colorspace, context.color_primaries, context.color_trc = tags.matrix, tags.primaries, tags.transfer
        self._pending: Any = None  # the newest frame, whose duration is not known yet
        self._durations: set[int] = set()  # the shortest and the longest so far
        self._last_packet: Any = None

    def encode(self, frame: Any, time: Fraction) -> None:
        """Encode `frame`, which is shown at `time` seconds."""
        frame.time_base = self._stream.codec_context.time_base
        frame.pts = round(time / frame.time_base)
        if self._pending is not None:
            frame.pts = max(frame.pts, self._pending.pts + 1)
            self._encode_pending(frame.pts)
        self._pending = frame

    def finish(self, end: Fraction) -> None:
        """Encode what is held back. The film ends at `end` seconds."""
        is_even = True
        if self._pending is not None:
            ticks = max(self._pending.pts + 1, round(end / self._pending.time_base))
            durations = self._durations | {ticks - self._pending.pts}
            is_even = max(durations) - min(durations) <= 1
            if not is_even:
                self._pending.pict_type = PictureType.I  # no frame before it waits for it: it is decoded last
            self._encode_pending(ticks)
        self._mux(self._stream.encode(None))
        if self._last_packet is not None:
            if not is_even:  # MP4 sums the times from dts to dts; with those of x264 the end would be cut
                self._last_packet.dts = self._last_packet.pts
            self._output.mux(self._last_packet)

    def _encode_pending(self, end: int) -> None:
        self._pending.duration = end - self._pending.pts
        durations = self._durations | {self._pending.duration}
        self._durations = {min(durations), max(durations)}
        self._mux(self._stream.encode(self._pending))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            if self._last_packet is not None:
                self._output.mux(self._last_packet)
            self._last_packet = packet


def _add_stream(output: Any, source: Any, size: tuple[int, int]) -> Any:
    rate, base = frame_rate(source), source.time_base
    is_odd = bool(size[0] % 2 or size[1] % 2)  # half-size chroma cannot have half a pixel
    if "libx264" in av.codecs_available:
        # ultrafast would double the file; the slower ones take time from the painter
        options = {"preset": "veryfast", "crf": "20", "forced-idr": "1"}
        if is_uneven(source):
            options["bf"] = "0"  # MP4 keeps times of decoding; only without reordering are they those of showing
        if "avx512f" in instructions():  # with these, x264 writes other bytes every time
            options["x264-params"] = "asm=avx2"
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.pix_fmt = "yuv444p" if is_odd else "yuv420p"
    else:
        stream = output.add_stream("mpeg4", rate=rate, options={"qscale": "3"})
        stream.pix_fmt = "yuv420p"
        base = max(base, Fraction(1, MAX_MPEG4_CLOCK))
    stream.width, stream.height = size
    stream.codec_context.time_base = base
    return stream
