"""The layers of a painter as an ONNX graph in whole numbers; a subclass says where weights and steps come from.

Bytes lie in and between the layers, weights are signed bytes (`stylize.inference.int8_weights`): units are folded into
them on both sides of a layer, so every tensor of activations has the scale 1, and each channel uses all of its 256
levels (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, equalise layers in the same way). Where zero stands for 0,
saturation is the ReLU.

Pixels lie as [N, H, W, C], which makes neighbours in a row into channels for nothing: strided layers see two or four
columns as one. Bilinear enlargement and a convolution are one convolution at the small size, which makes the four
sub-pixels in as many products. The photo comes through the gate as twelve more channels of the last layer, whose
bytes are the painting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stylize.inference import layers as described
from stylize.inference.int8 import RESIDUAL_ZERO, SUM_ZERO, unit_layers
from stylize.inference.layers import PICTURE
from stylize.inference.style_vector import COLORS, LAST_LAYER, SUBPIXELS
from stylize.training.export.graph_builder import Array, Graph
from stylize.training.models.painter import Painter

MICROSOFT = "com.microsoft"  # QLinearConv with channels last, QLinearAdd, MatMulIntegerToFloat: ONNX Runtime's own
OUTPUTS = 16  # channels of the last convolution


class Part(NamedTuple):
    """A convolution that makes some of a layer's channels."""

    number: int
    weight: Array  # [out, in, h, w], rearranged
    order: Array  # [out]: which of the layer's channels each output is


class Int8LayerGraph(Graph):
    """The layers in their order, complete when it is made."""

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
        self.arrays: dict[str, Array] = {}
        self.about_parts: list[dict[str, int | None]] = []  # layer, and those whose units come in and go out
        self.given_names: set[str] = set()
        self.paint()

    def given(self, name: str, kind: type[np.generic], *shape: int) -> str:
        """An external initialiser, which a style gives."""
        self.given_names.add(name)
        return self.constant(name, np.zeros(shape, kind))

    def normalised(
        self, x: str, index: int, parts: Sequence[Part], zero: str, stride: tuple[int, int], pad: int
    ) -> list[tuple[str, str]]:
        """Step and bias of each of a layer's parts, which see the bytes `x`, of which `zero` means 0."""
        raise NotImplementedError

    def last_bias(self) -> str:
        """The bias of the last layer: it depends on the picture's colours."""
        raise NotImplementedError

    def conv(
        self,
        x: str,
        index: int,
        rearranged: Sequence[tuple[Array, Array]],
        zeros: tuple[int, int],
        *,
        into: Array,
        stride: tuple[int, int] = (1, 1),
        pad: int = 1,
    ) -> list[str]:
        """Layer `index` on bytes [N, H, W, C], normalised: the output of each of its parts.

        A part is a rearranged weight [out, in, h, w] and which of the layer's channels its rows are, [out]; `into`
        says which of the channels that the layer is given its columns are. `zeros` are the bytes that mean 0 in what
        comes in and in what goes out.
        """
        before, after = (self.zeros[zero] for zero in zeros)
        source = self.layers[index].source
        came = None if source == PICTURE else self.owners[source]
        parts = []
        for weight, order in rearranged:
            number = len(self.about_parts)
            parts.append(Part(number, weight, order))
            self.about_parts.append({"layer": index, "came": came, "goes": self.owners[index]})
            self.arrays[f"weight.{number}"] = weight.astype(np.float16)
            self.arrays |= {f"order.{number}": order.astype(np.int32), f"into.{number}": into.astype(np.int32)}
        steps = self.normalised(x, index, parts, before, stride, pad)
        return [
            self.products(x, str(part.number), part.weight, step, bias, (before, after), stride, pad)
            for part, (step, bias) in zip(parts, steps, strict=True)
        ]

    def products(
        self,
        x: str,
        name: str,
        weight: Array,
        step: str,
        bias: str,
        zeros: tuple[str, str],
        stride: tuple[int, int] = (1, 1),
        pad: int = 0,
    ) -> str:
        """The convolution of bytes with the whole weights `name`, plus a whole bias, times a step, as bytes again."""
        whole = self.given(f"whole.{name}", np.int8, *weight.shape)
        even = self.constant(f"even.{name}", np.zeros(len(weight), np.int8))
        return self.add(
            "QLinearConv", x, self.one, zeros[0], whole, step, even, self.one, zeros[1], bias, domain=MICROSOFT,
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

    def convolved(self, x: str, index: int, zero: int) -> str:
        """Layer `index` of [N, H, W, C] before anything is added; `zero` is the byte that means 0 in it."""
        layer, weight = self.layers[index], self.weights[index]
        into, out = np.arange(weight.shape[1]), np.arange(layer.channels)
        padding, zeros = layer.padding, (self.zero(layer.source), zero)
        if layer.reflected or (layer.stride > 1 and layer.source == PICTURE):
            x, padding = self.padded(x, padding, zeros[0], layer.reflected), 0
        if layer.enlarged:
            parts = [(row, np.tile(out, 2)) for row in _enlarging(weight)]
            rows = self.conv(x, index, parts, zeros, into=into, pad=padding)
            return self.joined(rows, layer.channels)  # each window of 3x3 makes 2x2 pixels in its middle
        if layer.stride == 1 or (layer.padding and layer.source != PICTURE):
            stride = (layer.stride, layer.stride)
            return self.conv(x, index, [(weight, out)], zeros, into=into, stride=stride, pad=padding)[0]
        made = 2 if layer.source == PICTURE else 1  # columns at once; channels are few there
        x = self.add("Reshape", x, self.integers(0, 0, -1, 2 * made * len(into)))
        parts = [(_beside(weight, made, 2 * made), np.tile(out, made))]
        x = self.conv(x, index, parts, zeros, into=np.tile(into, 2 * made), stride=(2, 1), pad=0)[0]
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
        weight, count = self.weights[index], self.layers[index].outputs
        parts = []
        for row in range(2):
            order = np.concatenate([np.arange(count) * SUBPIXELS + 2 * row + column for column in range(2)])
            parts.append((weight[order], order))
        zeros = self.zero(self.layers[index].source), 0
        return self.joined(self.conv(x, index, parts, zeros, into=np.arange(weight.shape[1])), count)

    def final(self, x: str) -> str:
        """The last layer, photo through the gate included: [N, h, w, head + 12] to [N, h, w, 16], 8 per row.

        Six of the eight are two pixels; ONNX Runtime's fast convolution makes channels by sixteens.
        """
        sub = [(row, column) for row in range(2) for column in range(2)]
        order = np.array([color * SUBPIXELS + 2 * row + column for row, column in sub for color in range(COLORS)])
        places = np.array([*range(6), *range(8, 14)])
        layer, weights = self.layers[-1], self.weights[self.last]
        weight = np.zeros((OUTPUTS, *weights.shape[1:]), np.float32)
        weight[places] = weights[order]
        through = np.zeros((OUTPUTS, LAST_LAYER, layer.kernel, layer.kernel), np.float32)
        through[places, range(LAST_LAYER), layer.kernel // 2, layer.kernel // 2] = 1
        chosen = np.zeros(OUTPUTS, np.int32)
        chosen[places] = order
        self.arrays |= {"weight.last": weight.astype(np.float16), "order.last": chosen, "through": through}
        step, bias = self.given("step.last", np.float32, OUTPUTS), self.given("bias.last", np.int32, OUTPUTS)
        wide = np.concatenate([weight, through], 1)
        return self.products(x, "last", wide, step, bias, (self.zeros[0], self.zeros[0]))

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
