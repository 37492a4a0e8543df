"""Small films that the tests make for themselves, and what can be read back from one."""

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np


@dataclass
class Sound:
    """A track of sound: a sine of `seconds`."""

    codec: str = "aac"
    language: str | None = None
    is_default: bool = False
    seconds: float = 1.0
    rate: int = 44100
    layout: str = "mono"


@dataclass
class Film:
    """What a film file holds."""

    stream: object
    times: list
    durations: list  # of frames, as FFmpeg reads them
    frames: list
    duration: float
    sounds: list = field(default_factory=list)  # (codec, language, is default, seconds)
    subtitles: list = field(default_factory=list)  # (codec, language, text)
    chapters: list = field(default_factory=list)  # (title, start, end)
    tags: tuple = ()  # matrix, primaries, transfer, range


def grey_levels(index, size):
    """One grey level a frame, with a red corner at the top left."""
    pixels = np.full((size[1], size[0], 3), 60 + 8 * (index % 20), np.uint8)
    pixels[: size[1] // 4, : size[0] // 4] = (250, 40, 40)
    return pixels


def make_film(
    path,
    size=(64, 48),
    times=range(12),
    base=Fraction(1, 12),
    *,
    last=None,
    draw=grey_levels,
    codec="libx264",
    pixel_format=None,
    options=None,
    source_format="rgb24",
    sounds=(),
    subtitles=None,
    chapters=(),
    attachments=(),
    turn=0,
    metadata=None,
    **context,
):
    """A film whose frame i is `draw(i, size)` at `times[i]` times `base`; the `last` one lasts so long. Returns path.

    `context` is set on the encoder: colorspace, color_trc ... `subtitles` is a codec, with texts "Hello" and "world".
    """
    times = list(times)
    with av.open(str(path), "w") as output:
        default = {"crf": "10", "bf": "0"} if codec == "libx264" else {}  # else MP4 loses how long the last one lasts
        stream = output.add_stream(codec, rate=Fraction(12), options=options or default)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format or ("yuv444p" if size[0] % 2 or size[1] % 2 else "yuv420p")
        stream.codec_context.time_base = base
        stream.codec_context.flags |= av.codec.context.Flags.frame_duration
        stream.metadata.update(metadata or {})
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        if turn:
            stream.set_display_rotation(turn)
        voices = [_add_sound(output, sound) for sound in sounds]
        texts = output.add_mux_stream(subtitles, time_base=Fraction(1, 1000)) if subtitles else None
        for name, mimetype, data in attachments:
            output.add_attachment(name, mimetype, data)
        output.set_chapters(
            [
                {"id": i, "start": start, "end": end, "time_base": Fraction(1), "metadata": {"title": title}}
                for i, (title, start, end) in enumerate(chapters)
            ]
        )
        for i, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(draw(i, size), format=source_format)
            frame = _to_format(frame, stream.pix_fmt, context)
            frame.pts, frame.time_base = time, base
            frame.duration = (times[i + 1] - time) if i + 1 < len(times) else last or 1
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        for sound, voice in zip(sounds, voices, strict=True):
            _write_sound(output, sound, voice)
        if texts is not None:
            _write_text(output, texts, subtitles)
    return path


def read_film(path):
    """Everything that the tests ask of a film."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frames = list(film.decode(stream))
        first = frames[0]
        chapters = [
            (c["metadata"].get("title"), float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]))
            for c in film.chapters()
        ]
        made = Film(
            stream,
            [frame.time for frame in frames],
            [float(frame.duration * stream.time_base) for frame in frames],
            [frame.to_ndarray(format="rgb24") for frame in frames],
            film.duration / av.time_base,
            chapters=chapters,
            tags=tuple(int(v) for v in (first.colorspace, first.color_primaries, first.color_trc, first.color_range)),
        )
    with av.open(str(path)) as film:
        for track in film.streams.audio:
            is_default = bool(track.disposition & track.disposition.default)
            name = track.codec_context.name if track.codec_context else None
            made.sounds.append([name, track.language, is_default, 0.0])
        made.subtitles = [[track.codec_context.name, track.language, ""] for track in film.streams.subtitles]
        numbers = {track.index: i for i, track in enumerate(film.streams.audio)}
        texts = {track.index: i for i, track in enumerate(film.streams.subtitles)}
        for packet in film.demux():
            if packet.size and packet.stream.index in numbers:
                end = float((packet.pts + packet.duration) * packet.time_base)
                made.sounds[numbers[packet.stream.index]][3] = max(end, made.sounds[numbers[packet.stream.index]][3])
            elif packet.size and packet.stream.index in texts:
                made.subtitles[texts[packet.stream.index]][2] += bytes(packet).decode(errors="ignore")
    return made


def _to_format(frame, pixel_format, context):
    if frame.format.name == pixel_format:
        return frame
    matrix = {1: 1, 9: 9}.get(context.get("colorspace"), 5)
    return frame.reformat(format=pixel_format, dst_colorspace=matrix, dst_color_range=context.get("color_range", 1))


def _add_sound(output, sound):
    voice = output.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
    if sound.language:
        voice.metadata["language"] = sound.language
    voice.disposition = int(sound.is_default)
    voice.bit_rate = 128_000
    voice.codec_context.open()
    return voice


def _write_sound(output, sound, voice):
    resampler = av.AudioResampler(voice.format.name, sound.layout, sound.rate, voice.codec_context.frame_size or 1024)
    wave = np.sin(np.arange(round(sound.rate * sound.seconds)) / 20)[None].astype(np.float32) / 2
    heard = av.AudioFrame.from_ndarray(np.repeat(wave, voice.layout.nb_channels, 0), "fltp", sound.layout)
    heard.sample_rate, heard.pts, heard.time_base = sound.rate, 0, Fraction(1, sound.rate)
    for frame in [*resampler.resample(heard), *resampler.resample(None)]:
        output.mux(voice.encode(frame))
    output.mux(voice.encode(None))


def _write_text(output, stream, codec):
    """Two texts that begin together, one where MP4 can hold but one."""
    for text in (b"Hello",) if codec == "mov_text" else (b"Hello", b"world"):
        packet = av.Packet(len(text).to_bytes(2, "big") + text if codec == "mov_text" else text)
        packet.pts = packet.dts = 200
        packet.duration, packet.time_base, packet.stream = 500, Fraction(1, 1000), stream
        output.mux(packet)
