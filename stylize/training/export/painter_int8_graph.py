"""The painter in whole numbers as ONNX graphs.

painting   pixels, grained -> painted; a session is made for a style and a picture's statistics
measuring  pixels, grained and the weights of a style -> painted, mean, variance; one session for all

They are written by hand because a quantiser of whole graphs knows one style at a time, and one scale for all channels
of a tensor: ONNX Runtime's own (static, weights by channel, calibrated on the very photo) comes within 30 to 34 dB of
float32, this one within 37 to 42 (four styles, a photo of 448x300).

A layer in whole numbers needs its output's mean and deviation before it runs: they set the steps of its bytes. The
measuring graph takes them of every few rows and columns of what comes in, where the layer's products are summed in 32
bits. Neighbours are much alike, and the steps between them are odd where there are many, so that no pattern of 2 or 4
pixels is seen on one side only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from stylize.inference import layers as described
from stylize.inference import style_vector
from stylize.inference.int8_weights import LARGEST_BIAS
from stylize.training.export.graph_builder import Array, make_external
from stylize.training.export.int8_layer_graph import MICROSOFT, Int8LayerGraph, Part
from stylize.training.export.layer_graph import metadata, pixels_info
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.painter import Painter

# Of how many rows and columns one is measured, by the pixels from one to the next; else all.
SAMPLED = {2: (5, 3), 4: (3, 3), 8: (2, 1)}
_END = 2**31 - 1
_ONE = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])


def int8_graphs(painter: Painter, about: dict[str, str]) -> tuple[onnx.ModelProto, onnx.ModelProto, dict[str, Array]]:
    """The painting graph, the measuring graph, and the rearranged weights of both (`Int8Weights` says which).

    Inputs and output of the painting graph are those in float32; its external initialisers are `Int8Weights.folded`.
    The measuring graph has the inputs of `Int8Weights.measuring` beside the pictures, and the outputs `mean` and
    `variance` [channels before the last layer].
    """
    about = about | metadata(painter)
    painting, measuring = _Painting(painter), _Measuring(painter)
    about["parts"] = json.dumps(painting.about_parts)
    opset, pictures = helper.make_opsetid(MICROSOFT, 1), [pixels_info("pixels"), pixels_info("grained")]
    painted = pixels_info("painted")
    model = painting.model("painter_int8", pictures, [painted], about, opset)
    for initializer in model.graph.initializer:
        if initializer.name in painting.names:
            make_external(initializer)
    measured = measuring.model(
        "measure_int8", pictures + measuring.inputs, [painted, *measuring.statistics()], about, opset
    )
    return model, measured, painting.arrays


class _Painting(Int8LayerGraph):
    def __init__(self, painter: Painter) -> None:
        self.names: set[str] = set()
        super().__init__(painter)

    def given(self, name: str, kind: type[np.generic], *shape: int) -> str:
        self.names.add(name)
        return self.constant(name, np.zeros(shape, kind))

    def normalised(
        self, x: str, index: int, parts: Sequence[Part], zero: str, stride: tuple[int, int], pad: int
    ) -> list[tuple[str, str]]:
        return [
            (
                self.given(f"step.{part.number}", np.float32, len(part.order)),
                self.given(f"bias.{part.number}", np.int32, len(part.order)),
            )
            for part in parts
        ]


class _Measuring(Int8LayerGraph):
    def __init__(self, painter: Painter) -> None:
        self.inputs: list[onnx.ValueInfoProto] = []
        self.found: dict[int, tuple[str, str]] = {}  # mean and variance of each layer
        super().__init__(painter)

    def given(self, name: str, kind: type[np.generic], *shape: int) -> str:
        self.inputs.append(
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), list(shape))
        )
        return name

    def normalised(
        self, x: str, index: int, parts: Sequence[Part], zero: str, stride: tuple[int, int], pad: int
    ) -> list[tuple[str, str]]:
        kernel = parts[0].weight.shape
        order = np.concatenate([part.order for part in parts])
        sampled = SAMPLED.get(described.steps(self.layers)[index], (1, 1))
        windows = self.windows(x, (kernel[2], kernel[3]), stride, pad, sampled)
        matrix = self.given(f"matrix.{index}", np.int8, int(np.prod(kernel[1:])), len(order))
        unit = self.given(f"unit.{index}", np.float32, len(order))
        values = self.add("MatMulIntegerToFloat", windows, matrix, self.one, unit, zero, domain=MICROSOFT)
        mean, variance = self.found[index] = self.moments(values, order, self.layers[index].channels)
        deviation = self.add("Sqrt", self.add("Add", variance, self.number(EPSILON)))
        made = []
        for part in parts:
            centre, spread = mean, deviation
            if len(part.order) != self.layers[index].channels or (np.diff(part.order) != 1).any():
                places = self.integers(*part.order.tolist())
                centre, spread = (self.add("Gather", of, places, axis=0) for of in (mean, deviation))
            size, shift, scale = (
                self.given(f"{name}.{part.number}", np.float32, len(part.order)) for name in ("size", "shift", "scale")
            )
            bias = self.add("Sub", self.add("Mul", shift, spread), self.add("Mul", scale, centre))
            bias = self.add("Clip", bias, self.number(-LARGEST_BIAS), self.number(LARGEST_BIAS))
            bias = self.add("Cast", self.add("Round", bias), to=TensorProto.INT32)
            made.append((self.add("Div", size, spread), bias))
        return made

    def windows(
        self, x: str, kernel: tuple[int, int], stride: tuple[int, int], pad: int, sampled: tuple[int, int]
    ) -> str:
        """The windows that a convolution sees of some rows and columns: [N, rows, columns, h * w * C].

        Those that reach into the padding are left out.
        """
        origins = [max(step // 2, -(-pad // by)) for step, by in zip(sampled, stride, strict=True)]
        top, left = (origin * by - pad for origin, by in zip(origins, stride, strict=True))
        steps = stride[0] * sampled[0], stride[1] * sampled[1]
        if steps[1] == kernel[1]:
            return self.windows_beside(x, kernel, (top, left), steps[0])
        parts = []
        for down in range(kernel[0]):
            for right in range(kernel[1]):
                ends = (down - kernel[0] + 1 or _END, right - kernel[1] + 1 or _END)
                which = (self.integers(*values) for values in ((top + down, left + right), ends, (1, 2), steps))
                parts.append(self.add("Slice", x, *which))
        return self.add("Concat", *parts, axis=3)

    def windows_beside(self, x: str, kernel: tuple[int, int], first: tuple[int, int], step: int) -> str:
        """Windows of every `step`-th row that lie beside each other: their columns become channels without a copy."""
        left, width = self.integers(first[1]), self.integers(kernel[1])
        count = self.add("Div", self.add("Sub", self.sides(x)[2], left), width)  # of the windows in a row
        end = self.add("Add", self.add("Mul", count, width), left)
        rows = []
        for down in range(kernel[0]):
            last = self.add("Concat", self.integers(down - kernel[0] + 1 or _END), end, axis=0)
            which = self.integers(first[0] + down, first[1]), last, self.integers(1, 2), self.integers(step, 1)
            rows.append(self.add("Slice", x, *which))
        pictures, height, _ = self.sides(rows[0])
        shape = self.add("Concat", pictures, height, count, self.integers(-1), axis=0)
        return self.add("Concat", *(self.add("Reshape", row, shape) for row in rows), axis=3)

    def moments(self, values: str, order: Array, channels: int) -> tuple[str, str]:
        """Mean and variance [channels] of values [N, h, w, out], of which several may be of one channel: `order`.

        Sums are products with ones, which take a third of the time of ONNX Runtime's ReduceMean.
        """
        flat = self.add("Reshape", values, self.integers(-1, len(order)))
        rows = self.add("Slice", self.add("Shape", flat), self.integers(0), self.integers(1))
        count = self.add("Cast", rows, to=TensorProto.FLOAT)
        one = self.add("ConstantOfShape", self.add("Concat", self.integers(1), rows, axis=0), value=_ONE)
        sums = (self.add("MatMul", one, of) for of in (flat, self.add("Mul", flat, flat)))
        mean, square = (self.add("Reshape", self.add("Div", of, count), self.integers(-1)) for of in sums)
        if len(order) != channels or (np.diff(order) != 1).any():
            same = np.argsort(order, kind="stable").reshape(channels, -1)
            places = self.constant(f"same.{len(self.initializers)}", same)
            mean, square = (
                self.add("ReduceMean", self.add("Gather", of, places, axis=0), self.integers(1), keepdims=0)
                for of in (mean, square)
            )
        variance = self.add("Sub", square, self.add("Mul", mean, mean))
        return mean, self.add("Max", variance, self.number(0))

    def statistics(self) -> list[onnx.ValueInfoProto]:
        """The outputs `mean` and `variance`."""
        count = style_vector.normalized([layer.channels for layer in self.layers])
        found = [self.found[index] for index in sorted(self.found)]
        for name, parts in zip(("mean", "variance"), zip(*found, strict=True), strict=True):
            self.add("Concat", *parts, axis=0, output=name)
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, [count]) for name in ("mean", "variance")]
