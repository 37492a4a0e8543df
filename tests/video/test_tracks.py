import logging
from fractions import Fraction

import av
import numpy as np
import pytest

from stylize.video.film import paint_video
from tests.video.films import Sound, make_film, read_film

TWO_LANGUAGES = (Sound(language="ger"), Sound(language="eng", is_default=True))


def plain(pixels):
    return pixels


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_every_sound_keeps_its_language_and_its_flag(tmp_path, ending):
    made = make_film(tmp_path / "a.mkv", sounds=TWO_LANGUAGES)
    sounds = read_film(paint_video(made, tmp_path / f"b{ending}", plain)).sounds
    assert [sound[:3] for sound in sounds] == [["aac", "ger", False], ["aac", "eng", True]]


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_chapters_are_kept(tmp_path, ending):
    made = make_film(tmp_path / f"a{ending}", chapters=[("One", 0, 1), ("Two", 1, 2)], sounds=[Sound(seconds=2)])
    assert read_film(paint_video(made, tmp_path / f"b{ending}", plain)).chapters == [("One", 0, 1), ("Two", 1, 2)]


@pytest.mark.parametrize(("codec", "ending"), [("subrip", ".mkv"), ("ass", ".mkv"), ("mov_text", ".mp4")])
def test_subtitles_are_copied_where_the_container_takes_them(tmp_path, caplog, codec, ending):
    made = make_film(tmp_path / f"a{ending}", subtitles=codec)
    subtitles = read_film(paint_video(made, tmp_path / f"b{ending}", plain)).subtitles
    assert len(subtitles) == 1
    assert subtitles[0][2].lstrip("\0\5") == ("Hello" if codec == "mov_text" else "Helloworld")
    assert not caplog.records


def test_fonts_of_subtitles_are_kept_and_nothing_else_that_is_attached(tmp_path):
    attached = [("a.ttf", "font/ttf", b"font"), ("who.txt", "text/plain", b"secret")]
    made = make_film(tmp_path / "a.mkv", subtitles="ass", attachments=attached)
    with av.open(str(paint_video(made, tmp_path / "b.mkv", plain))) as film:
        assert [(s.name, s.mimetype, s.data) for s in film.streams.attachments] == attached[:1]


def test_of_several_picture_tracks_one_is_painted_and_named(tmp_path, caplog):
    made = tmp_path / "a.mkv"
    with av.open(str(made), "w") as output:
        streams = [output.add_stream("ffv1", rate=12, width=32, height=24) for _ in range(2)]
        streams[0].disposition, streams[1].disposition = 0, 1
        for stream, level in zip(streams, (60, 200), strict=True):
            pixels = np.full((24, 32, 3), level, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels).reformat(format="yuv420p")))
            output.mux(stream.encode(None))
    film = read_film(paint_video(made, tmp_path / "b.mp4", plain))
    assert film.frames[0].mean() == pytest.approx(200, abs=4)
    assert [record.message for record in caplog.records] == ["a.mkv has 2 picture tracks; number 2 is painted."]


def test_subtitles_that_the_container_does_not_take_cost_one_line(tmp_path, caplog):
    made = make_film(tmp_path / "a.mkv", subtitles="subrip")
    assert not read_film(paint_video(made, tmp_path / "b.mp4", plain)).subtitles
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "a.mkv: subtitles (subrip) are left out" in record.message


@pytest.mark.parametrize(
    ("codec", "source", "target", "kept"),
    [
        ("aac", ".mkv", ".mp4", "aac"),
        ("mp3", ".avi", ".mp4", "mp3float"),
        ("mp3", ".mkv", ".mov", "mp3float"),
        ("libopus", ".webm", ".mkv", "opus"),
        ("libopus", ".webm", ".mp4", "aac"),  # Apple's players refuse it there
        ("flac", ".mkv", ".mp4", "aac"),
        ("pcm_s16le", ".mkv", ".mp4", "aac"),
        ("pcm_s16le", ".mkv", ".mov", "pcm_s16le"),
        ("wmav2", ".wmv", ".mp4", "aac"),  # its decoder keeps the last frame back
        ("wmav2", ".wmv", ".mkv", "aac"),
        ("aac", ".ts", ".mp4", "aac"),
        ("mp2", ".mpg", ".mp4", "aac"),
        ("mp2", ".avi", ".mp4", "aac"),
    ],
)
def test_sound_is_copied_where_players_play_it_and_encoded_elsewhere(tmp_path, caplog, codec, source, target, kept):
    pictures = {".webm": "libvpx", ".wmv": "wmv2", ".mpg": "mpeg2video"}.get(source, "libx264")
    times = {"times": range(0, 25), "base": Fraction(1, 25)} if source == ".mpg" else {}
    made = make_film(tmp_path / f"a{source}", codec=pictures, sounds=[Sound(codec, rate=48000)], **times)
    painted = read_film(paint_video(made, tmp_path / f"b{target}", plain))
    assert painted.sounds[0][0] == kept
    assert painted.sounds[0][3] == pytest.approx(1, abs=0.1)
    assert not caplog.records


def test_six_channels_stay_six(tmp_path):
    made = make_film(tmp_path / "a.mkv", sounds=[Sound("flac", layout="5.1", rate=48000)])
    painted = paint_video(made, tmp_path / "b.mp4", plain)
    with av.open(str(painted)) as film:
        assert film.streams.audio[0].layout.nb_channels == 6


def test_a_sound_of_an_unknown_codec_costs_one_line(tmp_path, caplog):
    made = make_film(tmp_path / "a.mp4", sounds=TWO_LANGUAGES)
    before, _, track = made.read_bytes().rpartition(b"mp4a")
    made.write_bytes(before + b"zzzz" + track.replace(b"esds", b"free"))
    painted = read_film(paint_video(made, tmp_path / "b.mp4", plain))
    assert [sound[:2] for sound in painted.sounds] == [["aac", "ger"]]
    assert len(painted.frames) == 12
    assert [record.message for record in caplog.records] == ["a.mp4: a sound track of an unknown codec is left out."]
