"""The file of an encoder: encoder.onnx, exported by torch and compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.inference.session import Device
from stylize.inference.style_predictor import LONGEST, SIDE, StylePredictor
from stylize.training.export.graph_builder import IR_VERSION, OPSET
from stylize.training.models.encoder import Encoder
from stylize.training.models.trained_run import is_half, stored_name

TOLERANCE = 1e-3  # largest allowed difference of torch and ONNX Runtime, in a vector's numbers
CHECK_SIZES = ((SIDE, SIDE), (SIDE, LONGEST), (SIDE + 101, SIDE))  # height, width
EXAMPLE = (64, 96)  # height and width of the picture that the export is traced with; any other works


class _Exported(nn.Module):
    """An encoder with weights in half precision: bytes [1, H, W, 3] to a vector and the reference picture."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.stored: dict[str, str] = {}  # the name of each buffer by that of the encoder's parameter
        self._encoder = [encoder]  # in a list: its own parameters are not exported
        for number, (name, value) in enumerate(encoder.state_dict().items()):
            self.stored[name] = f"stored_{number}"
            self.register_buffer(self.stored[name], value.half() if is_half(name) else value)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """From `pixels`, uint8 [1, H, W, 3]."""
        state = {name: self.get_buffer(stored) for name, stored in self.stored.items()}
        reference = state.pop("reference").clone()
        weights = {name: value.float() for name, value in state.items()}
        image = pixels.permute(0, 3, 1, 2).float() / 255
        vector = torch.func.functional_call(self._encoder[0], weights, (image,))
        return vector[0], reference


def encoder_graph(encoder: Encoder, about: dict[str, str]) -> onnx.ModelProto:
    """The encoder for ONNX Runtime: bytes `pixels` [1, H, W, 3] to `vector` [style_size]. Weights are float16.

    Its second output is always the same: the bytes `reference` [h, w, 3].
    """
    exported = _Exported(encoder).eval()
    sides = {1: torch.export.Dim("H", min=32), 2: torch.export.Dim("W", min=32)}
    program = torch.onnx.export(
        exported,
        (torch.zeros(1, *EXAMPLE, 3, dtype=torch.uint8),),
        input_names=["pixels"],
        output_names=["vector", "reference"],
        dynamic_shapes={"pixels": sides},
        opset_version=OPSET,
        optimize=False,  # it renames the weights, which are read back by their names; ONNX Runtime optimises anyway
        verbose=False,
    )
    model: onnx.ModelProto = cast(torch.onnx.ONNXProgram, program).model_proto
    strip_sources(model)
    _rename(model, {stored: stored_name(name) for name, stored in exported.stored.items()})
    layout = {"widths": ";".join(" ".join(map(str, group)) for group in encoder.widths), "hidden": str(encoder.hidden)}
    model.producer_name, model.ir_version = "stylize", IR_VERSION
    onnx.helper.set_model_props(model, about | layout)
    onnx.checker.check_model(model, full_check=True)
    return model


def strip_sources(model: onnx.ModelProto) -> None:
    """Remove where in the source each node came from: a twentieth of the file, and paths of the machine."""
    for part in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    model.ClearField("producer_version")


def _rename(model: onnx.ModelProto, weights: dict[str, str]) -> None:
    """Give the initialisers among `weights` other names, and numbers to what lies between the nodes."""
    kept = {value.name for value in (*model.graph.input, *model.graph.output)}
    between = (name for node in model.graph.node for name in node.output if name not in kept)
    names = weights | {name: f"value_{number}" for number, name in enumerate(between)}
    for tensor in model.graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]


def write_encoder(encoder: Encoder, models: Path, sha: str) -> float:
    """Write encoder.onnx for the painter `sha` into `models`; returns its largest difference from torch.

    Raises TrainingError, and leaves the old file, if that is above `TOLERANCE`.
    """
    encoder = rounded(encoder)
    data = encoder_graph(encoder, {"painter": sha}).SerializeToString()
    with atomic_path(models / "encoder.onnx") as part:
        part.write_bytes(data)
        worst = _difference(
            encoder, StylePredictor(part, Device("cpu"), sha, encoder.style_size, lambda pixels, _: pixels)
        )
        if worst > TOLERANCE:
            raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


def _difference(encoder: Encoder, network: StylePredictor) -> float:
    """The largest difference of torch and ONNX Runtime in a vector's numbers."""
    worst = 0.0
    for height, width in CHECK_SIZES:
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        soft = np.sort(noise, 0)
        for pixels in (noise, soft):
            with torch.no_grad():
                wanted = encoder(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)[0].numpy()
            worst = max(worst, float(np.abs(network.run(pixels)[0] - wanted).max()))
    return worst


def rounded(encoder: Encoder) -> Encoder:
    """The encoder with its weights as they are stored: float16."""
    copy = Encoder(encoder.widths, encoder.style_size, encoder.hidden)
    state = encoder.state_dict()
    copy.load_state_dict({name: value.half().float() if is_half(name) else value for name, value in state.items()})
    return copy.eval()
