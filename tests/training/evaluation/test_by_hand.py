"""What a person says of photos. Masks beside it: an edge in its place, one beside it, one too soft; and faces."""

import json
from pathlib import Path

import numpy as np
import pytest

from stylize.training.evaluation.by_hand import OUTLINES, PEOPLE, cut_outs, edge_error, filled, people

SQUARE = [20.0, 20.0, 60.0, 20.0, 60.0, 60.0, 20.0, 60.0]


def test_an_outline_is_filled_and_one_inside_it_is_a_hole():
    by_hand = filled([SQUARE, [30, 30, 50, 30, 50, 50, 30, 50]], (100, 80))
    assert by_hand.shape == (80, 100)
    assert by_hand[25, 25] == 1
    assert by_hand[40, 40] == by_hand[10, 10] == 0
    assert by_hand.sum() == pytest.approx(1600 - 400, abs=40)


@pytest.mark.parametrize(("off", "error"), [(0, 0), (1, 1 / 12), (3, 3 / 12)])
def test_an_edge_beside_its_place_costs_how_far_it_is_off(off, error):
    by_hand = filled([[0, 0, 50, 0, 50, 80, 0, 80]], (100, 80))
    mask = np.zeros((80, 100), np.uint8)
    mask[:, : 50 + off] = 255
    assert edge_error(mask, by_hand) == pytest.approx(error, abs=0.03)


def test_a_soft_edge_costs_a_quarter():
    by_hand = filled([[0, 0, 50, 0, 50, 80, 0, 80]], (100, 80))
    mask = np.tile(255 * np.clip(0.5 - (np.arange(100) - 49.5) / 12, 0, 1), (80, 1)).astype(np.uint8)
    assert edge_error(mask, by_hand) == pytest.approx(0.25, abs=0.03)


def test_photos_are_known_by_their_names(tmp_path):
    for name in ("bsds_113044.jpg", "another.jpg"):
        (tmp_path / name).touch()
    (outlines,) = cut_outs([tmp_path]).values()
    assert filled(outlines, (480, 320)).mean() == pytest.approx(0.25, abs=0.1)
    assert OUTLINES.read_text().count(".jpg") == 10


def test_people_are_known_by_their_photos():
    (face,) = people(Path("azur_detection2.jpg"))
    assert face.corners == (126, 40, 194, 127)
    assert face.looks == ("adult", "dark")
    assert people(Path("another.jpg")) == []
    photos = json.loads(PEOPLE.read_text())
    looks = [set(face.looks) for photo in photos for face in people(Path(photo))]
    assert len(looks) == 28
    assert all(one & {"child", "adult", "older"} and one & {"light", "brown", "dark"} for one in looks)
