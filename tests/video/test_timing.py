import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize.video.film import length, paint_video
from tests.video.films import Sound, make_film, read_film


def plain(pixels):
    return pixels


def make_animation(path, durations, size=(40, 30)):
    frames = [Image.new("RGB", size, (40 * i, 90, 200 - 30 * i)) for i in range(len(durations))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations)
    return path


@pytest.mark.parametrize("source", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("target", [".mp4", ".mkv"])
def test_the_last_picture_stays_as_long_as_it_did(tmp_path, source, target):
    made = make_film(tmp_path / f"a{source}", times=range(0, 500, 100), base=Fraction(1, 1000), last=4000)
    painted = paint_video(made, tmp_path / f"b{target}", plain)
    film = read_film(painted)
    assert film.duration == pytest.approx(4.4, abs=0.001)
    np.testing.assert_allclose(film.times, [0, 0.1, 0.2, 0.3, 0.4], atol=0.001)
    if (source, target) != (".mkv", ".mp4"):  # Matroska calls it even, and MP4 then says it of the one before, too
        np.testing.assert_allclose(film.durations, [0.1, 0.1, 0.1, 0.1, 4.0], atol=0.001)
    assert length(painted) == pytest.approx(4.4, abs=0.001)


@pytest.mark.parametrize("source", [".gif", ".webp", ".png", ".avif"])
@pytest.mark.parametrize("target", [".mp4", ".mov", ".mkv"])
def test_an_animation_becomes_a_film_of_its_times(tmp_path, source, target):
    made = make_animation(tmp_path / f"a{source}", [100, 100, 3000])
    film = read_film(paint_video(made, tmp_path / f"b{target}", plain))
    np.testing.assert_allclose(film.times, [0, 0.1, 0.2], atol=0.001)
    np.testing.assert_allclose(film.durations, [0.1, 0.1, 3.0], atol=0.001)
    assert film.duration == pytest.approx(3.2, abs=0.001)
    np.testing.assert_allclose(film.frames[1].mean((0, 1)), (40, 90, 170), atol=4)
    assert film.tags == (1, 1, 1, 1)


def test_a_film_that_is_cut_off_does_not_stand_still_to_its_end(tmp_path):
    made = make_film(tmp_path / "a.mkv", times=range(100), options={"crf": "10", "g": "5"})
    (tmp_path / "cut.mkv").write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    film = read_film(paint_video(tmp_path / "cut.mkv", tmp_path / "b.mkv", plain))
    assert film.duration == pytest.approx(len(film.frames) / 12, abs=0.1)
    assert len(film.frames) < 80


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_sound_stays_with_the_pictures(tmp_path, ending):
    made = make_film(
        tmp_path / "a.mkv", times=range(500, 1500, 100), base=Fraction(1, 1000), last=100, sounds=[Sound(seconds=1.5)]
    )
    film = read_film(paint_video(made, tmp_path / f"b{ending}", plain))
    assert film.times[0] == pytest.approx(0.5, abs=0.001)
    assert film.sounds[0][3] == pytest.approx(1.5, abs=0.05)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=6),
    size=st.tuples(st.integers(8, 33), st.integers(8, 33)),
    endings=st.tuples(st.sampled_from([".mp4", ".mov", ".mkv"]), st.sampled_from([".mp4", ".m4v", ".mov", ".mkv"])),
)
def test_times_duration_and_size_are_kept(gaps, size, endings):
    times = np.cumsum([0, *gaps])
    with tempfile.TemporaryDirectory() as folder:
        made = make_film(
            Path(folder) / f"a{endings[0]}", size, times[:-1].tolist(), Fraction(1, 1000), last=int(gaps[-1])
        )
        film = read_film(paint_video(made, Path(folder) / f"b{endings[1]}", plain))
    np.testing.assert_allclose(film.times, times[:-1] / 1000, atol=0.0006)
    assert film.duration == pytest.approx(times[-1] / 1000, abs=0.0011)
    assert {frame.shape for frame in film.frames} == {(size[1], size[0], 3)}
