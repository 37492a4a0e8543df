"""The file of an encoder: encoder.onnx, written, compared with torch, and read again."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.inference.session import Device
from stylize.inference.style_predictor import LONGEST, SIDE, StylePredictor
from stylize.training.export.graph import Graph
from stylize.training.models.encoder import SMALL, Encoder

TOLERANCE = 1e-3  # largest allowed difference of torch and ONNX Runtime, in a vector's numbers
CHECK_SIZES = ((SIDE, SIDE), (SIDE, LONGEST), (SIDE + 101, SIDE))  # height, width


def encoder_graph(encoder: Encoder, about: dict[str, str]) -> onnx.ModelProto:
    """The encoder for ONNX Runtime: bytes `pixels` [1, H, W, 3] to `vector` [style_size]. Weights are float16.

    Its second output is always the same: the bytes `reference` [h, w, 3].
    """
    graph = Graph()

    def half(name: str, value: Tensor) -> str:
        stored = graph.constant(f"{name}.half", value.detach().cpu().numpy().astype(np.float16))
        return graph.add("Cast", stored, output=name, to=TensorProto.FLOAT)

    def whole(name: str, value: Tensor) -> str:
        return graph.constant(name, value.detach().cpu().numpy())

    x = graph.add("Transpose", graph.add("Cast", "pixels", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    x = graph.add("Div", x, graph.number(255))
    small, axes = graph.number(SMALL), graph.integers(2, 3)
    found, number = [], 0
    for i, group in enumerate(encoder.widths):
        for position in range(len(group)):
            layer = cast(nn.Conv2d, encoder.convolutions[number])
            weight, bias = half(f"weight.{number}", layer.weight), whole(f"bias.{number}", cast(Tensor, layer.bias))
            x = graph.add("Conv", x, weight, bias, kernel_shape=[3, 3], pads=[1] * 4)
            x = graph.add("Relu", x)
            number += 1
            if position == 0:
                count = len(encoder.mixtures[i])
                found.append(graph.add("ReduceMean", x, axes, keepdims=0))
                mean_square = graph.add("ReduceMean", graph.add("Mul", x, x), axes, keepdims=0)
                found.append(graph.add("Sqrt", graph.add("Add", mean_square, small)))
                kernel = half(f"mixtures.{i}", encoder.mixtures[i][:, :, None, None])
                mixed = graph.add("Conv", x, kernel, kernel_shape=[1, 1])
                flat = graph.add("Reshape", mixed, graph.integers(count, -1))
                length = graph.add("Cast", graph.add("Shape", flat, start=1), to=TensorProto.FLOAT)
                products = graph.add("MatMul", flat, graph.add("Transpose", flat, perm=[1, 0]))
                products = graph.add("Reshape", graph.add("Div", products, length), graph.integers(-1))
                rows, columns = np.triu_indices(count)
                products = graph.add("Gather", products, graph.integers(*(rows * count + columns).tolist()))
                root = graph.add("Sqrt", graph.add("Add", graph.add("Abs", products), small))
                root = graph.add("Mul", graph.add("Sign", products), root)
                found.append(graph.add("Reshape", root, graph.integers(1, -1)))
        if i < len(encoder.widths) - 1:
            x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = graph.add("Sub", graph.add("Concat", *found, axis=1), whole("centre", encoder.centre))
    x = graph.add("Div", x, whole("scale", encoder.scale))
    x = graph.add("Clip", x, graph.number(-5), graph.number(5))

    def linear(name: str, layer: nn.Linear, x: str) -> str:
        weight, bias = half(f"{name}.weight", layer.weight), whole(f"{name}.bias", layer.bias)
        return graph.add("Gemm", x, weight, bias, transB=1)

    def gelu(x: str) -> str:
        share = graph.add("Add", graph.add("Erf", graph.add("Mul", x, graph.number(0.5**0.5))), graph.number(1))
        return graph.add("Mul", graph.add("Mul", x, graph.number(0.5)), share)

    x = gelu(linear("first", encoder.first, x))
    x = graph.add("Add", x, gelu(linear("second", encoder.second, x)))
    x = graph.add("Mul", linear("last", encoder.last, x), whole("spread", encoder.spread))
    x = graph.add("Add", x, whole("mean", encoder.mean))
    graph.add("Reshape", x, graph.integers(-1), output="vector")
    layout = {"widths": ";".join(" ".join(map(str, group)) for group in encoder.widths), "hidden": str(encoder.hidden)}
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, "H", "W", 3])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [encoder.style_size])
    graph.add("Identity", whole("picture", encoder.reference), output="reference")
    reference = helper.make_tensor_value_info("reference", TensorProto.UINT8, list(encoder.reference.shape))
    return graph.model("encoder", [pixels], [vector, reference], about | layout)


def write_encoder(encoder: Encoder, models: Path, sha: str) -> float:
    """Write encoder.onnx for the painter `sha` into `models`; returns its largest difference from torch.

    Raises TrainingError, and leaves the old file, if that is above `TOLERANCE`.
    """
    encoder = rounded(encoder)
    data = encoder_graph(encoder, {"painter": sha}).SerializeToString()
    with atomic_path(models / "encoder.onnx") as part:
        part.write_bytes(data)
        network = StylePredictor(part, Device("cpu"), sha, encoder.style_size, lambda pixels, vector: pixels)
        worst = 0.0
        for height, width in CHECK_SIZES:
            noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
            soft = np.sort(noise, 0)
            for pixels in (noise, soft):
                with torch.no_grad():
                    wanted = encoder(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)[0].numpy()
                worst = max(worst, float(np.abs(network.run(pixels)[0] - wanted).max()))
        if worst > TOLERANCE:
            raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


def rounded(encoder: Encoder) -> Encoder:
    """The encoder with its weights as they are stored: float16."""
    copy = Encoder(encoder.widths, encoder.style_size, encoder.hidden)
    state = encoder.state_dict()
    for name, value in state.items():
        if name.endswith(".weight") or name.startswith("mixtures."):
            state[name] = value.half().float()
    copy.load_state_dict(state)
    return copy.eval()
