"""Frames that are painted at the same time are those that are painted one after another."""

import threading
from itertools import pairwise

import numpy as np
import pytest

from stylize import NetworkError, Stylizer
from stylize.video.at_once import AHEAD, paint_frames
from stylize.video.temporal import FrameStylizer


@pytest.fixture(scope="module")
def on_two_threads():
    return Stylizer(device="cpu", threads=2)


@pytest.fixture
def pan(astronaut):
    wide = np.asarray(astronaut.resize((160, 96)))
    return [(time, np.ascontiguousarray(wide[:, 2 * time : 2 * time + 96])) for time in range(20)]


def test_they_come_in_order_and_are_the_same(on_two_threads, pan):
    film = on_two_threads.frame_stylizer("udnie")
    assert film.at_once == 2
    one_by_one = [film(frame) for _, frame in pan]
    at_once = list(paint_frames(on_two_threads.frame_stylizer("udnie"), pan))
    assert [time for time, _ in at_once] == [time for time, _ in pan]
    assert all(np.abs(a.astype(int) - b).max() <= 2 for a, (_, b) in zip(one_by_one, at_once, strict=True))
    again = list(paint_frames(on_two_threads.frame_stylizer("udnie"), pan))
    assert all((a == b).all() for (_, a), (_, b) in zip(at_once, again, strict=True))


def test_no_more_frames_are_read_ahead_than_memory_is_meant_for(on_two_threads, pan):
    read = []
    frames = paint_frames(on_two_threads.frame_stylizer("udnie"), (read.append(time) or (time, x) for time, x in pan))
    ahead = []
    for time, _ in frames:
        ahead.append(len(read) - time)
    assert max(ahead) == 2 * AHEAD + 1
    assert all(b <= a for a, b in pairwise(ahead))


def test_a_frame_that_fails_ends_the_film_and_leaves_no_thread(on_two_threads, pan, monkeypatch):
    def fail(*_):
        raise NetworkError("no")

    before = threading.active_count()
    monkeypatch.setattr(FrameStylizer, "paint", fail)
    with pytest.raises(NetworkError):
        list(paint_frames(on_two_threads.frame_stylizer("udnie"), pan))
    assert threading.active_count() <= before


def test_what_paints_frames_in_its_own_way_does_so_one_by_one(pan):
    read = []
    for time, painted in paint_frames(lambda x: 255 - x, (read.append(time) or (time, x) for time, x in pan)):
        assert len(read) == time + 1
        assert painted.shape == (96, 96, 3)


def test_a_film_counts_as_several_paintings_while_it_lasts(on_two_threads, pan):
    device = on_two_threads._device
    frames = paint_frames(on_two_threads.frame_stylizer("udnie"), pan)
    next(frames)
    assert not (device._paintings + 1 < device.threads)
    frames.close()
    assert device._paintings == 0
