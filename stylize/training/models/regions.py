"""The regions network: what a photo shows and where, at a quarter of the size at which it is seen.

    pixels -> MobileNetV2 of half width (Sandler et al. 2018, https://arxiv.org/abs/1801.04381) down to a sixteenth
           -> pooling of the whole picture and projection (DeepLabV3, Chen et al. 2017, https://arxiv.org/abs/1706.05587)
           -> views of that and of what the trunk saw at an eighth and a quarter, added at a quarter (as in DeepLabV3+)
           -> subject, classes
           -> for faces the same with views of their own, mixed at an eighth already: a face is what lies around it

Up to the last mixing of neighbours the decoder treats every place by itself. So it can learn from single places, of
which a photo has thousands that are alike, before the whole learns (`stylize.training.tasks.regions_trainer`).

Trunk, pooling and the coarse classes have the layers of the teacher for classes and may start from its weights: where
that one keeps an eighth of the size by dilated convolutions, this one goes on to a sixteenth with the same kernels,
which gives the same numbers at every second place.

Sides are 16 n + 1 pixels, so that the samples of every level lie on pixels: sample k of a level of 1/s is pixel s k.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from stylize.errors import TrainingError

STEP = 4  # pixels between two samples of the outputs
FACE_UNIT = 16.0  # pixels by which distances to a face's sides are counted
CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "table",
    "dog", "horse", "motorbike", "person", "plant", "sheep", "sofa", "train", "television",
)  # fmt: skip
# Output channels, stride and dilation of each block of the trunk after the first.
_BLOCKS = (
    (12, 2, 1), (12, 1, 1), (16, 2, 1), (16, 1, 1), (16, 1, 1), (32, 2, 1), (32, 1, 1), (32, 1, 1), (32, 1, 1),
    (48, 1, 1), (48, 1, 1), (48, 1, 1), (80, 1, 1), (80, 1, 2), (80, 1, 2), (160, 1, 2),
)  # fmt: skip
_QUARTER, _EIGHTH = 2, 5  # the blocks whose widened input is what the trunk saw at these sizes
_POOLED = 256  # channels of the pooling and projection
_RARE = 0.01  # share of faces among the samples that the network begins with


class Found(NamedTuple):
    """The outputs: logits, at a quarter of the picture's size."""

    subject: Tensor  # [N, 1, h, w]
    classes: Tensor  # [N, 21, h, w]
    faces: Tensor  # [N, 1, h, w]
    sides: Tensor  # [N, 4, h, w]: how far left, top, right and bottom of the face are from the sample, in pixels


class _Block(nn.Module):
    """1x1 wider, 3x3 in each channel, 1x1 narrower; the input is added where shapes allow it."""

    def __init__(self, channels: int, out: int, stride: int, dilation: int) -> None:
        super().__init__()
        wide = 6 * channels
        self.widen = nn.Conv2d(channels, wide, 1)
        self.filter = nn.Conv2d(wide, wide, 3, stride, dilation, dilation, groups=wide)
        self.narrow = nn.Conv2d(wide, out, 1)
        self.adds = stride == 1 and channels == out

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output, and the widened input."""
        wide = F.relu6(self.widen(x))
        out = self.narrow(F.relu6(self.filter(wide)))
        return x + out if self.adds else out, wide


class _Mix(nn.Module):
    """5x5 in each channel, then 1x1, added to the input, which it leaves as it is to begin with."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.filter = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.mix = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.mix(self.filter(x)))


class _Faces(nn.Module):
    """Finds faces in what the trunk has seen at a sixteenth, an eighth and a quarter, of so many channels."""

    def __init__(self, seen: Sequence[int], wide: int = 64, narrow: int = 32) -> None:
        super().__init__()
        self.views = nn.ModuleList(
            nn.Conv2d(channels, out, 1) for channels, out in zip(seen, (wide, wide, narrow), strict=True)
        )
        self.mixes = nn.Sequential(*(_Mix(wide) for _ in range(3)))
        self.narrow = nn.Conv2d(wide, narrow, 1)
        self.last = _Mix(narrow)
        self.heads = nn.Conv2d(narrow, 1 + 4, 1)
        nn.init.zeros_(self.heads.weight)
        nn.init.zeros_(self.heads.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.heads.bias[0] = -torch.log(torch.tensor(1 / _RARE - 1))  # type: ignore[index]

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        """Score and sides [N, 5, h, w] at a quarter."""
        deep, eighth, quarter = (view(x) for view, x in zip(self.views, seen, strict=True))
        x = self.narrow(self.mixes(F.relu(eighth + _enlarged(deep, eighth))))
        found: Tensor = self.heads(self.last(F.relu(quarter + _enlarged(x, quarter))))
        return found

    def from_places(self, seen: Sequence[Tensor]) -> Tensor:
        """The same [M, 5] of single samples [M, C], of which nothing is mixed."""
        deep, eighth, quarter = (_linear(view, x) for view, x in zip(self.views, seen, strict=True))
        x = F.relu(_linear(self.narrow, F.relu(deep + eighth)) + quarter)
        return _linear(self.heads, x)


class Regions(nn.Module):
    """Pictures [N, 3, H, W] in 0..1, sides of 16 n + 1 pixels, to `Found`."""

    def __init__(self, wide: int = 128, narrow: int = 64) -> None:
        super().__init__()
        self.shape = {"wide": wide, "narrow": narrow}
        self.first = nn.Conv2d(3, 16, 3, 2, 1)
        self.second = nn.ModuleList([nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.Conv2d(16, 8, 1)])
        widths = [8, *(out for out, _, _ in _BLOCKS)]
        self.blocks = nn.ModuleList(_Block(width, *block) for width, block in zip(widths, _BLOCKS, strict=False))
        self.local = nn.Conv2d(widths[-1], _POOLED, 1)
        self.pooled = nn.Conv2d(widths[-1], _POOLED, 1)
        self.project = nn.Conv2d(2 * _POOLED, _POOLED, 1)
        self.coarse = nn.Conv2d(_POOLED, len(CLASSES), 1)
        self.seen = [_POOLED, 6 * widths[_EIGHTH], 6 * widths[_QUARTER]]  # channels of what the decoder sees
        self.views = nn.ModuleList(nn.Conv2d(channels, wide, 1) for channels in self.seen)
        self.narrow = nn.Conv2d(wide, narrow, 1)
        self.mixes = nn.Sequential(_Mix(narrow), _Mix(narrow))
        self.heads = nn.Conv2d(narrow, 1 + len(CLASSES), 1)
        self.faces = _Faces(self.seen)
        nn.init.kaiming_normal_(self.narrow.weight)
        nn.init.zeros_(self.heads.weight)
        nn.init.zeros_(self.heads.bias)  # type: ignore[arg-type]

    def forward(self, pixels: Tensor) -> Found:
        """From `pixels` [N, 3, H, W] in 0..1."""
        seen, coarse = self.features(pixels)
        viewed = [view(x) for view, x in zip(self.views, seen, strict=True)]
        x = F.relu(viewed[2] + _enlarged(viewed[1], viewed[2]) + _enlarged(viewed[0], viewed[2]))
        x = self.mixes(F.relu(self.narrow(x)))
        return _found(self.heads(x), _enlarged(coarse, x), self.faces(seen))

    def features(self, pixels: Tensor) -> tuple[list[Tensor], Tensor]:
        """What the decoder sees at a sixteenth, an eighth and a quarter, and the coarse classes at a sixteenth."""
        x = F.relu6(self.first(pixels * 2 - 1))
        x = self.second[1](F.relu6(self.second[0](x)))
        wide = []
        for block in self.blocks:
            x, before = block(x)
            wide.append(before)
        local, pooled = F.relu(self.local(x)), F.relu(self.pooled(x.mean((2, 3), keepdim=True)))
        x = F.relu(self.project(torch.cat([pooled.expand_as(local), local], 1)))
        return [x, wide[_EIGHTH], wide[_QUARTER]], self.coarse(x)

    def at_places(self, pixels: Tensor) -> Tensor:
        """All that the decoder sees of every sample, and the coarse classes, [N, C, h, w]."""
        seen, coarse = self.features(pixels)
        return torch.cat([*(_enlarged(x, seen[2]) for x in (*seen[:2], coarse)), seen[2]], 1)

    def from_places(self, places: Tensor) -> Found:
        """What the decoder says of single samples [M, C] of `at_places`, as maps of one row; nothing is mixed."""
        deep, eighth, coarse, quarter = places.split([*self.seen[:2], len(CLASSES), self.seen[2]], 1)
        viewed = [_linear(view, part) for view, part in zip(self.views, (deep, eighth, quarter), strict=True)]
        x = F.relu(viewed[0] + viewed[1] + viewed[2])
        x = _linear(self.heads, F.relu(_linear(self.narrow, x)))
        faces = self.faces.from_places((deep, eighth, quarter))
        return _found(*(part.t()[None, :, None] for part in (x, coarse, faces)))

    def lowest(self, blocks: int) -> Iterator[nn.Parameter]:
        """The weights of the trunk up to so many blocks."""
        for part in (self.first, *self.second, *self.blocks[:blocks]):
            yield from part.parameters()

    def trunk(self) -> list[nn.Conv2d]:
        """The convolutions that the teacher for classes has, too, in its order."""
        outer = [self.first, *self.second]
        inner = [layer for block in self.blocks for layer in (block.widen, block.filter, block.narrow)]
        return [*outer, *inner, self.local, self.pooled, self.project, self.coarse]

    @torch.no_grad()
    def start_from(self, teacher: Path) -> None:
        """Copy the teacher's weights into the trunk. Raises TrainingError if its layers are others."""
        layers = list(_convolutions(teacher))
        mine = self.trunk()
        if [weight.shape for weight, _ in layers] != [layer.weight.shape for layer in mine]:
            raise TrainingError(
                f"{teacher.name} is no DeepLabV3 on MobileNetV2 of half width, so the network cannot start from it. "
                "Give --no-transfer to start from random numbers."
            )
        for layer, (weight, bias) in zip(mine, layers, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)  # type: ignore[union-attr]


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=True)


def _linear(layer: nn.Module, x: Tensor) -> Tensor:
    """A 1x1 convolution of single places [M, C]."""
    return F.linear(x, layer.weight.flatten(1), layer.bias)  # type: ignore[operator, arg-type]


def _found(heads: Tensor, coarse: Tensor, faces: Tensor) -> Found:
    subject, classes = heads.split([1, len(CLASSES)], 1)
    return Found(subject, classes + coarse, faces[:, :1], FACE_UNIT * F.softplus(faces[:, 1:]))


def _convolutions(path: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Weights and biases of the convolutions of an ONNX network, in its order."""
    graph = onnx.load(path).graph
    values = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) == 3:
            yield tuple(torch.from_numpy(numpy_helper.to_array(values[name]).copy()) for name in node.input[1:])  # type: ignore[misc]
