"""The painter in whole numbers as an ONNX graph: bytes in and between the layers, signed bytes as weights.

It is written by hand because a quantiser of whole graphs knows one style at a time, and one scale for all channels of
a tensor: ONNX Runtime's own (static, weights by channel, calibrated on the very photo) comes within 30 to 34 dB of
float32, this graph within 37 to 42 (four styles, a photo of 448x300).

Like the painting graph it is folded when a session is made: from the external initialisers `scale`, `shift` and `gate`
and the `unit` of every channel between layers (see `stylize.inference.int8`), constant folding makes the weights, the
scale of each output channel and the biases. Units are folded into the weights on both sides of a layer, so every
tensor of activations has the scale 1, and each channel uses all of its 256 levels (Nagel et al. 2019,
https://arxiv.org/abs/1906.04721, equalise layers in the same way). Where zero stands for 0, saturation is the ReLU.

Pixels lie as [N, H, W, C], which makes neighbours in a row into channels for nothing: strided layers see two or four
columns as one. Bilinear enlargement and a convolution are one convolution at the small size, which makes the four
sub-pixels in as many products. The photo comes through the gate as twelve more channels of the last layer, whose
bytes are the painting.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from stylize.inference import layers as described
from stylize.inference.int8 import RESIDUAL_ZERO, SUM_ZERO, unit_layers
from stylize.inference.layers import PICTURE
from stylize.inference.style_vector import COLORS, LAST_LAYER, SUBPIXELS
from stylize.training.export.graph_builder import Array, Graph, make_external
from stylize.training.export.layer_graph import metadata, pixels_info
from stylize.training.models.painter import Painter

MICROSOFT = "com.microsoft"  # QLinearConv with channels last, QLinearAdd: ONNX Runtime's own
LEAST = 1e-6  # smallest scale of an output channel's weights

Channels = tuple[str, Array]  # the name of their units, and which of these they are


def quantised_graph(painter: Painter, about: dict[str, str]) -> onnx.ModelProto:
    """The graph that paints in whole numbers; inputs and output are those of the painting graph.

    Give `scale.i` [C, 1, 1, 1] and `shift.i` [C] of every layer, `gate` [1, 3, 1, 1] and the calibration to make a
    session.
    """
    graph = _Quantised(painter)
    graph.paint()
    inputs, about = [pixels_info("pixels"), pixels_info("grained")], about | metadata(painter)
    model = graph.model("painter_int8", inputs, [pixels_info("painted")], about, helper.make_opsetid(MICROSOFT, 1))
    for initializer in model.graph.initializer:
        if initializer.name == "gate" or initializer.name.startswith(("scale.", "shift.", "unit.", "mean.")):
            make_external(initializer)
    return model


class _Quantised(Graph):
    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.layers, self.pad = painter.shape.layers, painter.pad
        self.edge = self.pad - described.shrink(self.layers)  # of the border, what is painted and not wanted
        self.weights = [layer.weight.detach().cpu().numpy() for layer in painter.convolutions]
        self.weights[0] = self.weights[0] / 255  # pixels arrive as 0..255
        self.last = len(self.weights) - 1
        self.owners = unit_layers(self.layers)
        self.one = self.number(1)
        self.zeros = {
            value: self.constant(f"zero.{value}", np.array(value, np.uint8)) for value in (0, SUM_ZERO, RESIDUAL_ZERO)
        }
        for i, layer in enumerate(self.layers):
            self.constant(f"scale.{i}", np.ones((layer.channels, 1, 1, 1), np.float32))
            self.constant(f"shift.{i}", np.zeros(layer.channels, np.float32))
            self.constant(f"mean.{i}", np.zeros(self.weights[i].shape[1], np.float32))
            if self.owners[i] == i < self.last:
                self.constant(f"unit.{i}", np.ones(layer.outputs, np.float32))
        self.constant("gate", np.zeros((1, 3, 1, 1), np.float32))

    def picked(self, name: str, order: Array, *shape: int) -> str:
        """The channels `order` of an external initialiser [C], in this shape."""
        places = self.constant(f"order.{len(self.nodes)}", order.astype(np.int64).reshape(shape))
        return self.add("Gather", name, places, axis=0)

    def conv(
        self,
        x: str,
        index: int,
        weight: Array,
        units: tuple[str | None, Channels | None],
        zeros: tuple[int, int] = (0, 0),
        *,
        into: Array,
        order: Array | None = None,
        stride: Sequence[int] = (1, 1),
        pad: int = 1,
        besides: str | None = None,
    ) -> str:
        """Layer `index` on bytes [N, H, W, C].

        `weight` [out, in, h, w] is rearranged; `order` says which of the layer's channels its rows are, `into` which
        of those it is given its columns are. `units` are those of the channels that come in and go out, `zeros` the
        bytes that mean 0 there. `besides` are weights of more channels that come in, as they are.
        """
        order = np.arange(len(weight)) if order is None else order
        real = self.constant(f"weight.{len(self.nodes)}", weight)
        scale = self.add("Gather", f"scale.{index}", self.integers(*order.tolist()), axis=0)
        shift = self.picked(f"shift.{index}", order, -1)
        came, goes = units
        mean = self.picked(f"mean.{index}", into, 1, -1, 1, 1)
        if came is not None:
            unit = self.picked(came, into, 1, -1, 1, 1)
            real, mean = self.add("Mul", real, unit), self.add("Div", mean, unit)
        if goes is not None:
            scale = self.add("Div", scale, self.picked(*goes, -1, 1, 1, 1))
            shift = self.add("Div", shift, self.picked(*goes, -1))
        real = self.add("Mul", real, scale)
        if besides is not None:
            real = self.add("Concat", real, besides, axis=1)
            mean = self.add("Concat", mean, self.picked("mean.0", np.arange(12) % 3, 1, -1, 1, 1), axis=1)
        largest = self.add("ReduceMax", self.add("Abs", real), self.integers(1, 2, 3), keepdims=1)
        step = self.add("Max", self.add("Div", largest, self.number(127)), self.number(LEAST))
        rounded = self.add("Round", self.add("Div", real, step))
        error = self.add("Mul", self.add("Sub", real, self.add("Mul", rounded, step)), mean)
        shift = self.add("Add", shift, self.add("ReduceSum", error, self.integers(1, 2, 3), keepdims=0))
        whole, step = self.add("Cast", rounded, to=TensorProto.INT8), self.add("Reshape", step, self.integers(-1))
        bias = self.add("Cast", self.add("Round", self.add("Div", shift, step)), to=TensorProto.INT32)
        even = self.constant(f"even.{len(self.nodes)}", np.zeros(len(weight), np.int8))
        before, after = (self.zeros[zero] for zero in zeros)
        return self.add(
            "QLinearConv", x, self.one, before, whole, step, even, self.one, after, bias, domain=MICROSOFT,
            channels_last=1, kernel_shape=list(weight.shape[2:]), strides=list(stride), pads=[pad] * 4,
        )  # fmt: skip

    def paint(self) -> None:
        """From the bytes `pixels` and `grained` to the bytes `painted`."""
        x = self.head(self.trunk())
        reach = self.layers[-1].padding  # what the last convolution needs of the border stays
        x = self.add("Slice", x, *self.inside(self.edge // 2 - reach))
        photo = self.rows(self.add("Slice", "pixels", *self.inside(self.pad - 2 * reach)))
        x = self.final(self.add("Concat", x, *photo, axis=3))
        self.joined([self.add("Slice", x, self.integers(i), self.integers(i + 6), self.integers(3)) for i in (0, 8)], 3)

    def inside(self, edge: int) -> tuple[str, str, str]:
        """Arguments of a Slice that takes `edge` rows and columns off each side."""
        return self.integers(edge, edge), self.integers(-edge, -edge), self.integers(1, 2)

    def trunk(self) -> str:
        """All but the last two layers; what these are given, [N, H, W, C]."""
        values = {PICTURE: "grained"}
        for index, layer in enumerate(self.layers[:-2]):
            zero = self.zero(index)
            x = self.convolved(values[layer.source], index, zero if layer.added is None else RESIDUAL_ZERO)
            if layer.added is not None:
                a, b, c = (self.zeros[z] for z in (RESIDUAL_ZERO, self.zero(layer.added), zero))
                y = values[layer.added]
                x = self.add("QLinearAdd", x, self.one, a, y, self.one, b, self.one, c, domain=MICROSOFT)
            values[index] = x
        return values[self.layers[-2].source]

    def zero(self, index: int) -> int:
        """The byte that means 0 in the output of a layer."""
        return 0 if index == PICTURE or self.layers[index].rectified else SUM_ZERO

    def units(self, index: int) -> tuple[str | None, Array]:
        """The name of the units of what a layer sees, none for the picture's, and the channels."""
        source = self.layers[index].source
        name = None if source == PICTURE else f"unit.{self.owners[source]}"
        return name, np.arange(self.weights[index].shape[1])

    def convolved(self, x: str, index: int, zero: int) -> str:
        """Layer `index` of [N, H, W, C] before anything is added; `zero` is the byte that means 0 in it."""
        layer, weight = self.layers[index], self.weights[index]
        came, into = self.units(index)
        out = np.arange(layer.channels)
        goes, zeros = f"unit.{self.owners[index]}", (self.zero(layer.source), zero)
        padding = layer.padding
        if layer.reflected or (layer.stride > 1 and layer.source == PICTURE):
            x, padding = self.padded(x, padding, zeros[0], layer.reflected), 0
        if layer.enlarged:
            parts = [
                self.conv(
                    x, index, row, (came, (goes, np.tile(out, 2))), zeros, into=into, order=np.tile(out, 2), pad=padding
                )
                for row in _enlarging(weight)
            ]  # each window of 3x3 makes 2x2 pixels in its middle
            return self.joined(parts, layer.channels)
        if layer.stride == 1 or (layer.padding and layer.source != PICTURE):
            return self.conv(
                x, index, weight, (came, (goes, out)), zeros, into=into, stride=[layer.stride] * 2, pad=padding
            )
        made = 2 if layer.source == PICTURE else 1  # columns at once; channels are few there
        x = self.add("Reshape", x, self.integers(0, 0, -1, 2 * made * len(into)))
        wide, many, order = _beside(weight, made, 2 * made), np.tile(into, 2 * made), np.tile(out, made)
        x = self.conv(x, index, wide, (came, (goes, order)), zeros, into=many, order=order, stride=(2, 1), pad=0)
        return self.add("Reshape", x, self.integers(0, 0, -1, layer.channels))

    def padded(self, x: str, padding: int, zero: int, reflected: bool) -> str:
        """[N, H, W, C] reflected at its border, or with the byte `zero`, which means 0."""
        if not padding:
            return x
        pads = self.integers(0, padding, padding, 0, 0, padding, padding, 0)
        return self.add("Pad", x, pads, mode="reflect") if reflected else self.add("Pad", x, pads, self.zeros[zero])

    def head(self, x: str) -> str:
        """The layer before the last and its shuffle: [N, h, w, C] to [N, 2 h, 2 w, head].

        Each row of sub-pixels is a convolution of its own: then the shuffle is one of whole rows.
        """
        index = self.last - 1
        (came, into), count = self.units(index), self.layers[index].outputs
        rows = []
        for row in range(2):
            order = np.concatenate([np.arange(count) * SUBPIXELS + 2 * row + column for column in range(2)])
            units = came, (f"unit.{index}", order // SUBPIXELS)
            zeros = self.zero(self.layers[index].source), 0
            rows.append(self.conv(x, index, self.weights[index][order], units, zeros, into=into, order=order))
        return self.joined(rows, count)

    def final(self, x: str) -> str:
        """The last layer, photo through the gate included: [N, h, w, head + 12] to [N, h, w, 16], 8 per row.

        Six of the eight are two pixels; ONNX Runtime's fast convolution makes channels by sixteens.
        """
        sub = [(row, column) for row in range(2) for column in range(2)]
        order = np.array([color * SUBPIXELS + 2 * row + column for row, column in sub for color in range(COLORS)])
        places = np.array([*range(6), *range(8, 14)])
        kernel = self.layers[-1].kernel
        weight = np.zeros((16, *self.weights[self.last].shape[1:]), np.float32)
        weight[places] = self.weights[self.last][order]
        through = np.zeros((16, LAST_LAYER, kernel, kernel), np.float32)
        through[places, range(LAST_LAYER), kernel // 2, kernel // 2] = 1
        colours = self.add("Reshape", "gate", self.integers(1, COLORS, 1, 1))
        gate = self.add(
            "Mul", self.constant("through", through), self.add("Tile", colours, self.integers(1, SUBPIXELS, 1, 1))
        )
        chosen = np.zeros(16, np.intp)
        chosen[places] = order
        came, into = self.units(self.last)
        return self.conv(x, self.last, weight, (came, None), into=into, order=chosen, pad=0, besides=gate)

    def rows(self, x: str) -> list[str]:
        """Even and odd rows of [N, H, W, 3], two pixels at a time: [N, H / 2, W / 2, 6] each."""
        count, height, width = self.sides(x)
        half = [self.add("Div", side, self.integers(2)) for side in (height, width)]
        shape = self.add("Concat", count, half[0], self.integers(2), half[1], self.integers(6), axis=0)
        x = self.add("Reshape", x, shape)
        flat = self.add("Concat", count, *half, self.integers(6), axis=0)
        parts = [self.add("Slice", x, self.integers(i), self.integers(i + 1), self.integers(2)) for i in range(2)]
        return [self.add("Reshape", part, flat) for part in parts]

    def joined(self, rows: Sequence[str], channels: int) -> str:
        """Even and odd rows, [N, h, w, 2 channels] each, as [N, 2 h, 2 w, channels]; with three it is the painting."""
        count, height, width = self.sides(rows[0])
        double = [self.add("Mul", side, self.integers(2)) for side in (height, width)]
        shape = self.add("Concat", count, height, self.integers(1), double[1], self.integers(channels), axis=0)
        x = self.add("Concat", *(self.add("Reshape", row, shape) for row in rows), axis=2)
        shape = self.add("Concat", count, *double, self.integers(channels), axis=0)
        return self.add("Reshape", x, shape, output="painted" if channels == 3 else None)

    def sides(self, x: str) -> list[str]:
        """N, H and W of [N, H, W, C], one number each."""
        shape = self.add("Shape", x)
        return [self.add("Slice", shape, self.integers(i), self.integers(i + 1)) for i in range(3)]


def _beside(weight: Array, made: int, seen: int) -> Array:
    """A layer of stride 2 that makes `made` columns at once from groups of `seen` = 2 `made` columns.

    [out, in, h, w] to [made * out, seen * in, h, groups].
    """
    out, into, height, width = weight.shape
    reach = 2 * (made - 1) + width
    wide = np.zeros((made, out, into, height, -(-reach // seen) * seen), np.float32)
    for column in range(made):
        wide[column, ..., 2 * column : 2 * column + width] = weight
    return _grouped(wide.reshape(made * out, into, height, -1), seen)


def _enlarging(weight: Array) -> Array:
    """A layer of 3x3 after bilinear enlargement as one before it: [out, in, 3, 3] to [2, 2 out, in, 3, 3].

    The first axis is the row that is made of a window, the second its two columns and their channels.
    """
    left = np.array([[3, 1, 0], [1, 3, 0], [0, 3, 1]], np.float32).T / 4  # shares of three values in each of three taps
    taps = np.stack([left, left[::-1, ::-1]])  # place made, value, tap
    made: Array = np.einsum("rku,clv,oiuv->rcoikl", taps, taps, weight)
    return np.ascontiguousarray(made.reshape(2, -1, weight.shape[1], 3, 3))


def _grouped(weight: Array, seen: int) -> Array:
    """[out, in, h, w] for groups of `seen` columns as channels: [out, seen * in, h, w / seen]."""
    out, into, height, width = weight.shape
    parts = weight.reshape(out, into, height, width // seen, seen)
    return np.ascontiguousarray(parts.transpose(0, 4, 1, 2, 3).reshape(out, seen * into, height, width // seen))
