"""Regions: parts and boxes from maps, faces from scores, and what the shipped network sees."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from stylize import MissingNetworkError, NetworkError
from stylize.inference.faces import decode_faces, distinct
from stylize.inference.regions import (
    BACKGROUND,
    FACE,
    LEAST,
    LONGER,
    SUBJECT,
    RegionsNetwork,
    connected,
    enlarged,
    grown,
    seen_size,
    without_holes,
)
from stylize.inference.session import Device
from stylize.paths import MODELS


@pytest.fixture(scope="module")
def network():
    return RegionsNetwork(MODELS / "regions.onnx", Device("cpu"))


@pytest.fixture(scope="module")
def seen(network):
    return network(data.astronaut())


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (8, 8), (1, 1), (10_000, 20), (385, 289)])
def test_a_photo_is_seen_at_sides_that_the_network_takes(size):
    width, height = seen_size(*size)
    assert width % 16 == height % 16 == 1
    assert max(width, height) == LONGER
    assert min(width, height) >= LEAST


def test_connected_parts_are_told_apart_largest_first():
    inside = np.zeros((6, 8), bool)
    inside[0, :2] = inside[3:5, 4:8] = inside[5, 3] = True  # the last touches the second at a corner
    parts = connected(inside)
    assert [int(part.sum()) for part in parts] == [9, 2]
    assert np.array_equal(np.logical_or.reduce(parts), inside)
    assert connected(np.zeros((3, 3), bool)) == []


def test_a_part_grows_on_all_sides():
    part = np.zeros((7, 7), bool)
    part[3, 3] = True
    assert grown(part, 2).sum() == 25


def test_a_map_keeps_its_places_when_it_is_enlarged():
    coarse = np.random.default_rng(0).random((3, 5), np.float32)
    large = enlarged(coarse, 4)
    assert large.shape == (9, 17)
    np.testing.assert_allclose(large[::4, ::4], coarse)
    np.testing.assert_allclose(large[0, 2], coarse[0, :2].mean(), rtol=1e-6)


def test_of_two_boxes_of_one_face_the_better_stays():
    boxes = np.array([[0, 0, 0.5, 0.5, 0.6], [0.05, 0, 0.5, 0.5, 0.9], [0.6, 0.6, 0.9, 0.9, 0.5]], np.float32)
    assert distinct(boxes, 0.4)[:, 4].tolist() == pytest.approx([0.9, 0.5])


def test_a_face_is_where_the_score_is_highest():
    score, sides = np.zeros((9, 9), np.float32), np.full((4, 9, 9), 8, np.float32)
    score[4, 4], score[4, 5] = 0.9, 0.8
    (face,) = decode_faces(score, sides, 4, (33, 33))
    np.testing.assert_allclose(face[:4] * 33, [8.5, 8.5, 24.5, 24.5], rtol=1e-5)
    assert face[4] == pytest.approx(0.9)
    assert decode_faces(np.zeros_like(score), sides, 4, (33, 33)).shape == (0, 5)


def test_the_astronaut_is_a_person_with_a_face(seen):
    regions = seen.found()
    names = [region.name for region in regions]
    assert names[:2] == [SUBJECT, BACKGROUND]
    assert names.count("person") == 1
    person, face = (next(r for r in regions if r.name == name) for name in ("person", FACE))
    assert person.area > 0.25
    left, top, right, bottom = face.box.corners
    assert left < 225 < right  # her nose
    assert top < 115 < bottom
    assert 40 < face.box.width < 160
    assert all(0 <= region.score <= 1 for region in regions)


def test_masks_have_the_photos_size_and_follow_it(seen):
    person = seen.mask("person")
    assert person.shape == (512, 512)
    assert person[300, 200] > 180  # her suit
    assert person[20, 330] < 60  # the wall
    face = seen.mask(FACE)
    assert face[115, 225] > 220
    assert face[400, 225] == 0
    assert np.array_equal(seen.mask(BACKGROUND), 255 - seen.mask(SUBJECT))


def test_what_a_photo_does_not_show_has_an_empty_mask(seen):
    assert not seen.mask("sheep").any()


def test_a_cat_is_a_cat(network):
    assert "cat" in [region.name for region in network(data.chelsea()).found()]


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (3, 500)])
def test_any_size_has_masks(network, size):
    pixels = np.asarray(Image.fromarray(data.astronaut()).resize(size))
    masks = network(pixels)
    assert isinstance(masks.found(), list)
    assert {masks.mask(name).shape for name in masks.names} == {size[::-1]}


def test_an_even_picture_shows_no_thing(network):
    names = {region.name for region in network(np.full((200, 300, 3), 128, np.uint8)).found()}
    assert names <= {SUBJECT, BACKGROUND}


def test_a_missing_or_another_network_is_told(tmp_path):
    with pytest.raises(MissingNetworkError, match=r"holds no regions\.onnx"):
        RegionsNetwork(tmp_path / "regions.onnx", Device("cpu"))
    with pytest.raises(NetworkError, match=r"encoder\.onnx"):
        RegionsNetwork(MODELS / "encoder.onnx", Device("cpu"))


def test_small_holes_are_filled_where_the_network_is_not_sure():
    likely = np.zeros((60, 80), np.float32)
    likely[10:50, 10:70] = 0.9
    likely[20:25, 20:25] = 0.3  # a badge
    likely[20:25, 40:45] = 0.02  # seen through
    likely[40:50, 60:64] = 0.3  # open to below
    filled = without_holes(likely)
    assert (filled[20:25, 20:25] == 1).all()
    likely[20:25, 20:25] = 1
    assert np.array_equal(filled, likely)
    large = np.full((60, 80), 0.9, np.float32)
    large[10:50, 10:50] = 0.3
    assert np.array_equal(without_holes(large), large)
