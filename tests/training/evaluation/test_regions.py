"""What regions are measured by: a mask against itself, moved, and turned round."""

import numpy as np

from stylize.training.evaluation.regions import boundary_f, iou


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
