"""The painter that paints as an ONNX graph: statistics and style are folded in, Conv, ReLU and Add are left.

`scale` and `shift` of every convolution are external initialisers, which are given when a session is made: constant
folding multiplies them into the weights. The end is laid out for ONNX Runtime's CPU kernels: as an exporter would, with
DepthToSpace and a product of [H, W, 3] with three numbers, the old painter took 7% longer (1920x1088, one core: 2.01 s
and 1.87 s). Sub-pixels are the outermost channels, which makes a pixel shuffle one transposition of long runs in
[N, H, W, C]; the photo comes through the gate as a convolution with 2x2 pixels, already shuffled; and clipping,
rounding and bytes come before the last shuffle.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from stylize.training.export.graph_builder import Array, make_external
from stylize.training.export.layer_graph import LayerGraph, metadata, pixels_info
from stylize.training.models.painter import Painter


class _Painting(LayerGraph):
    def folded(self, index: int, shuffled: bool = False) -> tuple[str, str]:
        """Weight and bias of layer `index`; `shuffled`, its channels are (row, column, channel) for a shuffle."""
        channels = self.layers[index].channels
        scale = self.constant(
            f"scale.{index}", np.full((channels, 1, 1, 1), 255.0 if index == self.last else 1.0, np.float32)
        )
        shift = self.constant(f"shift.{index}", np.zeros(channels, np.float32))
        weight = self.add("Mul", self.constant(f"weight.{index}", self.weights[index]), scale)
        if not shuffled:
            return weight, shift
        order = self.integers(*np.arange(channels).reshape(-1, 4).T.ravel().tolist())
        return self.add("Gather", weight, order, axis=0), self.add("Gather", shift, order, axis=0)

    def layer(self, index: int, x: str) -> str:
        return self.conv(index, x, *self.folded(index))

    def shuffle(self, x: str, channels: int, size: str, output: str | None = None) -> str:
        """[N, H, W, 4 channels] to [N, 2 H, 2 W, channels]; `size` is (2 H, 2 W)."""
        x = self.add("Reshape", x, self.integers(0, 0, 0, 2, 2 * channels))
        x = self.add("Transpose", x, perm=[0, 1, 3, 2, 4])
        count = self.add("Slice", self.add("Shape", "pixels"), self.integers(0), self.integers(1))
        return self.add("Reshape", x, self.add("Concat", count, size, self.integers(channels), axis=0), output=output)

    def paint(self) -> None:
        """From the bytes `pixels` and `grained` to the bytes `painted`."""
        size = self.add("Slice", self.add("Shape", "pixels"), self.integers(1), self.integers(3))  # with its padding
        last = self.last
        x = self.values(self.planes("grained"), last - 1)[self.layers[last - 1].source]
        x = self.add("Relu", self.conv(last - 1, x, *self.folded(last - 1, shuffled=True)))
        shrink = self.pad - self.edge
        half = self.add("Div", self.add("Sub", size, self.integers(2 * shrink)), self.integers(2))
        x = self.shuffle(self.add("Transpose", x, perm=[0, 2, 3, 1]), self.layers[last - 1].outputs, half)
        edge = self.edge // 2 - self.layers[last].padding  # what the last convolution needs of the border stays
        x = self.add("Slice", x, self.integers(edge, edge), self.integers(-edge, -edge), self.integers(1, 2))
        x = self.add("Transpose", x, perm=[0, 3, 1, 2])
        x = self.conv(last, x, *self.folded(last, shuffled=True), padding=0)
        x = self.add("Add", x, self.through_gate(x))
        x = self.add("Round", self.add("Transpose", x, perm=[0, 2, 3, 1]))
        x = self.add("Cast", self.add("Clip", x, self.number(0), self.number(255)), to=TensorProto.UINT8)
        self.shuffle(x, 3, self.add("Sub", size, self.integers(2 * self.pad)), "painted")

    def through_gate(self, painted: str) -> str:
        """The photo times the gate, its 2x2 pixels as twelve channels: [N, 12, H / 2, W / 2], the shape of `painted`.

        It is cut by that shape, so that it is not made before and kept through the whole network.
        """
        half = self.add("Slice", self.add("Shape", painted), self.integers(2), self.integers(4))
        end = self.add("Add", self.add("Mul", half, self.integers(2)), self.integers(self.pad))
        cut = self.add("Slice", "pixels", self.integers(self.pad, self.pad), end, self.integers(1, 2))
        picks: Array = np.eye(12, dtype=np.float32).reshape(2, 2, 3, 2, 2, 3)
        picks = picks.transpose(0, 1, 2, 5, 3, 4).reshape(12, 3, 2, 2)
        gate = self.add("Mul", self.constant("picks", picks), self.gate())
        return self.add("Conv", self.planes(cut), gate, kernel_shape=[2, 2], strides=[2, 2])

    def gate(self) -> str:
        return self.constant("gate", np.zeros((1, 3, 1, 1), np.float32))


def painting_graph(painter: Painter, about: dict[str, str]) -> onnx.ModelProto:
    """The graph that paints. Give `scale.i` [C, 1, 1, 1], `shift.i` [C] and `gate` [1, 3, 1, 1] to make a session."""
    graph = _Painting(painter)
    graph.paint()
    inputs = [pixels_info("pixels"), pixels_info("grained")]
    model = graph.model("painter", inputs, [pixels_info("painted")], about | metadata(painter))
    for initializer in model.graph.initializer:
        if initializer.name == "gate" or initializer.name.startswith(("scale.", "shift.")):
            make_external(initializer)
    return model
