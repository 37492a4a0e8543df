import numpy as np
import pytest

from stylize.inference import layers, norm_statistics
from stylize.inference.norm_statistics import CROPPED, crop_boxes


@pytest.mark.parametrize("size", [(1000, 1000), (3000, 4000), (6000, 8000), (400, 65_000), (65_000, 3), (1, 900_000)])
def test_crops_lie_in_the_picture_and_cost_the_same(onnx_painter, size):
    boxes = crop_boxes(*size, onnx_painter.layers, onnx_painter.pad)
    seen = 0
    for top, bottom, left, right in boxes:
        assert (bottom - top) % 4 == (right - left) % 4 == 0
        assert 0 <= top < bottom < size[0] + 4
        assert 0 <= left < right < size[1] + 4
        seen += (bottom - top + 2 * onnx_painter.pad) * (right - left + 2 * onnx_painter.pad)
    assert 0.7 * CROPPED < seen < 1.3 * CROPPED
    assert len({box[:2] for box in boxes}) * len({box[2:] for box in boxes}) == len(boxes)  # no two are the same


def test_crops_are_as_wide_as_two_pixels_reach(onnx_painter):
    top, bottom, _, _ = crop_boxes(3000, 4000, onnx_painter.layers, onnx_painter.pad)[0]
    assert bottom - top == 2 * layers.reach(onnx_painter.layers) + 2  # a multiple of 4


def test_a_sample_is_near_what_the_whole_picture_has(painter, onnx_painter, astronaut, monkeypatch):
    pixels = np.asarray(astronaut.resize((640, 480)))
    vector = painter.vector("starry_night")
    _, exact = onnx_painter.measure(pixels, vector)
    monkeypatch.setattr(norm_statistics, "MAX_WHOLE", 1)
    monkeypatch.setattr(norm_statistics, "CROPPED", 150_000)
    sample = onnx_painter.sample(pixels, vector)
    apart = (sample.mean - exact.mean) / np.sqrt(exact.variance + 1e-5)
    assert np.sqrt(np.square(apart).mean()) < 0.2
    assert np.abs(sample.color - exact.color).max() < 12
