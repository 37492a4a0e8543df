"""What regions are measured by: a mask against itself, moved, and turned round."""

from types import SimpleNamespace

import numpy as np

from stylize.imaging.boxes import Box
from stylize.inference.regions import FACE
from stylize.training.evaluation.by_hand import Person
from stylize.training.evaluation.regions import boundary_f, compare_people, iou


def square(left: int) -> np.ndarray:
    inside = np.zeros((64, 64), bool)
    inside[16:48, left : left + 32] = True
    return inside


def test_a_mask_agrees_with_itself():
    assert iou(square(8), square(8)) == boundary_f(square(8), square(8)) == 1


def test_moved_masks_agree_less():
    assert iou(square(8), square(24)) == 1 / 3
    assert boundary_f(square(8), square(9)) == 1
    assert boundary_f(square(8), square(16)) < 0.75


def test_nothing_agrees_with_nothing_only():
    empty = np.zeros((8, 8), bool)
    assert iou(empty, empty) == boundary_f(empty, empty) == 1
    assert iou(empty, ~empty) == 0
    assert boundary_f(empty, square(8)[:8, :8]) in (0, 1)


def test_people_are_found_or_not_and_what_is_large_beside_them_is_false():
    boxes = [Box(10, 10, 50, 60), Box(200, 100, 60, 60), Box(300, 10, 8, 8)]
    masks = SimpleNamespace(found=lambda: [SimpleNamespace(name=FACE, box=box) for box in boxes])
    faces = [Person((12, 8, 58, 72), ("adult",)), Person((100, 100, 160, 160), ("child",))]
    assert compare_people(masks, faces) == ([True, False], 1)
    assert compare_people(masks, []) == ([], 2)
