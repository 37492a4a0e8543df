"""Statistics of a region: they do not see what lies beside it."""

import numpy as np

from stylize.inference.region_statistics import INSIDE, crops_within
from stylize.styles import PHOTO


def test_crops_lie_in_the_mask():
    pixels, mask = np.zeros((300, 400, 3), np.uint8), np.zeros((300, 400), np.uint8)
    mask[:, 200:] = 255
    pixels[:, 200:] = 255
    crops = crops_within(pixels, mask)
    assert crops.shape[1:] == (192, 192, 3)
    assert (crops.mean((1, 2, 3)) >= 255 * INSIDE[0]).all()


def test_no_crop_fits_into_a_thread():
    mask = np.zeros((300, 400), np.uint8)
    mask[:, 200:203] = 255
    assert crops_within(np.zeros((300, 400, 3), np.uint8), mask) is None


def test_the_statistics_of_a_half_are_those_of_a_picture_of_it(onnx_painter, painter, noise):
    rng = np.random.default_rng(1)
    vector = painter.styles[PHOTO].vector
    pixels = np.full((256, 512, 3), 20, np.uint8)
    pixels[:, 256:] = rng.integers(100, 255, (256, 256, 3))
    mask = np.zeros((256, 512), np.uint8)
    mask[:, 256:] = 255
    found = onnx_painter.sample_within(pixels, mask, vector)
    wanted = onnx_painter.measure(np.ascontiguousarray(pixels[:, 256:]), vector)[1]
    np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found.variance, wanted.variance, rtol=1e-2, atol=1e-3)
