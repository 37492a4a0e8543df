"""From the packets of a film's picture track to its frames, one after another, progressive and with their times."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

from stylize.errors import VideoError
from stylize.video.timing import FrameClock

MAX_FRAME = 36_000_000  # pixels of a frame; 8K has 33 million


class FrameDecoder:
    """Decodes one picture track of a film that begins at `start` seconds.

    Damaged packets are left out and counted in `damaged`. Interlaced frames are deinterlaced (bwdif), at their rate.
    """

    def __init__(self, film: Any, stream: Any, name: str, start: Fraction) -> None:
        self._stream, self._name = stream, name
        self._clock = FrameClock(film, stream, start)
        self._deinterlacer: _Deinterlacer | None = None
        self.damaged = 0
        self._context = _alpha_decoder(stream) or stream.codec_context
        self._context.thread_type = "AUTO"

    @property
    def end(self) -> Fraction:
        """When the newest frame ends, seconds; after `flush`, when the last one does."""
        return Fraction(self._clock.end * self._stream.time_base)

    def decode(self, packet: Any) -> Iterator[Any]:
        """The frames that `packet` completes. Raises VideoError if they are too large."""
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:  # one damaged packet: the film goes on with the next
            self.damaged += 1
            return
        for frame in frames:
            if frame.width * frame.height > MAX_FRAME:
                raise VideoError(f"{self._name} has frames of {frame.width}x{frame.height}, more than 8K: too large.")
            self._clock.stamp(frame)
            if self._deinterlacer is None and frame.interlaced_frame:
                self._deinterlacer = _Deinterlacer()
            yield from [frame] if self._deinterlacer is None else self._deinterlacer.filter(frame)

    def flush(self) -> Iterator[Any]:
        """The frames that are still held back."""
        yield from self.decode(None)
        self._clock.finish()
        if self._deinterlacer is not None:
            yield from self._deinterlacer.flush()


def _alpha_decoder(stream: Any) -> Any:
    """The decoder for WebM with transparency, which FFmpeg's own decoders of VP8 and VP9 pass over; None for others."""
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)
    has_alpha = any(key.lower() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())
    if not has_alpha or name not in av.codecs_available:
        return None
    return av.CodecContext.create(name, "r")


class _Deinterlacer:
    """Deinterlaces the frames that are marked as interlaced, and passes on the others, one frame late."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: tuple[Any, ...] = ()

    def filter(self, frame: Any) -> Iterator[Any]:
        layout = (frame.width, frame.height, frame.format.name)
        if self._graph is None or layout != self._layout:
            yield from self.flush()
            self._graph, self._layout = _deinterlacing_graph(frame), layout
        self._graph.vpush(frame)
        yield from self._pull()

    def flush(self) -> Iterator[Any]:
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._pull()
            self._graph = None

    def _pull(self) -> Iterator[Any]:
        while self._graph is not None:
            try:
                yield self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):  # wants more frames, or has no more
                return


def _deinterlacing_graph(frame: Any) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    bwdif = graph.add("bwdif", mode="send_frame", deint="interlaced")
    graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
    return graph
