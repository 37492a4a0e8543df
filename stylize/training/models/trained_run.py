"""Trained networks read back as torch modules: those of a models folder, and those of a training run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from stylize.errors import TrainingError
from stylize.inference.painter import PAINTER
from stylize.styles import PHOTO
from stylize.stylizer import Stylizer
from stylize.training.models.encoder import Encoder
from stylize.training.models.painter import Painter, Shape
from stylize.training.models.regions import Regions


def read_painter(models: Path, name: str = PAINTER.float32) -> Painter:
    """The painter of a models folder, for teaching and exporting. Raises TrainingError if it cannot be read."""
    try:
        model = onnx.load_from_string((models / name).read_bytes())
        about = {entry.key: entry.value for entry in model.metadata_props}
        named = {t.name: t for t in model.graph.initializer if t.name.startswith("weight.")}
        layers = [torch.tensor(numpy_helper.to_array(named[f"weight.{i}"])) for i in range(len(named))]
        painter = Painter(Shape(**json.loads(about["shape"])))
        layers[0] *= 255  # the graph takes bytes
        painter.load_state_dict({f"layers.{i}.weight": layer for i, layer in enumerate(layers)})
    except Exception as error:  # protobuf's own kinds, a network of another origin
        raise TrainingError(f"{models} holds no painter that can be read ({error}).") from error
    return painter.eval()


def read_vectors(models: Path) -> dict[str, Tensor]:
    """The style vectors [style_size] of a models folder by id."""
    known = Stylizer(models, "cpu").styles
    return {style.id: torch.tensor(style.vector) for style in (known[PHOTO], *known) if not style.network}


def read_encoder(path: Path) -> Encoder:
    """The encoder of an encoder.onnx, to train it on. Raises TrainingError if it cannot be read."""
    try:
        model = onnx.load_from_string(path.read_bytes())
        about = {entry.key: entry.value for entry in model.metadata_props}
        named = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        widths = [[int(width) for width in group.split()] for group in about["widths"].split(";")]
        encoder = Encoder(widths, len(named["mean"]), int(about["hidden"]))
        state = {}
        for name, old in encoder.state_dict().items():
            state[name] = torch.tensor(named[stored_name(name)]).to(old.dtype).reshape(old.shape)
        encoder.load_state_dict(state)
    except Exception as error:  # protobuf's own kinds, a network of another origin
        raise TrainingError(f"{path} is no encoder that can be read ({error}).") from error
    return encoder.eval()


def read_regions(path: Path) -> Regions:
    """The network of a regions.onnx, to train it on. Raises TrainingError if it cannot be read."""
    try:
        stored = {t.name: t for t in onnx.load_from_string(path.read_bytes()).graph.initializer}
        network = Regions()
        network.load_state_dict(
            {
                name: torch.tensor(numpy_helper.to_array(stored[f"weight_{number}"])).float()
                for number, name in enumerate(network.state_dict())
            }
        )
    except Exception as error:  # protobuf's own kinds, a network of another origin
        raise TrainingError(f"{path} is no regions network that can be read ({error}).") from error
    return network


def is_half(name: str) -> bool:
    """Whether encoder.onnx holds this parameter of an encoder in half precision."""
    return name.endswith(".weight") or name.startswith("mixtures.")


def stored_name(name: str) -> str:
    """The name in encoder.onnx of an encoder's parameter or buffer."""
    kind, number, part = (*name.split("."), "", "")[:3]
    stored = {"convolutions": f"{part}.{number}", "reference": "picture"}.get(kind, name)
    return f"{stored}.half" if is_half(name) else stored


class TrainedRun(NamedTuple):
    """What a training run has learnt."""

    painter: Painter
    vectors: Tensor  # [1 + S, style_size], row 0 is `photo`
    styles: list[dict[str, str]]  # the S styles' descriptions
    style_sizes: tuple[int, ...]  # shorter sides of the paintings, pixels

    def by_id(self) -> dict[str, Tensor]:
        """The style vectors [style_size] by the ids of their styles."""
        return dict(zip((PHOTO, *(style["id"] for style in self.styles)), self.vectors, strict=True))
