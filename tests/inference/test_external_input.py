from types import SimpleNamespace

import numpy as np
import pytest

from stylize.inference.external_input import from_network, guess_range, read_format, to_network

FREE = SimpleNamespace(type="tensor(float)", shape=["n", 3, "h", "w"])


def test_order_size_and_range_come_from_the_metadata():
    image_format = read_format("a.onnx", FREE, {"order": "bgr", "size": "64x48", "range": "0-1"})
    assert image_format.size == (64, 48)
    pixels = np.zeros((2, 5, 3), np.uint8) + np.array([255, 51, 0], np.uint8)
    given = to_network(pixels, image_format)
    assert given.shape == (1, 3, 2, 5)
    assert given[0, :, 0, 0] == pytest.approx([0, 0.2, 1])
    assert (from_network(given[0].transpose(1, 2, 0), image_format) == pixels).all()


@pytest.mark.parametrize(
    ("shape", "channels_first", "size"),
    [
        (["n", 3, "h", "w"], True, (None, None)),
        ([1, "h", "w", 3], False, (None, None)),
        ([1, 3, 40, 64], True, (64, 40)),
        ([1, 40, 64, 3], False, (64, 40)),
    ],
)
def test_the_layout_is_where_the_three_is(shape, channels_first, size):
    image_format = read_format("a.onnx", SimpleNamespace(type="tensor(float)", shape=shape), {})
    assert (image_format.channels_first, image_format.size) == (channels_first, size)


@pytest.mark.parametrize(
    ("low", "high", "wanted"), [(0, 250, (0, 255)), (0.0, 1.0, (0, 1)), (-1.0, 1.0, (-1, 1)), (-0.1, 1.2, (0, 1))]
)
def test_a_range_is_guessed_from_an_answer(low, high, wanted):
    assert guess_range(np.linspace(low, high, 300, dtype=np.float32).reshape(10, 10, 3)) == wanted
