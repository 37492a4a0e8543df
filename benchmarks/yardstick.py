"""The network that ours is timed against: the layout most style-transfer projects ship, with random weights.

After Johnson et al. 2016 (https://arxiv.org/abs/1603.08155) as pytorch/examples lays it out (`fast_neural_style`):
reflection padding and instance normalisation at every layer, nearest enlargement before the last convolutions. Written
afresh as an ONNX graph.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# kernel, channels in, channels out, stride, enlargement before
BEFORE = [(9, 3, 32, 1, 1), (3, 32, 64, 2, 1), (3, 64, 128, 2, 1)]
BLOCKS = 5  # residual, two convolutions of 128 channels each
AFTER = [(3, 128, 64, 1, 2), (3, 64, 32, 1, 2), (9, 32, 3, 1, 1)]


def multiply_adds() -> float:
    """Per pixel of the picture."""
    total, shrink = 0.0, 1.0
    for kernel, given, made, stride, larger in [*BEFORE, *[(3, 128, 128, 1, 1)] * (2 * BLOCKS), *AFTER]:
        shrink *= stride / larger
        total += kernel**2 * given * made / shrink**2
    return total


def network() -> bytes:
    """The ONNX file: float32 [1, 3, H, W] in, the same out, sides multiples of 4."""
    graph = _Yardstick()
    x = "image"
    for layer in BEFORE:
        x = graph.relu(graph.norm(graph.conv(x, *layer), layer[2]))
    for _ in range(BLOCKS):
        y = graph.relu(graph.norm(graph.conv(x, 3, 128, 128), 128))
        x = graph.add("Add", [graph.norm(graph.conv(y, 3, 128, 128), 128), x])
    for layer in AFTER[:-1]:
        x = graph.relu(graph.norm(graph.conv(x, *layer), layer[2]))
    x = graph.conv(x, *AFTER[-1])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "h", "w"]) for name in ("image", x)]
    made = helper.make_graph(graph.nodes, "yardstick", ends[:1], ends[1:], graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


class _Yardstick:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.chance = np.random.default_rng(0)

    def add(self, kind: str, inputs: list[str], **attributes: object) -> str:
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x: str, kernel: int, given: int, made: int, stride: int = 1, larger: int = 1) -> str:
        if larger > 1:
            scales = self.constant(np.array([1, 1, larger, larger], np.float32))
            nearest = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
            x = self.add("Resize", [x, "", scales], **nearest)
        pad = kernel // 2
        x = self.add("Pad", [x, self.constant(np.array([0, 0, pad, pad] * 2, np.int64))], mode="reflect")
        weight = self.chance.standard_normal((made, given, kernel, kernel)) * (2 / given / kernel**2) ** 0.5
        weights = [self.constant(weight.astype(np.float32)), self.constant(np.zeros(made, np.float32))]
        return self.add("Conv", [x, *weights], strides=[stride, stride])

    def norm(self, x: str, channels: int) -> str:
        scale, shift = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        return self.add("InstanceNormalization", [x, self.constant(scale), self.constant(shift)], epsilon=1e-5)

    def relu(self, x: str) -> str:
        return self.add("Relu", [x])
