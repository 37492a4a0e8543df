"""Loss networks: fixed convolutional networks whose features the perceptual losses compare.

VGG-like stacks (Simonyan and Zisserman 2015, https://arxiv.org/abs/1409.1556), our distilled one among them, and
SqueezeNet 1.1 (Iandola et al. 2016, https://arxiv.org/abs/1602.07360).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn
from torch.nn import functional as F

from stylize.errors import TrainingError
from stylize.imaging import atomic_path
from stylize.paths import LOSS_NETWORK

MEAN = (0.485, 0.456, 0.406)  # torchvision's convention for networks trained on ImageNet
STD = (0.229, 0.224, 0.225)


class LossNetwork(nn.Module):
    """Features of pictures [N, 3, H, W] in 0..1, as one list of activations per call, shallow to deep.

    `style` and `content` are positions in that list. `names` are the layers' names in the literature. Pictures with a
    side below `smallest` pixels have no deepest features.
    """

    smallest = 16

    names: Sequence[str]
    style: Sequence[int]
    content: Sequence[int]

    def forward(self, pixels: Tensor, depth: int | None = None) -> list[Tensor]:
        """Activations of the first `depth` kept layers (all by default)."""
        raise NotImplementedError

    def content_depth(self) -> int:
        """How many kept layers the content loss needs."""
        return max(self.content) + 1


class Vgg(LossNetwork):
    """VGG-like stacks: 3x3 convolutions with ReLU, max-pools between groups. Any widths and group sizes.

    `convolutions` holds one list of layers a group; the first activation of each group is kept (relu1_1, relu2_1, ...).
    """

    def __init__(self, groups: Sequence[Sequence[nn.Conv2d]], normalise: bool) -> None:
        super().__init__()
        self.groups = nn.ModuleList(nn.ModuleList(group) for group in groups)
        self.normalise = normalise
        self.names = [f"relu{i}_1" for i in range(1, len(groups) + 1)]
        self.style = range(len(groups))
        self.content = (2, 3)
        if any(layer.padding_mode == "reflect" for group in groups for layer in group):
            self.smallest = 32  # a single pixel cannot be reflected

    def forward(self, pixels: Tensor, depth: int | None = None) -> list[Tensor]:
        """Activations of the first `depth` kept layers (all by default)."""
        x = _normalise(pixels) if self.normalise else pixels
        kept: list[Tensor] = []
        for group in list(self.groups)[:depth]:
            for i, layer in enumerate(cast(nn.ModuleList, group)):
                x = F.relu(layer(x))
                if i == 0:
                    kept.append(x)
                    if len(kept) == (depth or len(self.groups)):
                        return kept
            x = F.max_pool2d(x, 2)
        return kept


class SqueezeNet(LossNetwork):
    """SqueezeNet 1.1's features: the first convolution and the output of every second fire module."""

    def __init__(self, features: nn.Sequential) -> None:
        super().__init__()
        self.features = features
        self.names = ("relu1", "fire3", "fire5", "fire7", "fire9")
        self.style = range(5)
        self.content = (1, 2)
        self._keep = (1, 4, 7, 10, 12)

    def forward(self, pixels: Tensor, depth: int | None = None) -> list[Tensor]:
        """Activations of the first `depth` kept layers (all by default)."""
        x = _normalise(pixels)
        kept: list[Tensor] = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self._keep:
                kept.append(x)
                if len(kept) == depth:
                    break
        return kept


def load_loss_network(source: str | Path | None = None, *, ours: bool = True) -> LossNetwork:
    """The loss network named by `source`, else by the environment variable STYLIZE_LOSS_WEIGHTS, else our own.

    `vgg16` and `squeezenet1_1` are torchvision's (downloaded once by torchvision); a path is a safetensors file of
    `distil`, or a state dict of a VGG-19-like stack (keys `conv1_1.weight` ...) or of SqueezeNet 1.1 (keys
    `features.0.weight` ...). Without `ours` it must be named: what trains and judges the painter is not its student.

    Raises TrainingError if the source is missing, unreadable or of another layout.
    """
    name = str(source or os.environ.get("STYLIZE_LOSS_WEIGHTS") or (LOSS_NETWORK if ours else ""))
    if not name:
        raise TrainingError(
            "No loss network given. Use --loss-weights (or STYLIZE_LOSS_WEIGHTS) with 'vgg16', 'squeezenet1_1' "
            "or the path of a state dict; the small one in models/ is for teaching and optimising."
        )
    network = _from_torchvision(name) if name in ("vgg16", "squeezenet1_1") else _from_file(Path(name))
    return network.eval().requires_grad_(False)


def random_vgg(widths: Sequence[int] = (8, 8, 16, 16, 16), seed: int = 0) -> Vgg:
    """A small VGG-like network with random weights, always the same, to try the machinery without any download."""
    groups, before = [], 3
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for width in widths:
            groups.append([nn.Conv2d(before, width, 3, padding=1)])
            before = width
    return Vgg(groups, normalise=True).eval().requires_grad_(False)


def save_vgg(network: Vgg, path: Path, about: dict[str, str]) -> None:
    """Write a network that takes pictures in 0..1 as they are, in half precision.

    safetensors with the keys conv1_1.weight, conv1_1.bias, ... and the strings `about`; `load_loss_network` reads it.
    """
    tensors = {}
    for i, group in enumerate(network.groups, 1):
        for j, layer in enumerate(cast(nn.ModuleList, group), 1):
            for name, value in layer.state_dict().items():
                tensors[f"conv{i}_{j}.{name}"] = value.detach().cpu().half().contiguous()
    with atomic_path(path) as part:
        part.write_bytes(save_tensors(tensors, about | {"what": "loss network", "padding": "reflect"}))


def _from_torchvision(name: str) -> LossNetwork:
    from torchvision import models

    try:
        if name == "squeezenet1_1":
            return SqueezeNet(models.squeezenet1_1(weights=models.SqueezeNet1_1_Weights.DEFAULT).features)
        features = models.vgg16(weights=models.VGG16_Weights.IMAGENET1K_FEATURES).features
    except Exception as error:  # torchvision raises URLError, HTTPError, RuntimeError (bad checksum), OSError
        raise TrainingError(f"torchvision could not get the weights of {name}: {error}") from error
    groups: list[list[nn.Conv2d]] = [[]]
    for layer in features:
        if isinstance(layer, nn.Conv2d):
            groups[-1].append(layer)
        elif isinstance(layer, nn.MaxPool2d):
            groups.append([])
    return Vgg([group for group in groups if group], normalise=True)


def _from_file(path: Path) -> LossNetwork:
    try:
        state = _tensors(path)
    except FileNotFoundError as error:
        raise TrainingError(
            f"Loss weights {path} do not exist. Give 'vgg16', 'squeezenet1_1' or a file with --loss-weights."
        ) from error
    except Exception as error:  # torch and safetensors raise many kinds
        kind = "safetensors file" if path.suffix == ".safetensors" else "PyTorch state dict"
        raise TrainingError(f"Loss weights {path} are not a {kind}, or damaged: {error}") from error
    try:
        if "features.0.weight" in state:
            from torchvision import models

            network = models.squeezenet1_1(weights=None)
            network.load_state_dict(state, strict=False)
            return SqueezeNet(network.features)
        if "conv1_1.weight" in state:
            return _stacks(state)
    except (RuntimeError, KeyError, ValueError) as error:  # shapes that do not fit, names that miss
        raise TrainingError(f"Loss weights {path} do not fit together: {error}") from error
    raise TrainingError(f"Loss weights {path} have another layout: expected keys conv1_1.* or features.*.")


def _tensors(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
            raise TypeError("it holds other things than tensors by name")
        return state
    state = load_tensors(path.read_bytes())
    if not all(value.isfinite().all() for value in state.values()):
        raise ValueError("it holds values that are not numbers")
    return {name: value.float() for name, value in state.items()}


def _stacks(state: dict[str, Tensor]) -> Vgg:
    names: dict[tuple[int, int], str] = {}
    for key in state:
        if key.startswith("conv") and key.endswith(".weight"):
            first, second = key[4:-7].split("_")
            names[int(first), int(second)] = key[:-7]
    groups: list[list[nn.Conv2d]] = []
    for (group, position), name in sorted(names.items()):
        weight = state[f"{name}.weight"]
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, padding_mode="reflect")
        layer.load_state_dict({"weight": weight, "bias": state[f"{name}.bias"]})
        if position == 1:
            groups.append([])
        if len(groups) != group or len(groups[-1]) != position - 1:
            raise ValueError(f"a layer before {name} is missing")
        groups[-1].append(layer)
    return Vgg(groups, normalise=False)


def _normalise(pixels: Tensor) -> Tensor:
    mean = torch.tensor(MEAN, device=pixels.device)[:, None, None]
    std = torch.tensor(STD, device=pixels.device)[:, None, None]
    return (pixels - mean) / std
