"""Perceptual losses on a fixed convolutional network: content, style (Gram) and total variation.

Gatys, Ecker and Bethge 2016 (https://arxiv.org/abs/1508.06576); Johnson, Alahi and Fei-Fei 2016. Every term is
normalised by its own target, so that one style weight serves every painting:

    style    sum over layers of |Gram - Gram_s|^2 / |Gram_s|^2
    content  sum over layers of |F - F_c|^2 / |F_c|^2
    tv       mean squared difference of neighbouring pixels

    total = STYLE_WEIGHT x style + content + TV_WEIGHT x tv
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from stylize.training.models.loss_network import LossNetwork

STYLE_WEIGHT = 6.0
TV_WEIGHT = 10.0


class Losses(NamedTuple):
    """Per-picture losses, each [N]."""

    style: Tensor
    content: Tensor
    tv: Tensor

    def total(self, style_weight: Tensor | float = STYLE_WEIGHT) -> Tensor:
        """The weighted sum [N]."""
        return style_weight * self.style + self.content + TV_WEIGHT * self.tv


class StyleTarget(NamedTuple):
    """Gram matrices of paintings, one tensor [N, C, C] per style layer, and their squared norms [N]."""

    grams: list[Tensor]
    norms: list[Tensor]

    def to(self, device: torch.device) -> StyleTarget:
        """The targets on a device."""
        return StyleTarget(*([part.to(device) for part in parts] for parts in self))

    def pick(self, indices: Tensor) -> StyleTarget:
        """The targets of some paintings, in the order of `indices`."""
        return StyleTarget([g[indices] for g in self.grams], [n[indices] for n in self.norms])


def gram(features: Tensor) -> Tensor:
    """Gram matrices [N, C, C] of features [N, C, H, W], divided by H x W."""
    flat = features.float().movedim(1, 3).flatten(1, 2)  # [N, H x W, C]: channels-last as they are, without a copy
    return flat.mT @ flat / flat.shape[1]


def style_target(network: LossNetwork, paintings: Sequence[Sequence[Tensor]]) -> StyleTarget:
    """Targets of N paintings, each given at one or more sizes as tensors [3, H, W]; Gram matrices are averaged."""
    device = next(network.parameters()).device
    per_painting = []
    for sizes in paintings:
        grams = [[gram(f) for f in network(p[None].to(device))] for p in sizes]
        per_painting.append([torch.stack(layer).mean(0)[0] for layer in zip(*grams, strict=True)])
    layers = [torch.stack(layer) for layer in zip(*per_painting, strict=True)]
    chosen = [layers[i] for i in network.style]
    return StyleTarget(chosen, [g.square().sum((1, 2)) for g in chosen])


def mixed_target(first: StyleTarget, second: StyleTarget, weight: Tensor) -> StyleTarget:
    """Targets between two lists of paintings; `weight` [N] is the share of `second`."""
    w = weight[:, None, None]
    grams = [a + w * (b - a) for a, b in zip(first.grams, second.grams, strict=True)]
    return StyleTarget(grams, [g.square().sum((1, 2)) for g in grams])


def perceptual_losses(network: LossNetwork, painted: Tensor, photos: Tensor, target: StyleTarget) -> Losses:
    """Losses of `painted` against `photos` (both [N, 3, H, W] in 0..1) and against each picture's painting."""
    with torch.no_grad():
        wanted = network(photos, network.content_depth())
    got = network(painted)
    style = sum(style_by_layer(network, got, target), torch.zeros(len(painted), device=painted.device))
    content = torch.zeros_like(style)
    for i in network.content:
        a, b = got[i].float(), wanted[i].float()
        content = content + (a - b).square().mean((1, 2, 3)) / b.square().mean((1, 2, 3)).clamp_min(1e-8)
    return Losses(style, content, total_variation(painted))


def style_by_layer(network: LossNetwork, got: Sequence[Tensor], target: StyleTarget) -> list[Tensor]:
    """The terms [N] whose sum is the style loss, one per style layer, of activations `got` that `network` returned."""
    layers = zip(network.style, target.grams, target.norms, strict=True)
    return [(gram(got[i]) - goal).square().sum((1, 2)) / norm for i, goal, norm in layers]


def total_variation(pixels: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, per picture [N]."""
    across = (pixels[:, :, :, 1:] - pixels[:, :, :, :-1]).square().mean((1, 2, 3))
    down = (pixels[:, :, 1:] - pixels[:, :, :-1]).square().mean((1, 2, 3))
    return across + down
