"""Our loss network for ONNX Runtime: the Gram matrices of a picture, which say what its texture and colours are.

loss.onnx has its layers and loss.safetensors its weights, which training reads as well: `stylize export --paintings`
writes the first, `stylize distil` the second.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.inference.session import Device, Network, naming_damage, read_model

GRAPH, WEIGHTS = "loss.onnx", "loss.safetensors"  # files of a models folder
LEAST_SIDE = 32  # pixels under which the deepest layer has nothing to see

Gram = NDArray[np.float32]  # [C, C]


class LossNetwork:
    """The loss network of a models folder; `sha256` is that of its weights.

    Raises MissingNetworkError if a file is not there, NetworkError if one is broken or they do not belong together.
    """

    def __init__(self, folder: Path, device: Device) -> None:
        weights = read_model(folder / WEIGHTS)
        self.sha256 = hashlib.sha256(weights).hexdigest()
        with naming_damage(folder / WEIGHTS):
            tensors = {name: value.astype(np.float32) for name, value in load(weights).items()}
        graph = read_model(folder / GRAPH)
        with naming_damage(folder / GRAPH):
            self._network = Network(device, graph, tensors)
            made_for = self._network.metadata["weights"]
        if made_for != self.sha256:
            raise NetworkError(f"{GRAPH} and {WEIGHTS} in {folder} are of different networks; export them again.")

    def grams(self, pixels: Pixels, scale: int = 1) -> list[Gram]:
        """The Gram matrices, shallow to deep, of bytes [H, W, 3] seen `scale` times smaller: by means of areas.

        The smaller picture needs `LEAST_SIDE` pixels a side.
        """
        height, width = (side // scale for side in pixels.shape[:2])
        blocks = pixels[: height * scale, : width * scale].reshape(height, scale, width, scale, 3)
        small = blocks.mean((1, 3), np.float32) / 255
        return self._network.run({"pixels": np.ascontiguousarray(small.transpose(2, 0, 1)[None])})
