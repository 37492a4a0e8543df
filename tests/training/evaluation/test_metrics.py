"""Each measure sees the fault that it was made for, and nothing in a picture without it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.training.evaluation.metrics import (
    PERIODS,
    blotches,
    border,
    equivalent_iterations,
    grid,
    palette,
    patch_sizes,
    saturated_share,
    ssim,
)


def eight_bits(pixels: Tensor) -> Tensor:
    return pixels.clamp(0, 1).mul(255).round() / 255


@pytest.fixture
def photo() -> Tensor:
    """Smooth shapes, a disc with a hard edge and some grain, [3, 160, 200]."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(1, 3, 10, 12, generator=generator)
    pixels = F.interpolate(coarse, (160, 200), mode="bicubic")[0] * 0.6 + 0.2
    y, x = torch.meshgrid(torch.arange(160), torch.arange(200), indexing="ij")
    pixels *= torch.where((y - 70).square() + (x - 90).square() < 50**2, 0.7, 1.0)
    return eight_bits(pixels + 0.01 * torch.randn(3, 160, 200, generator=generator))


@pytest.mark.parametrize("period", PERIODS)
def test_a_faint_grid_is_seen_at_its_period(photo, period):
    grids = photo.clone()
    grids[:, period // 2 :: period] += 3 / 255  # lines, three grey levels brighter
    before, after = grid(photo), grid(eight_bits(grids))
    assert after[period] - before[period] > 6
    assert all(abs(after[p] - before[p]) < 1 for p in PERIODS if p > period)  # harmonics reach the shorter ones only


def test_a_checkerboard_of_transposed_convolution_is_seen(photo):
    board = photo.clone()
    board[:, ::2, ::2] += 4 / 255
    assert grid(eight_bits(board))[2] - grid(photo)[2] > 6


def test_texture_that_is_no_grid_is_not_seen(photo):
    generator = torch.Generator().manual_seed(1)
    rough = eight_bits(photo + 0.1 * torch.randn(photo.shape, generator=generator))
    stripes = eight_bits(photo + 0.1 * torch.sin(torch.arange(200) * 2 * math.pi / 6.3))
    for other in (photo, rough, stripes):
        assert all(abs(decibels) < 4 for decibels in grid(other).values())


def test_a_flat_picture_has_no_grid():
    assert all(decibels == pytest.approx(0, abs=0.1) for decibels in grid(torch.full((3, 128, 136), 0.5)).values())


def test_ssim_is_that_of_its_paper(photo):
    """Wang et al. 2004, equation 13, for a window that covers two even pictures: only their means count."""
    first, second = torch.full((3, 32, 32), 0.2), torch.full((3, 32, 32), 0.6)
    wanted = (2 * 0.2 * 0.6 + 0.01**2) / (0.2**2 + 0.6**2 + 0.01**2)
    assert ssim(first, second) == pytest.approx(wanted, abs=1e-5)
    assert ssim(photo, photo) == 1
    noisy = (photo + 0.1 * torch.randn(photo.shape, generator=torch.Generator().manual_seed(2))).clamp(0, 1)
    assert 0.3 < ssim(photo, noisy) < ssim(photo, 0.9 * photo) < 1


@pytest.mark.parametrize("side", [(slice(None), 0), (slice(None), -1), (slice(None), slice(None), -1)])
def test_a_line_around_the_picture_is_seen(photo, side):
    framed = photo.clone()
    framed[side] = 0.0
    assert border(photo) < 1.5
    assert border(framed) > 3
    assert border(torch.full((3, 64, 64), 0.5)) == pytest.approx(1)


def test_saturated_share_counts_clipped_pixels():
    pixels = torch.full((3, 10, 10), 0.5)
    pixels[1, :2] = 1.0
    pixels[2, 9] = 0.0
    assert saturated_share(pixels) == pytest.approx(0.3)


def test_a_blotch_is_a_colour_that_nothing_explains(photo):
    colours = palette([photo])
    painted = photo.clone()
    painted[:, 20:44, 30:60] = torch.tensor([1.0, 0.0, 1.0])[:, None, None]
    painted[:, 100:140, 100:140] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    assert blotches(photo, photo, colours) == 0
    assert blotches(painted, photo, colours) == 2
    assert blotches(painted, painted, colours) == 0  # the photo itself is so coloured
    assert blotches(painted, photo, palette([photo, painted])) == 0  # or the painting is


def test_patches_touch_at_corners_and_wind():
    mask = torch.tensor([[1, 0, 0, 1, 1], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 0], [1, 0, 0, 1, 0]]).bool()
    assert sorted(patch_sizes(mask)) == [2, 3, 6]
    assert patch_sizes(torch.zeros(4, 4, dtype=torch.bool)) == []


@pytest.mark.parametrize(
    ("total", "iterations"), [(12.0, 0), (10.0, 0), (9.0, 0.5), (8.0, 1), (5.0, 2.5), (1.9, math.inf), (math.nan, 0)]
)
def test_equivalent_iterations_are_interpolated(total, iterations):
    assert equivalent_iterations(total, [10.0, 8.0, 8.0, 2.0]) == iterations
