import numpy as np
import pytest

from stylize.inference import norm_statistics
from stylize.inference.norm_statistics import DEEP, SHALLOW, crop_boxes


@pytest.mark.parametrize("size", [(1000, 1000), (3000, 4000), (6000, 8000), (400, 65_000), (65_000, 3), (1, 900_000)])
@pytest.mark.parametrize(("sample", "pad", "multiple"), [(SHALLOW, 32, 4), (DEEP, 32, 16)])
def test_crops_lie_in_the_picture_and_cost_the_same(size, sample, pad, multiple):
    boxes = crop_boxes(*size, *sample, pad, multiple)
    seen = 0
    for top, bottom, left, right in boxes:
        assert (bottom - top) % multiple == (right - left) % multiple == 0
        assert 0 <= top < bottom < size[0] + multiple
        assert 0 <= left < right < size[1] + multiple
        seen += (bottom - top + 2 * pad) * (right - left + 2 * pad)
    assert 0.7 * sample[1] < seen < 1.3 * sample[1]
    assert len({box[:2] for box in boxes}) * len({box[2:] for box in boxes}) == len(boxes)  # no two are the same


def test_a_sample_is_near_what_the_whole_picture_has(painter, onnx_painter, astronaut, monkeypatch):
    pixels = np.asarray(astronaut.resize((640, 480)))
    vector = painter.vector("starry_night")
    _, exact = onnx_painter.measure(pixels, vector)
    monkeypatch.setattr(norm_statistics, "DEEP", (128, 200_000))
    sample = onnx_painter.sample(pixels, vector)
    apart = (sample.mean - exact.mean) / np.sqrt(exact.variance + 1e-5)
    assert np.sqrt(np.square(apart).mean()) < 0.2
    assert np.abs(sample.color - exact.color).max() < 12
