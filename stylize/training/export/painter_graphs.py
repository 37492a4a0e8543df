"""The painter as ONNX graphs, built node by node.

torch.onnx.export knows no external initialisers, on which folding rests; and laid out as an exporter would, with
DepthToSpace and a product with the gate, the painting graph takes 7% longer (1920x1088, one core: 2.01 s and 1.87 s).

    painting  pixels -> painted; `scale` and `shift` of every convolution are external initialisers, which are given
              when a session is made: constant folding multiplies them into the weights and only Conv and ReLU remain
    measuring pixels, scale, shift, gate -> painted, mean, variance; instance norm over all crops of one picture
    standalone image -> painted, one style with instance norm inside, for any ONNX runtime

The first two take bytes [N, H, W, 3], already reflected `PAD` pixels outwards, H and W multiples of 4, plain and with
grain: the convolutions see the second, the gate lets the first through. They give bytes [N, H - 2 PAD, W - 2 PAD, 3].
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from stylize.inference import style_vector
from stylize.inference.input_noise import grain
from stylize.inference.reflection import MULTIPLE
from stylize.training.export.graph_builder import Array, Graph
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.painter import PAD, SHRINK, Painter, Shape

FIELD = 128  # side of the grain in a network of its own, pixels; it repeats beyond


class _PainterGraph(Graph):
    """The layers that both graphs share; a subclass says what follows each convolution."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.shape = painter.shape
        self.weights = [layer.weight.detach().cpu().numpy() for layer in painter.convolutions]
        self.weights[0] = self.weights[0] / 255  # pixels arrive as 0..255
        self.pads = [0, 0, *[1] * (2 * self.shape.blocks + 1), self.shape.head_kernel // 2]

    def layer(self, index: int, x: str) -> str:
        """Convolution `index` with this graph's normalisation."""
        raise NotImplementedError

    def gate(self) -> str:
        """The name of the gate's tensor, [1, 3, 1, 1]."""
        raise NotImplementedError

    def conv(self, index: int, x: str, weight: str, *bias: str) -> str:
        """The plain convolution of layer `index`."""
        kernel = list(self.weights[index].shape[2:])
        return self.add(
            "Conv", x, weight, *bias, kernel_shape=kernel, strides=[2, 2] if index < 2 else [1, 1],
            pads=[self.pads[index]] * 4,
        )  # fmt: skip

    def trunk(self, grained: str) -> str:
        """Everything at a quarter of the size: padded pictures [N, 3, H, W] to [N, trunk, (H - 8) / 4, (W - 8) / 4]."""
        x = self.add("Relu", self.layer(0, grained))
        x = self.add("Relu", self.layer(1, x))
        for first in range(2, 2 + 2 * self.shape.blocks, 2):
            x = self.add("Add", self.layer(first + 1, self.add("Relu", self.layer(first, x))), x)
        return self.add("Relu", x)

    def body(self, pixels: str, grained: str) -> str:
        """The whole network on padded float pictures [N, 3, H + 2 PAD, W + 2 PAD]; returns [N, 3, H, W] in 0..255."""
        last = len(self.weights) - 1
        x = self.add("Relu", self.layer(last - 1, self.trunk(grained)))
        x = self.layer(last, self.add("DepthToSpace", x, blocksize=2, mode="CRD"))
        x = self.add("DepthToSpace", x, blocksize=2, mode="CRD")
        edge = PAD - SHRINK
        axes = self.integers(2, 3)
        x = self.add("Slice", x, self.integers(edge, edge), self.integers(-edge, -edge), axes)
        photo = self.add("Slice", pixels, self.integers(PAD, PAD), self.integers(-PAD, -PAD), axes)
        return self.add("Add", x, self.add("Mul", photo, self.gate()))

    def paint(self) -> None:
        """From the bytes `pixels` and `grained` to the bytes `painted`."""
        pixels, noisy = (
            self.add("Transpose", self.add("Cast", name, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
            for name in ("pixels", "grained")
        )
        x = self.add("Clip", self.add("Round", self.body(pixels, noisy)), self.number(0), self.number(255))
        x = self.add("Cast", x, to=TensorProto.UINT8)
        self.add("Transpose", x, perm=[0, 2, 3, 1], output="painted")


class _Painting(_PainterGraph):
    """The same result as `body`, laid out for ONNX Runtime's CPU kernels.

    DepthToSpace and a product of [H, W, 3] with three numbers are slow there. Sub-pixels are the outermost channels,
    which makes a pixel shuffle one transposition of long runs in [N, H, W, C]; the photo comes through the gate as a
    convolution with 2x2 pixels, already shuffled; and clipping, rounding and bytes come before the last shuffle.
    """

    def folded(self, index: int, shuffled: bool = False) -> tuple[str, str]:
        """Weight and bias of layer `index`; `shuffled`, its channels are (row, column, channel) for a shuffle."""
        channels = self.shape.channels[index]
        last = index == len(self.weights) - 1
        scale = self.constant(f"scale.{index}", np.full((channels, 1, 1, 1), 255.0 if last else 1.0, np.float32))
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
        pixels, noisy = (
            self.add("Transpose", self.add("Cast", name, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
            for name in ("pixels", "grained")
        )
        size = self.add("Slice", self.add("Shape", "pixels"), self.integers(1), self.integers(3))  # with its padding
        last = len(self.weights) - 1
        x = self.add("Relu", self.conv(last - 1, self.trunk(noisy), *self.folded(last - 1, shuffled=True)))
        half = self.add("Div", self.add("Sub", size, self.integers(2 * SHRINK)), self.integers(2))
        x = self.shuffle(self.add("Transpose", x, perm=[0, 2, 3, 1]), self.shape.head, half)
        edge = (PAD - SHRINK) // 2 - self.pads[last]  # what the last convolution needs of the border stays
        x = self.add("Slice", x, self.integers(edge, edge), self.integers(-edge, -edge), self.integers(1, 2))
        self.pads[last] = 0
        x = self.conv(last, self.add("Transpose", x, perm=[0, 3, 1, 2]), *self.folded(last, shuffled=True))
        photo = self.add("Slice", pixels, self.integers(PAD, PAD), self.integers(-PAD, -PAD), self.integers(2, 3))
        picks = np.eye(12, dtype=np.float32).reshape(2, 2, 3, 2, 2, 3).transpose(0, 1, 2, 5, 3, 4).reshape(12, 3, 2, 2)
        gate = self.add("Mul", self.constant("picks", picks), self.gate())
        x = self.add("Add", x, self.add("Conv", photo, gate, kernel_shape=[2, 2], strides=[2, 2]))
        x = self.add("Round", self.add("Transpose", x, perm=[0, 2, 3, 1]))
        x = self.add("Cast", self.add("Clip", x, self.number(0), self.number(255)), to=TensorProto.UINT8)
        self.shuffle(x, 3, self.add("Sub", size, self.integers(2 * PAD)), "painted")

    def gate(self) -> str:
        return self.constant("gate", np.zeros((1, 3, 1, 1), np.float32))


class _Measuring(_PainterGraph):
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
        if index < len(self.weights) - 1:
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
        rest = self.add("Mod", self.add("Neg", size), self.integers(MULTIPLE))
        before = self.integers(0, 0, PAD, PAD, 0, 0)
        pads = self.add("Concat", before, self.add("Add", rest, self.integers(PAD)), axis=0)
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
    """One style as a network of its own: `image` [N, 3, H, W] in 0..1 to `painted` alike, sides of 28 or more."""
    graph = _Standalone(painter, vector)
    graph.paint()
    image, painted = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, "H", "W"]) for name in ("image", "painted")
    )
    return graph.model("standalone", [image], [painted], about)


def painting_graph(painter: Painter, about: dict[str, str]) -> onnx.ModelProto:
    """The graph that paints. Give `scale.i` [C, 1, 1, 1], `shift.i` [C] and `gate` [1, 3, 1, 1] to make a session."""
    graph = _Painting(painter)
    graph.paint()
    inputs = [pixels_info("pixels"), pixels_info("grained")]
    model = graph.model("painter", inputs, [pixels_info("painted")], about | layout(painter.shape))
    for initializer in model.graph.initializer:
        if initializer.name == "gate" or initializer.name.startswith(("scale.", "shift.")):
            make_external(initializer)
    return model


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
    return graph.model("measure", inputs, outputs, about | layout(painter.shape))


def layout(shape: Shape) -> dict[str, str]:
    """The metadata that tells what a graph's inputs are."""
    return {"channels": " ".join(map(str, shape.channels)), "pad": str(PAD), "epsilon": str(EPSILON)}


def make_external(initializer: onnx.TensorProto) -> None:
    """Say that the values are elsewhere (in no file: a style must be given); ONNX Runtime replaces only such ones."""
    external = {"location": "style", "offset": "0", "length": str(len(initializer.raw_data))}
    initializer.ClearField("raw_data")
    initializer.data_location = TensorProto.EXTERNAL
    for key, value in external.items():
        initializer.external_data.add(key=key, value=value)


def pixels_info(name: str) -> onnx.ValueInfoProto:
    """Pictures in bytes, as an input or, named `painted`, an output."""
    return helper.make_tensor_value_info(
        name, TensorProto.UINT8, ["N", "h", "w", 3] if name != "painted" else ["N", "painted_h", "painted_w", 3]
    )


def _floats(name: str, count: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [count])
