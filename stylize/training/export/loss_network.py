"""The files by which a painter without torch judges styles: loss.onnx, and the Gram matrices of paintings.

The network's weights stay in loss.safetensors alone: the graph takes them as external initialisers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from safetensors import safe_open
from safetensors.numpy import save
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.inference.loss_network import GRAPH, WEIGHTS
from stylize.inference.loss_network import LossNetwork as OnnxLossNetwork
from stylize.inference.session import Device
from stylize.inference.style_judge import GRAMS, SCALES
from stylize.training.data.paintings import STYLE_SIZES, Painting, find_paintings, painting_at_sizes
from stylize.training.export.graph_builder import Graph, make_external, write_model
from stylize.training.losses.perceptual import gram, reduced, style_target
from stylize.training.models.loss_network import Vgg, load_loss_network

RANK = 16  # of the Gram matrices that are kept
TOLERANCE = 1e-4  # largest allowed difference of torch and ONNX Runtime, of a Gram matrix over its norm
CHECK_SIZES = ((128, 128), (203, 157))  # height, width


def loss_graph(network: Vgg, sha: str) -> onnx.ModelProto:
    """The graph from `pixels` [1, 3, H, W] in 0..1 to `gram_1` [C, C], `gram_2`, ... of its kept layers.

    Its weights, of whose file `sha` is the sha256, are given by name when a session is made.
    """
    graph, x, outputs = Graph(), "pixels", []
    for i, group in enumerate(network.groups, 1):
        for j, layer in enumerate(cast(Sequence[nn.Conv2d], group), 1):
            name = f"conv{i}_{j}"
            weight, bias = (
                graph.constant(f"{name}.{part}", value.detach().numpy()) for part, value in layer.named_parameters()
            )
            x = graph.add("Pad", x, graph.integers(0, 0, 1, 1, 0, 0, 1, 1), mode="reflect")
            x = graph.add("Relu", graph.add("Conv", x, weight, bias))
            if j == 1:
                outputs.append(_gram(graph, x, i, layer.out_channels))
            if j == 1 and i == len(network.groups):
                break
        else:
            x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, "h", "w"])]
    model = graph.model("loss", inputs, outputs, {"weights": sha})
    for initializer in model.graph.initializer:
        if initializer.name.startswith("conv"):
            make_external(initializer)
    return model


def _gram(graph: Graph, features: str, number: int, channels: int) -> onnx.ValueInfoProto:
    """Adds the Gram matrix of `features` [1, C, h, w], divided by h x w, as an output."""
    flat = graph.add("Reshape", features, graph.integers(channels, -1))
    product = graph.add("MatMul", flat, graph.add("Transpose", flat, perm=[1, 0]))
    count = graph.add("Slice", graph.add("Shape", flat), graph.integers(1), graph.integers(2))
    graph.add("Div", product, graph.add("Cast", count, to=TensorProto.FLOAT), output=f"gram_{number}")
    return helper.make_tensor_value_info(f"gram_{number}", TensorProto.FLOAT, [channels, channels])


def export_loss_network(models: Path) -> float:
    """Write `models`/loss.onnx for the loss.safetensors there; returns its largest difference from torch.

    Raises TrainingError if there is none, or if that is above `TOLERANCE`.
    """
    network = load_loss_network(models / WEIGHTS)
    assert isinstance(network, Vgg)  # whatever `save_vgg` wrote
    write_model(loss_graph(network, _sha256(models / WEIGHTS)), models / GRAPH)
    exported = OnnxLossNetwork(models, Device("cpu"))
    worst = 0.0
    for height, width in CHECK_SIZES:
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        batch = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        for scale in SCALES:
            wanted = torch_grams(network, batch, scale)
            for got, goal in zip(exported.grams(pixels, scale), wanted, strict=True):
                worst = max(worst, float((torch.from_numpy(got) - goal).norm() / goal.norm()))
    if worst > TOLERANCE:
        raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


@torch.no_grad()
def torch_grams(network: Vgg, batch: Tensor, scale: int) -> list[Tensor]:
    """The Gram matrices [C, C] of one picture [1, 3, H, W], seen `scale` times smaller."""
    found = network(reduced(batch, scale))
    return [gram(found[i])[0] for i in network.style]


def export_grams(models: Path, paintings: Path, sizes: Sequence[int] = STYLE_SIZES) -> list[str]:
    """Write the Gram matrices of the paintings in a folder into `models`/grams.safetensors; returns their ids.

    Those of other paintings that are there already stay, if they are of the same network. Paintings whose ids are
    those of no style in `models` are left out. Raises TrainingError if none is left, PictureError.
    """
    known = {path.stem for path in (models / "styles").glob("*.safetensors")}
    wanted = [painting for painting in find_paintings(paintings) if painting.id in known]
    if not wanted:
        raise TrainingError(
            f"No painting in {paintings} has the id of a style in {models / 'styles'}: name the files after the ids."
        )
    network = load_loss_network(models / WEIGHTS)
    assert isinstance(network, Vgg)
    widths = [int(group[0].out_channels) for group in cast(Sequence[Sequence[nn.Conv2d]], network.groups)]
    about = {
        "what": "Gram matrices of paintings", "weights": _sha256(models / WEIGHTS),
        "sizes": " ".join(map(str, sizes)), "widths": " ".join(map(str, widths)),
    }  # fmt: skip
    found = _kept(models / GRAMS, about)
    for painting in wanted:
        found[painting.id] = painting_factors(network, painting, sizes)
    data = save(found, about)
    with atomic_path(models / GRAMS) as part:
        part.write_bytes(data)
    return [painting.id for painting in wanted]


@torch.no_grad()
def painting_factors(network: Vgg, painting: Painting, sizes: Sequence[int]) -> np.ndarray:
    """The factors [scales, channels, `RANK`] of a painting's Gram matrices, float16."""
    target = style_target(network, [painting_at_sizes(painting.path, sizes)], SCALES)
    kept = [low_rank(matrix[0].numpy(), RANK) for matrix in target.grams]
    layers = len(kept) // len(SCALES)
    return np.stack([np.concatenate(kept[at * layers : (at + 1) * layers]) for at in range(len(SCALES))])


def low_rank(matrix: np.ndarray, rank: int) -> np.ndarray:
    """The part of a Gram matrix [C, C] that is kept: [C, `rank`], float16, which times itself is nearly the matrix."""
    values, vectors = np.linalg.eigh(matrix.astype(np.float64))
    kept = vectors[:, -rank:] * np.sqrt(np.maximum(values[-rank:], 0))
    return np.pad(kept, ((0, 0), (0, rank - kept.shape[1]))).astype(np.float16)


def _kept(path: Path, about: dict[str, str]) -> dict[str, np.ndarray]:
    """What a file has already, if it says the same of itself."""
    if not path.is_file():
        return {}
    with safe_open(path, "np") as file:
        names = file.keys() if file.metadata() == about else []
        return {name: file.get_tensor(name) for name in names}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
