import numpy as np

from stylize.inference import style_vector

CHANNELS = (2, 5, 8, style_vector.LAST_LAYER)


def test_a_vector_is_scales_shifts_and_the_gate():
    vector = np.arange(style_vector.size(CHANNELS), dtype=np.float32)
    scale, shift, gate = style_vector.split(vector)
    assert len(scale) == len(shift) == sum(CHANNELS)
    assert np.array_equal(np.concatenate([scale, shift, gate]), vector)
    layers = style_vector.by_layer(shift, CHANNELS)
    assert [len(layer) for layer in layers] == list(CHANNELS)
    assert np.array_equal(np.concatenate(layers), shift)
    assert np.array_equal(style_vector.last_layer(shift), layers[-1])
    assert style_vector.normalized(CHANNELS) == len(shift) - len(layers[-1])


def test_parts_are_views_of_one_vector_or_of_many():
    vectors = np.zeros((4, style_vector.size(CHANNELS)), np.float32)
    scale, _, gate = style_vector.split(vectors)
    style_vector.last_layer(scale)[:] = 1
    gate[:] = 2
    assert vectors.sum() == 4 * (style_vector.LAST_LAYER + 2 * style_vector.COLORS)
    assert [layer.shape for layer in style_vector.by_layer(scale, CHANNELS)] == [(4, count) for count in CHANNELS]


def test_some_layers_have_a_vector_of_their_own():
    vectors = np.arange(2 * style_vector.size(CHANNELS), dtype=np.float32).reshape(2, -1)
    part = style_vector.of_layers(vectors, CHANNELS, [0, 3])
    assert part.shape == (2, style_vector.size((2, style_vector.LAST_LAYER)))
    for values, wanted in zip(style_vector.split(part), style_vector.split(vectors), strict=True):
        if values.shape[1] == style_vector.COLORS:
            assert np.array_equal(values, wanted)
        else:
            first, _, _, last = style_vector.by_layer(wanted, CHANNELS)
            assert np.array_equal(values, np.concatenate([first, last], 1))


def test_the_identity_is_the_shipped_style_photo(painter, onnx_painter, noise):
    identity = style_vector.identity(onnx_painter.channels)
    assert (onnx_painter.measure(noise, identity)[0] == noise).all()
    own, shipped = (style_vector.split(vector) for vector in (identity, painter.styles["photo"].vector))
    assert np.array_equal(own[2], shipped[2])
    for one, other in zip(own[:2], shipped[:2], strict=True):
        assert np.array_equal(style_vector.last_layer(one), style_vector.last_layer(other))
