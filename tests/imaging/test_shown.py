import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylize.imaging import SQUARE, Shown, resize, resize_in_bands, squares


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_square_holds_something_where_the_mask_does(height, width, side, seed):
    mask = np.random.default_rng(seed).random((height, width)) > 0.98
    found = squares(mask.view(np.uint8), side)
    assert found.shape == (-(-height // side), -(-width // side))
    assert found.repeat(side, 0).repeat(side, 1)[:height, :width][mask].all()
    assert found.sum() <= mask.sum()


@pytest.mark.parametrize("size", [(700, 500), (64, 48), (1400, 1000), (1, 1)])
def test_columns_hold_what_is_shown_and_leave_out_what_is_far(size):
    mask = np.zeros((500, 700), np.uint8)
    mask[90:120, 130:140] = mask[90:300, 600:690] = 1
    shown = Shown.of(mask)
    wanted = resize(mask * 255, size) > 0
    for top in range(0, size[1], 7):
        rows = slice(top, min(top + 7, size[1]))
        columns = np.zeros(size[0], bool)
        for run in shown.columns(rows, size):
            columns[run] = True
        assert columns[wanted[rows].any(0)].all()
    assert not shown.columns(slice(450, 500), (700, 500))
    assert shown.columns(slice(95, 100), (700, 500)) == [slice(SQUARE, 4 * SQUARE), slice(8 * SQUARE, 700)]


@pytest.mark.parametrize("size", [(350, 240), (1500, 1100)])
def test_what_is_shown_is_resized_as_all_of_it(size):
    pixels = np.random.default_rng(1).integers(80, 176, (480, 700, 3), np.uint8)
    mask = np.zeros((480, 700), np.uint8)
    mask[100:200, 300:400] = 1
    found = np.zeros((size[1], size[0], 3), np.uint8)

    def keep(box, values):
        found[box] = values

    resize_in_bands(pixels, size, keep, Shown.of(mask))
    there = resize(mask * 255, size) > 0
    assert np.abs(found.astype(int) - resize(pixels, size))[there].max() <= 2
    assert not found[:, : size[0] // 4].any()
