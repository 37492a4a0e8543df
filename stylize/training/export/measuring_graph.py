"""The painter with instance norm inside as an ONNX graph: the one that measures, and one style as a network of its own.

measuring   pixels, grained, scale, shift, gate -> painted, mean, variance; statistics of all crops together
standalone  image -> painted; one style, each picture by itself, for any ONNX runtime
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from stylize.inference import style_vector
from stylize.inference.input_noise import FIELD, grain
from stylize.inference.layers import multiple
from stylize.training.export.graph_builder import Array
from stylize.training.export.layer_graph import LayerGraph, metadata, pixels_info
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.painter import Painter


class _Measuring(LayerGraph):
    axes: tuple[int, ...] = (0, 2, 3)  # statistics of all crops together

    def __init__(self, painter: Painter) -> None:
        super().__init__(painter)
        counts = self.integers(*self.shape.channels)
        for name in ("scale", "shift"):
            column = self.add("Reshape", name, self.integers(1, -1, 1, 1))
            parts = [f"{name}.{i}" for i in range(len(self.weights))]
            self.nodes.append(helper.make_node("Split", [column, counts], parts, f"split_{name}", axis=1))
        self.means: list[str] = []
        self.variances: list[str] = []

    def layer(self, index: int, x: str) -> str:
        y = self.conv(index, x, self.constant(f"weight.{index}", self.weights[index]))
        scale, shift = f"scale.{index}", f"shift.{index}"
        if index < self.last:
            axes = self.integers(*self.axes)
            mean = self.add("ReduceMean", y, axes, keepdims=1)
            y = self.add("Sub", y, mean)
            variance = self.add("ReduceMean", self.add("Mul", y, y), axes, keepdims=1)
            self.means.append(mean)
            self.variances.append(variance)
            deviation = self.add("Sqrt", self.add("Add", variance, self.number(EPSILON)))
            scale = self.add("Div", scale, deviation)
        else:
            shift = self.add("Mul", shift, self.number(255))
            scale = self.add("Mul", scale, self.number(255))
        return self.add("Add", self.add("Mul", y, scale), shift)

    def gate(self) -> str:
        return self.add("Reshape", "gate", self.integers(1, 3, 1, 1))

    def paint(self) -> None:
        """From the bytes `pixels` and `grained` to the bytes `painted`."""
        x = self.add(
            "Clip",
            self.add("Round", self.body(self.planes("pixels"), self.planes("grained"))),
            self.number(0),
            self.number(255),
        )
        x = self.add("Cast", x, to=TensorProto.UINT8)
        self.add("Transpose", x, perm=[0, 2, 3, 1], output="painted")

    def statistics(self) -> None:
        """The outputs `mean` and `variance`, [channels before the last layer]."""
        for name, parts in (("mean", self.means), ("variance", self.variances)):
            joined = self.add("Concat", *parts, axis=1)
            self.add("Reshape", joined, self.integers(-1), output=name)


class _Standalone(_Measuring):
    axes = (2, 3)  # each picture by itself

    def __init__(self, painter: Painter, vector: Array) -> None:
        super().__init__(painter)
        for name, values in zip(("scale", "shift", "gate"), style_vector.split(vector), strict=True):
            self.constant(name, values.astype(np.float32))

    def paint(self) -> None:
        """From `image` [N, 3, H, W] in 0..1 to `painted`, alike."""
        image = self.add("Mul", "image", self.number(255))
        size = self.add("Slice", self.add("Shape", image), self.integers(2), self.integers(4), self.integers(0))
        rest = self.add("Mod", self.add("Neg", size), self.integers(multiple(self.layers)))
        before = self.integers(0, 0, self.pad, self.pad, 0, 0)
        pads = self.add("Concat", before, self.add("Add", rest, self.integers(self.pad)), axis=0)
        padded = self.add("Pad", image, pads, mode="reflect")
        field = self.constant("grain", grain(range(FIELD), range(FIELD)).transpose(2, 0, 1)[None])
        large = self.add("Slice", self.add("Shape", padded), self.integers(2), self.integers(4), self.integers(0))
        times = self.add("Add", self.add("Div", large, self.integers(FIELD)), self.integers(1))
        tiled = self.add("Tile", field, self.add("Concat", self.integers(1, 1), times, axis=0))
        noise = self.add("Slice", tiled, self.integers(0, 0), large, self.integers(2, 3))
        noisy = self.add("Add", padded, self.add("Cast", noise, to=TensorProto.FLOAT))
        x = self.body(padded, self.add("Clip", noisy, self.number(0), self.number(255)))
        x = self.add("Slice", x, self.integers(0, 0), size, self.integers(2, 3))
        self.add("Clip", self.add("Div", x, self.number(255)), self.number(0), self.number(1), output="painted")


def standalone_graph(painter: Painter, vector: Array, about: dict[str, str]) -> onnx.ModelProto:
    """One style as a network of its own: `image` [N, 3, H, W] in 0..1 to `painted` alike, sides longer than the pad."""
    graph = _Standalone(painter, vector)
    graph.paint()
    image, painted = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, "H", "W"]) for name in ("image", "painted")
    )
    return graph.model("standalone", [image], [painted], about)


def measuring_graph(painter: Painter, about: dict[str, str]) -> onnx.ModelProto:
    """The graph that measures: also returns every normalised layer's mean and variance over all crops."""
    graph = _Measuring(painter)
    graph.paint()
    graph.statistics()
    channels = sum(painter.shape.channels)
    inputs = [
        pixels_info("pixels"),
        pixels_info("grained"),
        _floats("scale", channels),
        _floats("shift", channels),
        _floats("gate", 3),
    ]
    normalized = style_vector.normalized(painter.shape.channels)
    outputs = [pixels_info("painted"), _floats("mean", normalized), _floats("variance", normalized)]
    return graph.model("measure", inputs, outputs, about | metadata(painter))


def _floats(name: str, count: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [count])
