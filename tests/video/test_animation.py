"""Animations of every format: each comes in by its content and goes out by the ending that was asked for."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize import imaging
from stylize.callbacks import Note
from stylize.cli import main
from stylize.errors import VideoError
from stylize.imaging.animation_reader import FORMATS, is_animation, open_animation
from stylize.video.animation import KINDS, paint_animation, whole_durations
from tests.imaging import profiles
from tests.imaging.test_color_table import viewed

COLOURS = ((200, 0, 0, 255), (0, 200, 0, 255), (0, 0, 200, 255))
DURATIONS = [100, 250, 40]
ENDINGS = {"GIF": ".gif", "WEBP": ".webp", "PNG": ".png", "AVIF": ".avif"}
TOLERANCE = {"GIF": 2, "WEBP": 6, "PNG": 0, "AVIF": 6}


def make_animation(path, kind, durations=DURATIONS, transparent=True, **options):
    frames = [
        Image.new("RGBA", (40, 30), colour) for colour in itertools.islice(itertools.cycle(COLOURS), len(durations))
    ]
    for frame in frames:
        if transparent:
            frame.paste((0, 0, 0, 0), (2, 10, 10, 20))
    if not transparent:
        frames = [frame.convert("RGB") for frame in frames]
    options |= {"GIF": {"disposal": 2}, "PNG": {"disposal": 1}, "AVIF": {"quality": 100}}.get(kind, {})
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=durations, **options)
    return path


def test_every_format_is_written_that_is_read():
    assert set(KINDS.values()) == set(FORMATS) == set(ENDINGS)


@pytest.mark.parametrize("target", ENDINGS)
@pytest.mark.parametrize("source", ENDINGS)
@pytest.mark.parametrize("transparent", [True, False])
def test_an_animation_keeps_frames_durations_plays_and_transparency(tmp_path, source, target, transparent):
    options = {"loop": 2} if source == "GIF" else {"loop": 3}  # a GIF says how often it is repeated
    made = make_animation(tmp_path / f"a{ENDINGS[source]}", source, transparent=transparent, **options)
    painted = paint_animation(made, tmp_path / f"b{ENDINGS[target]}", lambda pixels: 255 - pixels)
    assert is_animation(painted)
    with Image.open(painted) as image:
        assert image.format == target
    with open_animation(painted) as animation:
        assert animation.durations == DURATIONS
        assert animation.size == (40, 30)
        assert animation.plays == (0 if "AVIF" in (source, target) else 3)
        for picture, colour in zip(animation, COLOURS, strict=True):
            wanted = [255 - value for value in colour[:3]]
            off = np.abs(picture.pixels[15, 25].astype(int) - wanted).max()
            assert off <= TOLERANCE[source] + TOLERANCE[target]
            assert (picture.alpha is not None) == transparent
            if transparent:
                assert picture.alpha[15, 5] == 0
                assert picture.alpha[15, 25] == 255


@pytest.mark.parametrize("loop", [0, 1, None])
def test_an_animation_plays_as_often_as_before(tmp_path, loop):
    options = {} if loop is None else {"loop": loop}
    made = make_animation(tmp_path / "a.gif", "GIF", **options)
    paint_animation(made, tmp_path / "b.gif", lambda pixels: pixels)
    with Image.open(made) as before, Image.open(tmp_path / "b.gif") as after:
        assert after.info.get("loop") == before.info.get("loop")
    paint_animation(made, tmp_path / "b.png", lambda pixels: pixels)
    with Image.open(tmp_path / "b.png") as after:
        assert after.info["loop"] == {0: 0, 1: 2, None: 1}[loop]


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.jpg", "a"])
def test_content_decides_what_moves(tmp_path, kind, name):
    assert is_animation(make_animation(tmp_path / name, kind))
    Image.new("RGB", (9, 9)).save(tmp_path / "still", kind)
    assert not is_animation(tmp_path / "still")


@pytest.mark.parametrize("kind", ENDINGS)
def test_who_reads_one_picture_of_it_is_told(tmp_path, kind):
    picture = imaging.read(make_animation(tmp_path / "a", kind))
    assert picture.notes == (Note("frames", "Only the first of 3 frames is used."),)
    assert np.abs(picture.pixels[15, 25].astype(int) - COLOURS[0][:3]).max() <= TOLERANCE[kind]


def test_the_picture_for_who_shows_no_animations_is_no_frame(tmp_path):
    still = Image.new("RGB", (40, 30), (9, 9, 9))
    frames = [Image.new("RGB", (40, 30), colour[:3]) for colour in COLOURS]
    still.save(tmp_path / "a.png", save_all=True, append_images=frames, duration=DURATIONS, default_image=True)
    with open_animation(tmp_path / "a.png") as animation:
        assert [tuple(picture.pixels[0, 0]) for picture in animation] == [colour[:3] for colour in COLOURS]
        assert animation.durations == DURATIONS
    assert imaging.read(tmp_path / "a.png").notes == (Note("frames", "Only the first of 3 frames is used."),)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF"])
def test_every_frame_is_converted_by_the_profile(tmp_path, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    profile = profiles.rgb_profile()
    made = make_animation(tmp_path / "a", kind, transparent=False, icc_profile=profile, **options)
    with open_animation(made) as animation:
        for picture, colour in zip(animation, COLOURS, strict=True):
            wanted = viewed(colour[:3], profiles.DISPLAY_P3)
            assert np.abs(picture.pixels[15, 25] - wanted).max() <= 2 + (kind == "AVIF") * 8


def test_every_frame_of_an_avif_is_converted_by_its_code_points(tmp_path):
    made = make_animation(tmp_path / "a.avif", "AVIF", transparent=False)
    data = bytearray(made.read_bytes())
    at = -1
    while (at := data.find(b"nclx", at + 1)) >= 0:
        data[at + 4 : at + 8] = bytes([0, 12, 0, 13])
    made.write_bytes(data)
    with open_animation(made) as animation:
        for picture, colour in zip(animation, COLOURS, strict=True):
            assert np.abs(picture.pixels[15, 25] - viewed(colour[:3], profiles.DISPLAY_P3)).max() <= 10


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=50), st.sampled_from([1, 10]))
def test_frames_end_as_close_to_their_times_as_they_can(durations, unit):
    whole = whole_durations(durations, unit)
    assert all(duration % unit == 0 for duration in whole)
    assert np.abs(np.cumsum(whole) - np.cumsum(durations)).max() <= unit / 2 + 1e-6


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(2, 60), min_size=2, max_size=4),
    st.sampled_from(sorted(ENDINGS)),
    st.sampled_from(sorted(ENDINGS)),
)
def test_durations_are_kept_from_any_format_to_any(tmp_path_factory, tens, source, target):
    folder = tmp_path_factory.mktemp("animation")
    durations = [10 * ten for ten in tens]
    made = make_animation(folder / "a", source, durations)
    painted = paint_animation(made, folder / f"b{ENDINGS[target]}", lambda pixels: pixels)
    with open_animation(painted) as animation:
        assert animation.durations == durations


def test_bad_animations_get_a_sentence(tmp_path):
    made = make_animation(tmp_path / "a.png", "PNG")
    with pytest.raises(VideoError, match=r"must be one of \.gif, \.webp, \.png"):
        paint_animation(made, tmp_path / "b.bmp", lambda pixels: pixels)
    made.write_bytes(made.read_bytes()[:-60])
    with pytest.raises(VideoError, match="damaged"):
        paint_animation(made, tmp_path / "b.png", lambda pixels: pixels)
    (tmp_path / "c.png").write_text("no animation")
    with pytest.raises(VideoError, match="not an animation"):
        paint_animation(tmp_path / "c.png", tmp_path / "b.png", lambda pixels: pixels)
    assert not (tmp_path / "b.png").exists()


def test_the_command_paints_every_frame_whatever_the_ending(tmp_path, capsys):
    made = make_animation(tmp_path / "spin.png", "GIF", [100, 100])
    assert main([str(made), "--style", "great_wave"]) == 0
    painted = tmp_path / "spin-great_wave.png"
    assert str(painted) in capsys.readouterr().out
    with open_animation(painted) as animation:
        assert animation.kind == "PNG"
        assert len(animation) == 2
