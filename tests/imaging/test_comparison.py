"""How alike two pictures are."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from stylize.imaging.comparison import colors_moved, luminance, oklab, ssim


@pytest.mark.parametrize("size", [(64, 48), (97, 31), (11, 11)])
def test_ssim_is_that_of_scikit_image(astronaut, size):
    one = luminance(np.asarray(astronaut.resize(size)))
    noise = np.random.default_rng(0).normal(0, 0.1, one.shape)
    for other in (one, np.clip(one + noise, 0, 1), 1 - one):
        wanted = structural_similarity(
            one, other, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        assert ssim(one, other) == pytest.approx(wanted, abs=1e-9)


def test_a_picture_smaller_than_the_window_has_no_ssim():
    assert math.isnan(ssim(np.zeros((10, 40)), np.zeros((10, 40))))


def test_oklab_is_that_of_its_page():
    """The page's own table gives lightness and opponents of white, and what follows from them for greys and black."""
    colours = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    wanted = [[1, 0, 0], [0, 0, 0], [0.628, 0.225, 0.126], [0.452, -0.032, -0.312]]
    np.testing.assert_allclose(oklab(colours), wanted, atol=5e-4)


def test_colours_move_at_large_and_not_by_strokes(astronaut):
    photo = np.asarray(astronaut.resize((320, 240)))
    assert colors_moved(photo, photo) == 0
    assert colors_moved(np.zeros_like(photo), np.full_like(photo, 255)) == pytest.approx(100, abs=0.01)
    strokes = np.clip(photo.astype(int) + np.where(np.indices((240, 320)).sum(0) % 2, 12, -12)[..., None], 0, 255)
    assert np.abs(strokes - photo).mean() > 10
    assert colors_moved(strokes.astype(np.uint8), photo) < 2 < colors_moved(photo[..., ::-1], photo)
