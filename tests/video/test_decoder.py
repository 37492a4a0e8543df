import re
from fractions import Fraction

import numpy as np
import pytest

from stylize.video.film import paint_video
from tests.video.films import make_film, read_film


def plain(pixels):
    return pixels


def moving_bar(index, size):
    """A bar that moves from one field to the next."""
    pixels = np.full((size[1], size[0], 3), 40, np.uint8)
    for field in (0, 1):
        left = 4 * (2 * index + field)
        pixels[field::2, left : left + 16] = 220
    return pixels


def combing(pixels):
    """Mean difference of a row from its neighbours, levels of 0..255."""
    rows = pixels[..., 0].astype(float)
    return np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean()


@pytest.mark.parametrize("options", [{"x264-params": "tff=1"}, {"x264-params": "bff=1"}, {}])
def test_interlaced_films_are_deinterlaced_at_their_times(tmp_path, options):
    fields = {"flags": "+ilme+ildct"} if options else {}
    made = make_film(
        tmp_path / "a.mkv", (128, 96), range(10), Fraction(1, 25), draw=moving_bar,
        options={"crf": "5", **fields, **options}, colorspace=1, color_primaries=1, color_trc=1,
    )  # fmt: skip
    before, after = read_film(made), read_film(paint_video(made, tmp_path / "b.mp4", plain))
    assert combing(before.frames[5]) > 8
    assert (combing(after.frames[5]) < 3) == bool(options)  # what is not marked as interlaced stays as it is
    np.testing.assert_allclose(after.times, before.times, atol=1e-3)
    assert after.duration == pytest.approx(before.duration, abs=1e-3)
    assert after.tags == before.tags


def test_damaged_frames_cost_one_line(tmp_path, caplog):
    made = make_film(tmp_path / "a.mkv", times=range(40), codec="ffv1")
    data = bytearray(made.read_bytes())
    for at in range(len(data) // 3, 2 * len(data) // 3, len(data) // 30):
        data[at : at + 40] = bytes(40)
    made.write_bytes(data)
    film = read_film(paint_video(made, tmp_path / "b.mp4", plain))
    assert len(film.frames) > 10
    assert film.times == sorted(film.times)
    (record,) = caplog.records
    assert re.fullmatch(r"a.mkv: \d+ damaged frames? w\w+ left out.", record.message)
