from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from stylize import Cancelled, VideoError
from stylize.cli import main
from stylize.video import animation, transcoder
from stylize.video.container import paint_video


def plain(pixels):
    return pixels


def make_film(
    path, size=(64, 48), times=range(12), base=Fraction(1, 12), sound=None, turn=0, codec="libx264", **options
):
    """A film whose frame i is one grey level with a bright corner at the top left; returns its path."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=Fraction(12), options={"crf": "10"} if codec == "libx264" else {})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv444p" if size[0] % 2 or size[1] % 2 else "yuv420p"
        stream.codec_context.time_base = base
        for name, value in options.items():
            setattr(stream.codec_context, name, value)
        if turn:
            stream.set_display_rotation(turn)
        if sound:
            voice = out.add_stream(sound, rate=44100, layout="mono")
            voice.codec_context.open()
        for i, time in enumerate(times):
            pixels = np.full((size[1], size[0], 3), 60 + 8 * i, np.uint8)
            pixels[: size[1] // 4, : size[0] // 4] = (250, 40, 40)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = time, base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound:
            count = voice.codec_context.frame_size or 1024
            for i in range(44100 // count):
                wave = np.sin(np.arange(i * count, (i + 1) * count) / 20)[None]
                kind = "s16" if sound == "pcm_s16le" else "fltp"
                wave = (wave * 20000).astype(np.int16) if kind == "s16" else wave.astype(np.float32)
                heard = av.AudioFrame.from_ndarray(wave, format=kind, layout="mono")
                heard.sample_rate, heard.pts, heard.time_base = 44100, i * count, Fraction(1, 44100)
                out.mux(voice.encode(heard))
            out.mux(voice.encode(None))
    return path


def facts(path):
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frames = [(f.time, f.to_ndarray(format="rgb24")) for f in film.decode(stream)]
        sounds = [(s.codec_context.name, float(s.duration * s.time_base)) for s in film.streams.audio]
        return stream, [t for t, _ in frames], [p for _, p in frames], sounds, film.duration / av.time_base


@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_size_times_duration_and_sound_are_kept(tmp_path, size):
    made = make_film(tmp_path / "a.mp4", size, sound="aac")
    painted = paint_video(made, tmp_path / "b.mp4", lambda pixels: 255 - pixels)
    old, new = facts(made), facts(painted)
    assert new[2][0].shape == (size[1], size[0], 3)
    np.testing.assert_allclose(new[1], old[1], atol=1e-4)
    assert new[4] == pytest.approx(old[4], abs=0.03)
    assert new[3] == old[3]
    for before, after in zip(old[2], new[2], strict=True):
        assert np.abs(255 - before.astype(int) - after).mean() < 4


def test_sound_is_copied_bit_for_bit(tmp_path):
    made = make_film(tmp_path / "a.mp4", sound="aac")
    painted = paint_video(made, tmp_path / "b.mp4", plain)

    def packets(path):
        with av.open(str(path)) as film:
            return [(bytes(p), p.pts) for p in film.demux(audio=0) if p.size]

    assert packets(painted) == packets(made)


def test_sound_that_the_container_does_not_take_is_encoded_again(tmp_path):
    made = make_film(tmp_path / "a.mkv", sound="pcm_s16le", codec="mpeg4")
    stream, _, _, sounds, _ = facts(paint_video(made, tmp_path / "b.mp4", plain))
    assert stream.codec_context.name == "h264"
    assert sounds[0][0] == "aac"
    assert sounds[0][1] == pytest.approx(1.0, abs=0.1)


def test_uneven_times_are_kept(tmp_path):
    times = [0, 40, 80, 400, 410, 1000]
    made = make_film(tmp_path / "a.mp4", times=times, base=Fraction(1, 1000))
    _, new, _, _, _ = facts(paint_video(made, tmp_path / "b.mp4", plain))
    np.testing.assert_allclose(new, np.array(times) / 1000, atol=1e-4)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_films_are_painted_upright(tmp_path, turn):
    made = make_film(tmp_path / "a.mp4", (64, 48), turn=turn)
    stream, _, frames, _, _ = facts(paint_video(made, tmp_path / "b.mp4", plain))
    assert (stream.width, stream.height) == ((64, 48) if turn == 180 else (48, 64))
    wanted = np.rot90(facts(made)[2][0], turn // 90)  # set_display_rotation turns counter-clockwise
    assert np.abs(wanted.astype(int) - frames[0]).mean() < 4
    assert stream.codec_context is not None


def test_the_shape_of_pixels_and_colours_are_kept(tmp_path):
    made = make_film(tmp_path / "a.mp4", sample_aspect_ratio=Fraction(4, 3), colorspace=1)
    old, new = facts(made), facts(paint_video(made, tmp_path / "b.mp4", plain))
    assert new[0].sample_aspect_ratio == Fraction(4, 3)
    assert int(new[0].codec_context.colorspace) == 1
    assert np.abs(old[2][0].astype(int) - new[2][0]).mean() < 2


def make_animation(path, colours, durations, **options):
    frames = [Image.new("RGBA", (40, 30), colour) for colour in colours]
    for frame in frames:
        frame.paste((0, 0, 0, 0), (2, 10, 10, 20))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, **options)
    return path


@pytest.mark.parametrize(("suffix", "loop"), [(".gif", 3), (".webp", 3), (".gif", 0), (".gif", None)])
def test_animations_keep_durations_rounds_and_transparency(tmp_path, suffix, loop):
    options = {} if loop is None else {"loop": loop}
    colours = [(200, 0, 0, 255), (0, 200, 0, 255), (0, 0, 200, 255)]
    made = make_animation(tmp_path / f"a{suffix}", colours, [100, 250, 40], disposal=2, **options)
    assert animation.is_animation(made)
    painted = animation.paint_animation(made, tmp_path / f"b{suffix}", lambda pixels: 255 - pixels)
    with Image.open(made) as before, Image.open(painted) as after:
        assert after.size == (40, 30)
        assert after.info.get("loop") == before.info.get("loop")
        for index, (colour, duration) in enumerate(zip(colours, [100, 250, 40], strict=True)):
            after.seek(index)
            shown = after.convert("RGBA")
            assert after.info["duration"] == duration
            assert shown.getpixel((5, 15))[3] == 0
            np.testing.assert_allclose(shown.getpixel((25, 15))[:3], [255 - v for v in colour[:3]], atol=6)


def test_a_film_is_painted_whole_or_not_at_all(painter, tmp_path):
    made = make_film(tmp_path / "a.mp4", sound="aac")
    done = []
    written = painter.video(made, tmp_path / "b.mp4", "great_wave", keep_colors=True, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert len(facts(written)[2]) == 12
    stops = iter([False, False, True])
    for stop in (lambda: next(stops), interrupt):
        with pytest.raises((Cancelled, KeyboardInterrupt)):
            painter.video(made, tmp_path / "c.mp4", "great_wave", cancelled=stop)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("gone.mp4", None, "does not exist"),
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"not a film at all" * 99, "not a film we can read"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a film we can read"),
        ("a.gif", b"GIF89a nonsense", "not an animation we can read"),
    ],
)
def test_bad_films_get_a_sentence(painter, tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(VideoError, match=words):
        painter.video(tmp_path / name, tmp_path / f"out{(tmp_path / name).suffix}", "great_wave")
    assert len(list(tmp_path.iterdir())) == (data is not None)


def test_films_without_pictures_too_long_or_cut_off(painter, tmp_path, monkeypatch):
    with av.open(str(tmp_path / "sound.mp4"), "w") as out:
        voice = out.add_stream("aac", rate=44100, layout="mono")
        heard = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        heard.sample_rate = 44100
        out.mux([*voice.encode(heard), *voice.encode(None)])
    with pytest.raises(VideoError, match="no moving picture"):
        painter.video(tmp_path / "sound.mp4", tmp_path / "b.mp4", "udnie")
    made = make_film(tmp_path / "a.mp4")
    with pytest.raises(VideoError, match=r"must be one of \.mp4"):
        painter.video(made, tmp_path / "b.avi", "udnie")
    (tmp_path / "cut.mp4").write_bytes(made.read_bytes()[:-900])
    with pytest.raises(VideoError):
        painter.video(tmp_path / "cut.mp4", tmp_path / "b.mp4", "udnie")
    monkeypatch.setattr(transcoder, "MAX_SECONDS", 0.5)
    with pytest.raises(VideoError, match="at most"):
        painter.video(made, tmp_path / "b.mp4", "udnie")
    assert not (tmp_path / "b.mp4").exists()


def test_the_command_paints_films(tmp_path, capsys):
    made = make_film(tmp_path / "clip.mov")
    turning = make_animation(tmp_path / "spin.gif", [(200, 0, 0, 255), (0, 200, 0, 255)], [100, 100])
    assert main([str(made), str(turning), "--style", "great_wave"]) == 0
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "clip-great_wave.mov"),
        str(tmp_path / "spin-great_wave.gif"),
    ]
    with Image.open(tmp_path / "spin-great_wave.gif") as painted:
        assert painted.n_frames == 2
