"""The browser's painter in half precision, calculated as its kernels do (static/webgpu/), against ONNX Runtime.

What no test can have is a device that calculates in half precision; where one does not agree, `tested.js` leaves it.
"""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from stylize.inference import style_vector
from stylize.inference.input_noise import grained
from stylize.inference.painter import OnnxPainter
from stylize.inference.reflection import reflected
from stylize.inference.session import Device
from stylize.paths import MODELS
from stylize.training.export.web_model import BLOCK
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.trained_run import read_painter

HALF, SINGLE = np.float16, np.float32


def convolved(x, weight, layer):
    """`x` [I, H, W] and `weight` [O, I, k, k] in half precision: the products of four channels at a place are a sum in
    single, rounded; those along a row of the kernel are summed in half precision, all others in single."""
    size, pad = layer.kernel, (layer.padding,) * 2
    x = np.pad(x, ((0, -len(x) % BLOCK), (0, 0), (0, 0)))
    weight = np.pad(weight, ((0, 0), (0, x.shape[0] - weight.shape[1]), (0, 0), (0, 0)))
    padded = np.pad(x, ((0, 0), pad, pad), "reflect" if layer.reflected else "constant").astype(SINGLE)
    windows = sliding_window_view(padded, (size, size), (1, 2))[:, :: layer.stride, :: layer.stride]
    total = np.zeros((len(weight), *windows.shape[1:3]), SINGLE)
    for block in range(0, len(x), BLOCK):
        channels = slice(block, block + BLOCK)
        for row in range(size):
            part = np.zeros(total.shape, HALF)
            for column in range(size):
                seen = windows[channels, :, :, row, column]
                part += np.einsum("ihw,oi->ohw", seen, weight[:, channels, row, column].astype(SINGLE)).astype(HALF)
            total += part
    return total.astype(HALF)


def doubled(x):
    """`x` [C, H, W] at twice the size, bilinear."""
    x = x.astype(SINGLE)
    for axis in (1, 2):
        before = np.concatenate([x.take([0], axis), x.take(range(x.shape[axis] - 1), axis)], axis)
        after = np.concatenate([x.take(range(1, x.shape[axis]), axis), x.take([-1], axis)], axis)
        shape = [2 * side if at == axis else side for at, side in enumerate(x.shape)]
        x = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis + 1).reshape(shape)
    return x.astype(HALF)


def shuffled(x):
    """`x` [4 C, H, W] as [C, 2 H, 2 W]."""
    count, height, width = x.shape
    moved = x.reshape(count // 4, 2, 2, height, width).transpose(0, 3, 1, 4, 2)
    return moved.reshape(count // 4, 2 * height, 2 * width)


def paint(picture, vector, weights, painter):
    """`picture` [H, W, 3] painted, and the largest value between its layers."""
    padded = reflected(picture, painter.pad, painter.multiple)
    seen = {-1: (grained(padded).transpose(2, 0, 1).astype(SINGLE) / 255).astype(HALF)}
    scales, shifts, gate = style_vector.split(vector)
    largest = 0.0
    styles = zip(*(style_vector.by_layer(part, painter.channels) for part in (scales, shifts)), strict=True)
    for number, (layer, weight, (scale, shift)) in enumerate(zip(painter.layers, weights, styles, strict=True)):
        x = doubled(seen[layer.source]) if layer.enlarged else seen[layer.source]
        raw = convolved(x, weight, layer)
        value = raw.astype(SINGLE)
        if number + 1 < len(weights):
            scale = scale / np.sqrt(value.var((1, 2)) + EPSILON)
            shift = shift - value.mean((1, 2)) * scale
        value = value * scale[:, None, None] + shift[:, None, None]
        if layer.added is not None:
            value += seen[layer.added].astype(SINGLE)
        value = np.maximum(value, 0) if layer.rectified else value
        largest = max(largest, np.abs(raw).max(), np.abs(value).max())
        seen[number] = (shuffled(value) if layer.shuffled else value).astype(HALF)
    made = seen[len(weights) - 1].astype(SINGLE)
    border = (made.shape[1] - (padded.shape[0] - 2 * painter.pad)) // 2
    height, width = picture.shape[:2]
    part = made[:, border : border + height, border : border + width].transpose(1, 2, 0)
    return np.rint(255 * part + gate * picture).clip(0, 255), largest


@pytest.mark.parametrize("style", ["great_wave", "the_kiss"])
def test_half_precision_paints_what_onnx_runtime_paints(painter, style):
    exact = OnnxPainter(MODELS, Device("cpu"), "float32")
    noise = np.random.default_rng(7).integers(0, 256, (8, 12, 3), np.uint8)
    picture = np.asarray(Image.fromarray(noise).resize((48, 32), Image.Resampling.BICUBIC))
    weights = [layer.weight.detach().numpy().astype(HALF) for layer in read_painter(MODELS).convolutions]
    vector = painter.styles[style].vector
    found, largest = paint(picture, vector, weights, exact)
    difference = np.abs(found - exact.measure(picture, vector)[0])
    assert difference.max() <= 3
    assert difference.mean() <= 0.25
    assert largest < np.finfo(HALF).max / 50  # nothing comes near to where half precision ends
