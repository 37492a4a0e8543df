"""Boxes: both conventions say the same, and none leaves its picture."""

from hypothesis import given
from hypothesis import strategies as st

from stylize.imaging.boxes import Box, Corners, box_from_shares, to_box, to_corners

whole = st.integers(0, 5000)
share = st.floats(-0.5, 1.5)


def test_a_known_box():
    assert Box(10, 20, 30, 40).corners == Corners(10, 20, 40, 60)
    assert to_box(Corners(10, 20, 40, 60)) == Box(10, 20, 30, 40)
    assert Box(10, 20, 30, 40).area == 1200


@given(whole, whole, whole, whole)
def test_there_and_back(left, top, width, height):
    box = Box(left, top, width, height)
    assert to_box(to_corners(box)) == box


@given(share, share, share, share, st.integers(1, 5000), st.integers(1, 5000))
def test_a_box_from_shares_lies_in_the_picture(left, top, right, bottom, width, height):
    box = box_from_shares((left, top, right, bottom), (width, height))
    assert box.width >= 1
    assert box.height >= 1
    assert 0 <= box.left < box.corners.right <= width
    assert 0 <= box.top < box.corners.bottom <= height
