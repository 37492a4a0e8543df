"""The layers of a painter as an ONNX graph in float32, built node by node; a subclass says what follows a convolution.

torch.onnx.export knows no external initialisers, on which folding rests. All graphs but the standalone one take bytes
[N, H, W, 3], already reflected `pad` pixels outwards, H and W multiples of what the layers need, plain and with grain:
the convolutions see the second, the gate lets the first through. They give bytes [N, H - 2 pad, W - 2 pad, 3].
"""

from __future__ import annotations

import json

import onnx
from onnx import TensorProto, helper

from stylize.inference import layers as described
from stylize.training.export.graph_builder import Graph
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.painter import Painter


class LayerGraph(Graph):
    """The layers in their order, in [N, C, H, W]."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.shape, self.pad = painter.shape, painter.pad
        self.layers = painter.shape.layers
        self.last = len(self.layers) - 1
        self.edge = self.pad - described.shrink(self.layers)  # of the border, what is painted and not wanted
        self.weights = [layer.weight.detach().cpu().numpy() for layer in painter.convolutions]
        self.weights[0] = self.weights[0] / 255  # pixels arrive as 0..255

    def layer(self, index: int, x: str) -> str:
        """Convolution `index` of `x`, already enlarged, and this graph's normalisation."""
        raise NotImplementedError

    def gate(self) -> str:
        """The name of the gate's tensor, [1, 3, 1, 1]."""
        raise NotImplementedError

    def conv(self, index: int, x: str, weight: str, *bias: str, padding: int | None = None) -> str:
        """The plain convolution of layer `index`; `padding` other than its own may be given."""
        layer = self.layers[index]
        padding = layer.padding if padding is None else padding
        if layer.reflected and padding:
            around = self.integers(0, 0, *[padding] * 2, 0, 0, *[padding] * 2)
            x, padding = self.add("Pad", x, around, mode="reflect"), 0
        return self.add(
            "Conv", x, weight, *bias, kernel_shape=[layer.kernel] * 2, strides=[layer.stride] * 2, pads=[padding] * 4
        )

    def values(self, grained: str, until: int) -> list[str]:
        """The outputs of the layers before `until` for padded pictures [N, 3, H, W]; the picture is the last one."""
        values = [*[""] * until, grained]  # so that PICTURE, -1, finds it
        for index in range(until):
            layer = self.layers[index]
            x = values[layer.source]
            if layer.enlarged:
                x = self.enlarged(x)
            x = self.layer(index, x)
            if layer.added is not None:
                x = self.add("Add", x, values[layer.added])
            if layer.rectified:
                x = self.add("Relu", x)
            values[index] = self.add("DepthToSpace", x, blocksize=2, mode="CRD") if layer.shuffled else x
        return values

    def enlarged(self, x: str) -> str:
        """[N, C, H, W] at twice the size, bilinear: [N, C, 2 H, 2 W]."""
        scales = self.floats(1, 1, 2, 2)
        return self.add("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    def planes(self, pixels: str) -> str:
        """Bytes [N, H, W, 3] as float32 [N, 3, H, W]."""
        return self.add("Cast", self.add("Transpose", pixels, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)

    def body(self, pixels: str, grained: str) -> str:
        """The whole network on padded float pictures [N, 3, H + 2 pad, W + 2 pad]; returns [N, 3, H, W] in 0..255."""
        x = self.values(grained, len(self.layers))[self.last]
        axes = self.integers(2, 3)
        x = self.add("Slice", x, self.integers(self.edge, self.edge), self.integers(-self.edge, -self.edge), axes)
        photo = self.add(
            "Slice", pixels, self.integers(self.pad, self.pad), self.integers(-self.pad, -self.pad), axes
        )  # fmt: skip
        return self.add("Add", x, self.add("Mul", photo, self.gate()))


def metadata(painter: Painter) -> dict[str, str]:
    """What a graph tells of its painter: all that is needed to prepare pictures and styles for it."""
    return {
        "layers": described.dumps(painter.shape.layers),
        "shape": json.dumps(painter.shape.as_dict()),
        "pad": str(painter.pad),
        "epsilon": str(EPSILON),
        "bytes": " ".join(map(str, painter.memory)),
    }


def pixels_info(name: str) -> onnx.ValueInfoProto:
    """Pictures in bytes, as an input or, named `painted`, an output."""
    return helper.make_tensor_value_info(
        name, TensorProto.UINT8, ["N", "h", "w", 3] if name != "painted" else ["N", "painted_h", "painted_w", 3]
    )
