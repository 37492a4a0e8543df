"""The student of a distillation: a small VGG-like loss network that learns the features of a larger one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylize.training.models.loss_network import LossNetwork, Vgg

HIDDEN_WIDTHS = (32, 48, 128, 256)  # channels between two kept layers, where the student has one convolution


@torch.no_grad()
def new_student(teacher: LossNetwork, pixels: Tensor, hidden: Sequence[int] = HIDDEN_WIDTHS) -> Vgg:
    """A `Vgg` with random weights, as wide as `teacher` at each kept layer, and `hidden` channels between them.

    Each layer is scaled so that its activations of `pixels` [N, 3, H, W] are as large as the teacher's in that group.
    """
    wanted = teacher(pixels)
    layers: list[list[nn.Conv2d]] = []
    x = pixels
    for features, *between in zip_longest(wanted, hidden):
        layers.append([])
        for width in (features.shape[1], *filter(None, between)):
            layer = nn.Conv2d(x.shape[1], width, 3, padding=1, padding_mode="reflect")
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(cast(Tensor, layer.bias))
            gain = (features.square().mean() / F.relu(layer(x)).square().mean()).sqrt()
            layer.weight.mul_(gain)
            layers[-1].append(layer)
            x = F.relu(layer(x))
        x = F.max_pool2d(x, 2)
    return Vgg(layers, normalise=False)


def forward_blockwise(student: Vgg, pixels: Tensor, wanted: Sequence[Tensor]) -> list[Tensor]:
    """The student's kept layers for `pixels`, each computed from the one before it in `wanted`, the teacher's."""
    groups = [list(cast(nn.ModuleList, group)) for group in student.groups]
    got = [F.relu(groups[0][0](pixels))]
    for x, group, following in zip(wanted, groups, groups[1:], strict=False):
        for layer in group[1:]:
            x = F.relu(layer(x))
        got.append(F.relu(following[0](F.max_pool2d(x, 2))))
    return got
