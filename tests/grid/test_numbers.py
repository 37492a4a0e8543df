"""The numbers beside a painting."""

import math

import numpy as np
import pytest

from stylize.grid import NUMBERS, Grid, Numbers


def test_numbers_say_what_the_eye_sees(painter, astronaut):
    photo = astronaut.resize((192, 144))
    grid = Grid([photo], ["udnie", "the_kiss"], strengths=(0.0, 0.5, 1.0))
    cells = list(painter.grid(grid, 192, numbers=True))
    for column in (0, 1):
        weak, half, full = (cell.numbers for cell in cells if cell.column == column)
        assert weak.ssim == pytest.approx(1)
        assert weak.colors_moved == pytest.approx(0)
        assert weak.ssim > half.ssim > full.ssim
        assert weak.colors_moved < half.colors_moved < full.colors_moved
        assert weak.style_full > half.style_full > full.style_full
        assert all(one.seconds > 0 for one in (weak, half, full))
    assert all(cell.numbers.seconds == cell.seconds for cell in cells)
    assert [cell.numbers for cell in painter.grid(Grid([photo], ["udnie"]), 64)] == [None]


def test_a_cell_is_numbered_as_its_painting_is(painter, astronaut):
    photo = astronaut.resize((192, 144))
    (cell,) = painter.grid(Grid([photo], ["udnie"]), 192, numbers=True)
    again = painter.numbers(np.asarray(cell.image), np.asarray(photo), "udnie", cell.seconds)
    assert again == cell.numbers


def test_what_cannot_be_told_is_left_empty():
    numbers = Numbers(0.01234, math.nan, 1234.5, 0.5, 0.0, 0.1)
    assert dict(zip(NUMBERS, numbers.texts(), strict=True)) == {
        "style_full": "0.0123", "style_half": "", "style_quarter": "1.23e+03", "ssim": "0.5", "colors_moved": "0",
        "seconds": "0.1",
    }  # fmt: skip
