from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from stylize import Cancelled, VideoError
from stylize.cli import main
from stylize.video import transcoder
from stylize.video.film import paint_video
from tests.video.films import Sound, make_film, read_film


def plain(pixels):
    return pixels


@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_size_times_duration_and_sound_are_kept(tmp_path, size):
    made = make_film(tmp_path / "a.mp4", size, sounds=[Sound()])
    painted = paint_video(made, tmp_path / "b.mp4", lambda pixels: 255 - pixels)
    old, new = read_film(made), read_film(painted)
    assert new.frames[0].shape == (size[1], size[0], 3)
    np.testing.assert_allclose(new.times, old.times, atol=1e-4)
    assert new.duration == pytest.approx(old.duration, abs=0.03)
    assert new.sounds == old.sounds
    for before, after in zip(old.frames, new.frames, strict=True):
        assert np.abs(255 - before.astype(int) - after).mean() < 4


def test_sound_is_copied_bit_for_bit(tmp_path):
    made = make_film(tmp_path / "a.mp4", sounds=[Sound()])
    painted = paint_video(made, tmp_path / "b.mp4", plain)

    def packets(path):
        with av.open(str(path)) as film:
            return [(bytes(p), p.pts) for p in film.demux(audio=0) if p.size]

    assert packets(painted) == packets(made)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_films_are_painted_upright(tmp_path, turn):
    made = make_film(tmp_path / "a.mp4", (64, 48), turn=turn)
    film = read_film(paint_video(made, tmp_path / "b.mp4", plain))
    wanted = np.rot90(read_film(made).frames[0], turn // 90)  # set_display_rotation turns counter-clockwise
    assert film.frames[0].shape == wanted.shape
    assert np.abs(wanted.astype(int) - film.frames[0]).mean() < 4


@pytest.mark.parametrize(("turn", "shown"), [(0, Fraction(4, 3)), (90, Fraction(3, 4))])
def test_the_shape_of_pixels_is_kept(tmp_path, turn, shown):
    made = make_film(tmp_path / "a.mp4", turn=turn, sample_aspect_ratio=Fraction(4, 3))
    with av.open(str(paint_video(made, tmp_path / "b.mp4", plain))) as film:
        assert film.streams.video[0].sample_aspect_ratio == shown


def test_any_legal_name_is_read_and_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = make_film(tmp_path / "a.mp4").rename("2024-08-20T13:28:35 100%d.mp4")
    painted = paint_video(Path(made.name), Path("b:c?%03d.mp4"), plain)
    assert len(read_film(tmp_path / painted).frames) == 12


def test_a_normal_film_is_painted_without_a_word(tmp_path, caplog):
    for ending in (".mp4", ".mov", ".mkv"):
        made = make_film(tmp_path / f"a{ending}", sounds=[Sound()])
        paint_video(made, tmp_path / f"b{ending}", plain)
    assert not caplog.records


def make_animation(path, colours, durations, **options):
    frames = [Image.new("RGBA", (40, 30), colour) for colour in colours]
    for frame in frames:
        frame.paste((0, 0, 0, 0), (2, 10, 10, 20))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, **options)
    return path


def test_a_film_is_painted_whole_or_not_at_all(painter, tmp_path):
    made = make_film(tmp_path / "a.mp4", sounds=[Sound()])
    done = []
    written = painter.video(made, tmp_path / "b.mp4", "great_wave", keep_colors=True, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert len(read_film(written).frames) == 12
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_a_picture_that_is_called_a_film_is_named(tmp_path, astronaut, kind):
    astronaut.resize((64, 48)).save(tmp_path / "a.mp4", kind)
    with pytest.raises(VideoError, match=rf"a.mp4 is a picture \({kind}\), not a film"):
        paint_video(tmp_path / "a.mp4", tmp_path / "b.mp4", plain)


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
