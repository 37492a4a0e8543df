"""One film on its way from one file into another: demuxed, painted, and muxed with its other tracks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from stylize import imaging
from stylize.callbacks import CancelCheck, Note, NoteCallback, NoteKind, ProgressCallback, raise_if_cancelled, report
from stylize.errors import VideoError
from stylize.imaging import Pixels
from stylize.inference.engine_protocol import PaintFrame
from stylize.video.at_once import paint_frames
from stylize.video.color import FrameConverter
from stylize.video.decoder import FrameDecoder
from stylize.video.encoder import FrameEncoder
from stylize.video.orientation import is_turned, upright
from stylize.video.timing import duration
from stylize.video.tracks import Track, add_sound, add_subtitles, chapters, copy_fonts

MAX_SECONDS = 3600  # of a film


class Transcoder:
    """Paints the opened `film`, the file `source`, into the opened `output`, a file with the ending `ending`.

    `note` is told what of the film is not kept. Raises VideoError if there is nothing to paint, or too
    much.
    """

    def __init__(
        self, film: Any, output: Any, source: Path, ending: str, paint_frame: PaintFrame, note: NoteCallback
    ) -> None:
        self._film, self._output, self._name, self._ending = film, output, source.name, ending
        self._paint_frame, self._note_callback = paint_frame, note
        self._seconds = duration(film)
        if self._seconds > MAX_SECONDS:
            raise VideoError(
                f"{self._name} is {self._seconds / 60:.0f} minutes long; at most {MAX_SECONDS // 60} are accepted."
            )
        self._pictures = self._choose_pictures()
        self._start = Fraction(max(0, film.start_time or 0), av.time_base)
        self._decoder = FrameDecoder(film, self._pictures, self._name, self._start)
        self._converter: FrameConverter | None = None
        self._encoder: FrameEncoder | None = None
        self._size = (0, 0)
        self._was_transparent = False
        self._tracks: dict[int, Track] = {}  # by the number of the track in the film
        self._waiting: list[Any] = []  # packets before the first frame

    def run(self, progress: ProgressCallback | None, cancelled: CancelCheck | None) -> None:
        """Take everything over. Raises VideoError and Cancelled."""
        for (time, converter, encoder), painted in paint_frames(self._paint_frame, self._pixels(cancelled)):
            encoder.encode(converter.to_frame(painted, encoder.pixel_format), time)
            if self._seconds:
                report(progress, min(0.99, float(time) / self._seconds))
        if self._encoder is None:
            raise VideoError(f"{self._name} holds no frame that can be decoded.")
        self._encoder.finish(self._decoder.end)
        for track in self._tracks.values():
            track.finish()
        self._note_losses()
        report(progress, 1.0)

    def _choose_pictures(self) -> Any:
        tracks = [s for s in self._film.streams.video if not s.disposition & s.disposition.attached_pic]
        if not tracks:
            raise VideoError(f"{self._name} has no moving picture in it.")
        known = [track for track in tracks if track.codec_context is not None]
        if not known:
            raise VideoError(f"{self._name} is of a codec that is not known here. Give an MP4, for example.")
        chosen = next((track for track in known if track.disposition & track.disposition.default), known[0])
        if len(tracks) > 1:
            self._note(
                "picture_tracks",
                f"{self._name} has {len(tracks)} picture tracks; number {tracks.index(chosen) + 1} is painted.",
            )
        return chosen

    def _frames(self) -> Iterator[Any]:
        """The frames of the film. Other tracks are written on the way."""
        for packet in self._packets():
            if packet.stream is self._pictures:  # a packet's own number is not set for all
                yield from self._decoder.decode(packet)
            else:
                self._pass_on(packet)
        yield from self._decoder.flush()

    def _packets(self) -> Iterator[Any]:
        film = self._film
        packets = film.demux(self._pictures, *film.streams.audio, *film.streams.subtitles)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                self._note("damaged", f"{self._name} is damaged and ends early ({reason(error)}).")
                return
            if packet is None:
                return
            if packet.dts is not None or packet.size:  # else it says that a track ends
                yield packet

    def _pass_on(self, packet: Any) -> None:
        if self._encoder is None:
            self._waiting.append(packet)
        elif packet.stream.index in self._tracks:
            self._tracks[packet.stream.index].write(packet)

    def _pixels(
        self, cancelled: CancelCheck | None
    ) -> Iterator[tuple[tuple[Fraction, FrameConverter, FrameEncoder], Pixels]]:
        """The frames as pixels [H, W, 3], each with its time and what it becomes a frame again by."""
        for frame in self._frames():
            raise_if_cancelled(cancelled)
            time = Fraction(frame.pts * frame.time_base)
            if time > MAX_SECONDS:
                raise VideoError(f"{self._name} is longer than the {MAX_SECONDS // 60} minutes that are accepted.")
            if self._converter is None:
                self._converter = FrameConverter(frame)
            pixels, is_transparent = self._converter.to_pixels(frame)
            self._was_transparent |= is_transparent
            pixels = upright(pixels, frame)
            if self._encoder is None:
                self._encoder = self._begin(frame, (pixels.shape[1], pixels.shape[0]), self._converter)
            yield (
                (time, self._converter, self._encoder),
                imaging.resize(np.ascontiguousarray(pixels), self._size),
            )

    def _begin(self, frame: Any, size: tuple[int, int], converter: FrameConverter) -> FrameEncoder:
        """Add all tracks to the output, now that the first frame is seen."""
        self._size = size
        aspect = self._pictures.sample_aspect_ratio or Fraction(1)
        aspect = 1 / aspect if is_turned(frame) else aspect
        encoder = FrameEncoder(self._output, self._pictures, size, converter.encoded, aspect)
        self._add_sounds()
        self._add_subtitles()
        self._output.set_chapters(chapters(self._film, self._start))
        self._encoder = encoder
        for packet in self._waiting:
            self._pass_on(packet)
        self._waiting.clear()
        return encoder

    def _add_sounds(self) -> None:
        unknown = 0
        for source in self._film.streams.audio:
            track = add_sound(source, self._output, self._ending, self._start)
            if track is None:
                unknown += 1
            else:
                self._tracks[source.index] = track
        if unknown:
            what = "a sound track" if unknown == 1 else f"{unknown} sound tracks"
            self._note("sounds", f"{self._name}: {what} of an unknown codec is left out.")

    def _add_subtitles(self) -> None:
        refused = []
        for source in self._film.streams.subtitles:
            track = add_subtitles(source, self._output, self._start)
            if track is None:
                refused.append(source.codec_context.codec.canonical_name if source.codec_context else "unknown")
            else:
                self._tracks[source.index] = track
        if self._ending == ".mkv":
            copy_fonts(self._film, self._output)
        if refused:
            kinds = ", ".join(sorted(set(refused)))
            other = ".mp4" if self._ending == ".mkv" else ".mkv"
            self._note(
                "subtitles",
                f"{self._name}: subtitles ({kinds}) are left out, {self._ending} cannot hold them; {other} may.",
            )

    def _note(self, kind: NoteKind, text: str) -> None:
        self._note_callback(Note(kind, text))

    def _note_losses(self) -> None:
        if self._was_transparent:
            self._note("transparent", f"The transparent parts of {self._name} are white in the painted film.")
        if self._decoder.damaged:
            count = self._decoder.damaged
            self._note("damaged", f"{self._name}: {count} damaged frame{'s were' if count > 1 else ' was'} left out.")


def reason(error: Exception) -> str:
    """What FFmpeg says went wrong."""
    return str(getattr(error, "strerror", None) or error)
