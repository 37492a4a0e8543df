"""The guided filter: an even mask stays, and a coarse edge moves to the picture's."""

import numpy as np
import pytest

from stylize.inference.guided_filter import GuidedFilter, PictureEdges, mask_at_size


def halves(height: int, width: int, edge: int) -> np.ndarray:
    picture = np.full((height, width, 3), (30, 60, 90), np.uint8)
    picture[:, edge:] = (200, 120, 40)
    return picture


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_an_even_mask_stays(noise, value):
    functions = GuidedFilter(noise[:80, :60], 6).functions(np.full((80, 60), value, np.float32))
    mask = mask_at_size(*functions, noise[:160, :120])
    assert np.abs(mask - 255 * value).max() <= 1


def test_an_edge_that_is_blurred_and_out_of_place_becomes_the_pictures():
    small = halves(64, 96, 48)
    blurred = np.clip((np.arange(96) - 45) / 8 + 0.5, 0, 1).astype(np.float32)  # three pixels off, eight wide
    mask = mask_at_size(*GuidedFilter(small, 6, 3e-4).functions(np.tile(blurred, (64, 1))), halves(640, 960, 480))
    assert mask[:, 481:].min() - mask[:, :479].max() > 100
    across = mask[320].astype(int)
    assert abs(across[480] - across[479]) > 100  # within one pixel of ten times as many
    assert np.ptp(mask[:, 300]) < 10


def test_an_edge_that_is_far_from_its_place_is_moved_there():
    small = halves(96, 128, 64)
    likely = np.clip((np.arange(128) - 54) / 12 + 0.5, 0, 1).astype(np.float32)  # ten pixels off, twelve wide
    mask = PictureEdges(small).mask(np.tile(likely, (96, 1)), halves(480, 640, 320))
    assert mask[:, 324:].min() > 250
    assert mask[:, :316].max() < 5


def test_what_has_a_soft_edge_keeps_it(noise):
    likely = np.tile(np.clip((np.arange(100) - 50) / 40 + 0.5, 0, 1), (80, 1)).astype(np.float32)
    even = np.full((80, 100, 3), 120, np.uint8)
    edges = PictureEdges(even)
    widths = [
        np.count_nonzero((mask[40] > 12) & (mask[40] < 243))
        for mask in (edges.soft_mask(likely, even), edges.mask(likely, even))
    ]
    assert widths[0] > 25 > 15 > widths[1]
