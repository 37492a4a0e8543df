"""The other tracks of a film: sound and subtitles, copied where the container takes them, sound else encoded again."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import Any, Protocol

import av

# Sound that common players of a container play. It takes more (Vorbis, Opus, PCM), which Apple's refuse.
_MP4_SOUND = {"aac", "mp3", "ac3", "eac3", "alac"}
_MOV_SOUND = _MP4_SOUND | {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le"}
_PLAYED_SOUND = {".mp4": _MP4_SOUND, ".m4v": _MP4_SOUND, ".mov": _MOV_SOUND}  # those of .mkv play all

AAC_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)  # samples a second
AAC_BIT_RATE = 96_000  # bits a second of a channel


class Track(Protocol):
    """What writes one track of a film into another file, packet by packet."""

    def write(self, packet: Any) -> None:
        """Take the next packet of the track."""

    def finish(self) -> None:
        """Write what is still held back."""


class CopiedTrack:
    """Copies packets as they are, `start` seconds earlier. Raises ValueError if the container does not take them."""

    def __init__(self, source: Any, output: Any, start: Fraction) -> None:
        self._stream = output.add_stream_from_template(source)
        _describe(self._stream, source)
        self._output, self._shift = output, round(start / source.time_base)
        self._next: int | None = None  # the least time that the container takes
        self._step = 0 if source.type == "subtitle" else 1  # several texts may begin together

    def write(self, packet: Any) -> None:
        """Take the next packet of the track."""
        if packet.dts is None or (self._next is not None and packet.dts < self._next):
            return  # a track that jumps back
        self._next = packet.dts + self._step
        packet.pts = (packet.dts if packet.pts is None else packet.pts) - self._shift
        packet.dts -= self._shift
        packet.stream = self._stream
        self._output.mux(packet)

    def finish(self) -> None:
        """Nothing is held back."""


class EncodedSound:
    """Encodes sound as AAC, `start` seconds earlier, with one, two or six channels."""

    def __init__(self, source: Any, output: Any, start: Fraction) -> None:
        self._source, self._output, self._shift = source, output, round(start / source.time_base)
        channels = source.layout.nb_channels
        self._layout = "mono" if channels == 1 else "5.1" if channels >= 6 else "stereo"
        self._rate = source.rate if source.rate in AAC_RATES else AAC_RATES[-1]
        self._stream = output.add_stream("aac", rate=self._rate, layout=self._layout)
        self._stream.bit_rate = AAC_BIT_RATE * self._stream.codec_context.layout.nb_channels
        _describe(self._stream, source)
        self._stream.codec_context.open()
        self._resampler = self._new_resampler()
        self._format: tuple[Any, ...] = ()

    def write(self, packet: Any) -> None:
        """Take the next packet of the track."""
        self._decode(packet)

    def finish(self) -> None:
        """Write what decoder, resampler and encoder still hold."""
        self._decode(None)
        self._encode(None)
        self._output.mux(self._stream.encode(None))

    def _decode(self, packet: Any) -> None:
        try:
            frames = self._source.codec_context.decode(packet)
        except av.FFmpegError:  # one damaged packet: a moment of silence
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= self._shift
            layout = (frame.format.name, frame.layout.name, frame.sample_rate)
            if self._format and layout != self._format:
                self._encode(None)
                self._resampler = self._new_resampler()
            self._format = layout
            self._encode(frame)

    def _encode(self, frame: Any) -> None:
        for part in self._resampler.resample(frame):
            self._output.mux(self._stream.encode(part))

    def _new_resampler(self) -> Any:
        # "async" keeps the times of the encoder in order: gaps become silence, overlaps are cut
        size = self._stream.codec_context.frame_size
        return av.AudioResampler("fltp", self._layout, self._rate, size, {"async": "1"})


def add_sound(source: Any, output: Any, ending: str, start: Fraction) -> Track | None:
    """A track of sound in `output`, a file with that ending; None if nothing here decodes it."""
    if source.codec_context is None:
        return None
    played = _PLAYED_SOUND.get(ending)
    kinds: list[type[CopiedTrack] | type[EncodedSound]] = [CopiedTrack, EncodedSound]
    if played is not None and source.codec_context.codec.canonical_name not in played:
        kinds.remove(CopiedTrack)
    for kind in kinds:
        with contextlib.suppress(av.FFmpegError, ValueError):  # not taken by the container, or without a known layout
            return kind(source, output, start)
    return None


def add_subtitles(source: Any, output: Any, start: Fraction) -> Track | None:
    """A track of subtitles in `output`; None if the container does not take them as they are."""
    if source.codec_context is None:
        return None
    try:
        return CopiedTrack(source, output, start)
    except (av.FFmpegError, ValueError):
        return None


def copy_fonts(film: Any, output: Any) -> None:
    """Fonts that subtitles are set in. Other attachments are not kept."""
    for source in film.streams.attachments:
        if "font" in (source.mimetype or "") or "opentype" in (source.mimetype or ""):
            output.add_stream_from_template(source)


def chapters(film: Any, start: Fraction) -> list[dict[str, Any]]:
    """The chapters of a film that begins at `start` seconds, with their titles, as PyAV writes them."""
    kept = []
    for chapter in film.chapters():
        base = chapter["time_base"]
        shift = round(start / base)
        title = chapter["metadata"].get("title")
        kept.append(
            {
                "id": chapter["id"],
                "start": max(0, chapter["start"] - shift),
                "end": max(0, chapter["end"] - shift),
                "time_base": base,
                "metadata": {"title": title} if title else {},
            }
        )
    return kept


def _describe(stream: Any, source: Any) -> None:
    """Language and flags (default, forced, for the hard of hearing ...) are kept; names are not."""
    if source.language:
        stream.metadata["language"] = source.language
    stream.disposition = int(source.disposition)
