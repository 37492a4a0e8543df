"""The file of the regions network: regions.onnx, exported by torch and compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.inference.session import Device, Network
from stylize.training.digest import digest
from stylize.training.export.encoder import strip_sources
from stylize.training.export.graph_builder import IR_VERSION, OPSET
from stylize.training.models.regions import CLASSES, STEP, Regions

TOLERANCE = 1e-3  # largest allowed difference of torch and ONNX Runtime, in probabilities
OUTPUTS = ("subject", "classes", "faces", "sides")
EXAMPLE = (65, 97)  # height and width of the picture that the export is traced with; others of 16 n + 1 work


class _Exported(nn.Module):
    """The network with weights in half precision: bytes [1, H, W, 3] to probabilities, and sides in pixels."""

    def __init__(self, network: Regions) -> None:
        super().__init__()
        self.stored: dict[str, str] = {}  # the name of each buffer by that of the network's parameter
        self._network = [network]  # in a list: its own parameters are not exported
        for number, (name, value) in enumerate(network.state_dict().items()):
            self.stored[name] = f"weight_{number}"
            self.register_buffer(self.stored[name], value.half())

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """From `pixels`, uint8 [1, H, W, 3]."""
        weights = {name: self.get_buffer(stored).float() for name, stored in self.stored.items()}
        image = pixels.permute(0, 3, 1, 2).float() / 255
        found = torch.func.functional_call(self._network[0], weights, (image,))
        return found.subject[0, 0].sigmoid(), found.classes[0].softmax(0), found.faces[0, 0].sigmoid(), found.sides[0]


def regions_graph(network: Regions) -> onnx.ModelProto:
    """The network for ONNX Runtime, from bytes `pixels` [1, H, W, 3] to the four `OUTPUTS`; weights are float16.

    These are `subject` [h, w], `classes` [21, h, w] and `faces` [h, w], probabilities, and `sides` [4, h, w] in pixels.
    The metadata name the classes, the step and a digest of the weights.
    """
    exported = _Exported(network).eval()
    sides = {1: 16 * torch.export.Dim("h", min=2) + 1, 2: 16 * torch.export.Dim("w", min=2) + 1}
    program = torch.onnx.export(
        exported,
        (torch.zeros(1, *EXAMPLE, 3, dtype=torch.uint8),),
        input_names=["pixels"],
        output_names=list(OUTPUTS),
        dynamic_shapes={"pixels": sides},
        opset_version=OPSET,
        optimize=False,  # it renames the weights; ONNX Runtime optimises anyway
        verbose=False,
    )
    model: onnx.ModelProto = cast(torch.onnx.ONNXProgram, program).model_proto
    strip_sources(model)
    model.producer_name, model.ir_version = "stylize", IR_VERSION
    weights = digest(*(exported.get_buffer(name) for name in exported.stored.values()))
    about = {"classes": " ".join(CLASSES), "step": str(STEP), "pixels": "uint8 sRGB, sides 16 n + 1", "sha256": weights}
    onnx.helper.set_model_props(model, about)
    onnx.checker.check_model(model, full_check=True)
    return model


def write_regions(network: Regions, path: Path) -> float:
    """Write the network; returns its largest difference from torch, in probabilities.

    Raises TrainingError, and leaves the old file, if that is above `TOLERANCE`.
    """
    stored = Regions(**network.shape)
    stored.load_state_dict({name: value.cpu().half().float() for name, value in network.state_dict().items()})
    data = regions_graph(stored.eval()).SerializeToString()
    worst = _difference(stored, Network(Device("cpu"), data))
    if worst > TOLERANCE:
        raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    with atomic_path(path) as part:
        part.write_bytes(data)
    return worst


def _difference(network: Regions, exported: Network) -> float:
    """The largest difference of torch and ONNX Runtime in a probability."""
    worst = 0.0
    for height, width in ((65, 97), (257, 385), (97, 33)):
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        for pixels in (noise, np.sort(noise, 0)):
            with torch.no_grad():
                found = network(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)
            wanted = (found.subject.sigmoid(), found.classes.softmax(1), found.faces.sigmoid())
            for mine, theirs in zip(exported.run({"pixels": pixels[None]}), wanted, strict=False):
                worst = max(worst, float(np.abs(mine - theirs.squeeze().numpy()).max()))
    return worst
