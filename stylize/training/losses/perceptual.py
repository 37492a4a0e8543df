"""Perceptual losses on a fixed convolutional network: content, style (Gram) and total variation.

Gatys, Ecker and Bethge 2016 (https://arxiv.org/abs/1508.06576); Johnson, Alahi and Fei-Fei 2016. Every term is
normalised by its own target, so that one style weight serves every painting:

    style    sum over layers of |Gram - Gram_s|^2 / |Gram_s|^2
    content  sum over layers of |F - F_c|^2 / |F_c|^2
    tv       mean squared difference of neighbouring pixels

    total = STYLE_WEIGHT x style + content + TV_WEIGHT x tv

The style loss may be summed over several scales, at which picture and painting are seen smaller (Wang et al. 2017,
https://arxiv.org/abs/1612.01895): Gram matrices at one size see nothing larger than a few dozen pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.errors import TrainingError
from stylize.training.models.loss_network import LossNetwork

STYLE_WEIGHT = 6.0
SCALES = (1, 2, 4)  # how many times smaller the style loss sees what learns to paint
SCALE_WEIGHTS = (0.6, 0.425, 0.35)  # of these, times the style weight
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
    """Gram matrices of paintings, one tensor [N, C, C] per scale and style layer, and their squared norms [N].

    The layers of the first scale stand first. A scale of 2 sees pictures at half their size; `weights` are those of
    the scales in the style loss.
    """

    grams: list[Tensor]
    norms: list[Tensor]
    scales: tuple[int, ...] = (1,)
    weights: tuple[float, ...] = (1.0,)

    def to(self, device: torch.device) -> StyleTarget:
        """The targets on a device."""
        return self._replace(grams=[g.to(device) for g in self.grams], norms=[n.to(device) for n in self.norms])

    def pick(self, indices: Tensor) -> StyleTarget:
        """The targets of some paintings, in the order of `indices`."""
        return self._replace(grams=[g[indices] for g in self.grams], norms=[n[indices] for n in self.norms])


def gram(features: Tensor) -> Tensor:
    """Gram matrices [N, C, C] of features [N, C, H, W], divided by H x W."""
    flat = features.float().movedim(1, 3).flatten(1, 2)  # [N, H x W, C]: channels-last as they are, without a copy
    return flat.mT @ flat / flat.shape[1]


def style_target(
    network: LossNetwork,
    paintings: Sequence[Sequence[Tensor]],
    scales: Sequence[int] = (1,),
    weights: Sequence[float] = (1.0,),
) -> StyleTarget:
    """Targets of N paintings, each given at one or more sizes as tensors [3, H, W]; Gram matrices are averaged.

    One weight holds for all scales. Raises TrainingError if scales and weights do not fit together or to a painting.
    """
    weights = tuple(weights) * len(scales) if len(weights) == 1 else tuple(weights)
    if len(weights) != len(scales):
        raise TrainingError(
            f"{len(weights)} weights do not fit {len(scales)} scales: give one for all, or one for each."
        )
    check_scales(scales, min(min(pixels.shape[1:]) for sizes in paintings for pixels in sizes), "A painting", network)
    grams: list[Tensor] = []
    for scale in scales:
        by_painting = [_mean_grams(network, sizes, scale) for sizes in paintings]
        grams += [torch.stack(layer) for layer in zip(*by_painting, strict=True)]
    return StyleTarget(grams, [g.square().sum((1, 2)) for g in grams], tuple(scales), weights)


def _mean_grams(network: LossNetwork, sizes: Sequence[Tensor], scale: int) -> list[Tensor]:
    """The Gram matrix [C, C] of each style layer, mean over the sizes of one painting."""
    device = next(network.parameters()).device
    grams = []
    for pixels in sizes:
        features = network(reduced(pixels[None].to(device), scale))
        grams.append([gram(features[i]) for i in network.style])
    return [torch.stack(layer).mean(0)[0] for layer in zip(*grams, strict=True)]


def reduced(pixels: Tensor, scale: int) -> Tensor:
    """Pictures [N, 3, H, W] made `scale` times smaller: means of areas."""
    return pixels if scale == 1 else F.avg_pool2d(pixels, scale)


def check_scales(scales: Sequence[int], side: int, what: str, network: LossNetwork) -> None:
    """Raises TrainingError if scales cannot be, or `what`, of `side` pixels, is too small for the largest one."""
    if not scales or min(scales) < 1 or len(set(scales)) < len(scales):
        raise TrainingError(f"Scales are different whole numbers from 1 on, and not {', '.join(map(str, scales))}.")
    if side // max(scales) < network.smallest:
        raise TrainingError(
            f"{what} of {side} px is {side // max(scales)} px at the scale {max(scales)}; the loss network needs "
            f"{network.smallest}. Use a larger size or smaller --scales."
        )


def averaged_target(target: StyleTarget) -> StyleTarget:
    """The average of all paintings of a target, as that of one painting."""
    grams = [gram.mean(0, keepdim=True) for gram in target.grams]
    return target._replace(grams=grams, norms=[gram.square().sum((1, 2)) for gram in grams])


def mixed_target(first: StyleTarget, second: StyleTarget, weight: Tensor) -> StyleTarget:
    """Targets between two lists of paintings; `weight` [N] is the share of `second`."""
    w = weight[:, None, None]
    grams = [a + w * (b - a) for a, b in zip(first.grams, second.grams, strict=True)]
    return first._replace(grams=grams, norms=[g.square().sum((1, 2)) for g in grams])


def perceptual_losses(network: LossNetwork, painted: Tensor, photos: Tensor, target: StyleTarget) -> Losses:
    """Losses of `painted` against `photos` (both [N, 3, H, W] in 0..1) and against each picture's painting."""
    with torch.no_grad():
        wanted = network(photos, network.content_depth())
    got = network(painted)
    terms = style_by_layer(network, painted, target, got)
    style = sum(terms, torch.zeros(len(painted), device=painted.device))
    content = torch.zeros_like(style)
    for i in network.content:
        a, b = got[i].float(), wanted[i].float()
        content = content + (a - b).square().mean((1, 2, 3)) / b.square().mean((1, 2, 3)).clamp_min(1e-8)
    return Losses(style, content, total_variation(painted))


def style_by_layer(
    network: LossNetwork, painted: Tensor, target: StyleTarget, features: Sequence[Tensor] | None = None
) -> list[Tensor]:
    """The terms [N] whose sum is the style loss of `painted` [N, 3, H, W], one per scale and style layer.

    `features` are those that `network` returned for `painted`, if they are known.
    """
    goals = iter(zip(target.grams, target.norms, strict=True))
    terms = []
    for scale, weight in zip(target.scales, target.weights, strict=True):
        known = features if features is not None and scale == 1 else network(reduced(painted, scale))
        for i, (goal, norm) in zip(network.style, goals, strict=False):
            terms.append(weight * (gram(known[i]) - goal).square().sum((1, 2)) / norm)
    return terms


def total_variation(pixels: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, per picture [N]."""
    across = (pixels[:, :, :, 1:] - pixels[:, :, :, :-1]).square().mean((1, 2, 3))
    down = (pixels[:, :, 1:] - pixels[:, :, :-1]).square().mean((1, 2, 3))
    return across + down
