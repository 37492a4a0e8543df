import pytest

from stylize.inference import layers
from stylize.inference.layers import PICTURE, Layer, residual_blocks


def test_the_shipped_painter_tells_its_layers(onnx_painter):
    assert layers.loads(layers.dumps(onnx_painter.layers)) == onnx_painter.layers
    assert layers.reach(onnx_painter.layers) == 197
    assert layers.multiply_adds(onnx_painter.layers) == 25_656
    assert (onnx_painter.multiple, onnx_painter.halo) == (16, 176)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"source": 0}]', '[{"source": -1, "channels": 3, "colour": 1}]'])
def test_what_tells_no_layers_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        layers.loads(text)


def test_reach_grows_with_what_a_layer_stands_on():
    plain = [Layer(PICTURE, 4)]
    assert (layers.reach(plain), layers.multiple(plain)) == (1, 1)
    halved = [Layer(PICTURE, 4, 4, 2), Layer(0, 4), Layer(1, 4, enlarged=True)]
    assert layers.multiple(halved) == 2
    assert layers.reach(halved) == 6  # the strided 2, the next 2, the enlargement 1 or 2, after it 1
    blocks = [*halved[:1], *residual_blocks(0, 4, 2)]
    assert [layer.rectified for layer in blocks] == [True, True, False, True, True]
    assert layers.inputs(blocks) == [3, 4, 4, 4, 4]
