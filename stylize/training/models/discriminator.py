"""A discriminator of small heads on features of a fixed network (Projected GAN: Sauer et al. 2021,
https://arxiv.org/abs/2111.01007).

Each head sees one level of features through a random 1x1 convolution that is never trained: what a head could tell
apart by a few channels alone is spread over all of them. A discriminator that learns its own features from some dozens
of works knows them by heart at once, and says nothing that a painter could learn from.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from stylize.imaging.comparison import LUMA
from stylize.training.models.loss_network import LossNetwork

LEVELS = (1, 2, 3)  # of the loss network: relu2_1, relu3_1 and relu4_1, a half to an eighth of the picture's size
MIXED = 64  # channels after the random mixing
WIDTH = 48  # channels of a head
SLOPE = 0.2  # of the leaky ReLU


class Discriminator(nn.Module):
    """Says of patches whether they are of a work (above 0) or painted (below 0), at many places and at each level.

    With `grey` it sees luminance alone: grey works it would know by that.
    """

    def __init__(self, network: LossNetwork, works: Tensor, *, grey: bool = False) -> None:
        """`works` [N, 3, S, S] in 0..1 say how large features are; random numbers are those of torch's generator."""
        super().__init__()
        self.features = [network]  # in a list: it is neither trained nor saved
        self.grey = grey
        with torch.no_grad():
            found = self._levels(works)
        self.mixtures, self.heads = nn.ModuleList(), nn.ModuleList()
        for number, features in enumerate(found):
            mixture = nn.Conv2d(features.shape[1], MIXED, 1, bias=False).requires_grad_(False)
            nn.init.kaiming_normal_(mixture.weight, nonlinearity="linear")
            self.mixtures.append(mixture)
            self.heads.append(_head())
            self.register_buffer(f"mean_{number}", features.float().mean((0, 2, 3), keepdim=True))
            self.register_buffer(f"deviation_{number}", features.float().std((0, 2, 3), keepdim=True).clamp_min(1e-3))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """One map of answers [N, 1, H, W] for each level, of pictures [N, 3, S, S] in 0..1."""
        answers = []
        for number, features in enumerate(self._levels(pixels)):
            mean, deviation = self.get_buffer(f"mean_{number}"), self.get_buffer(f"deviation_{number}")
            normal = (features.float() - mean) / deviation
            answers.append(self.heads[number](self.mixtures[number](normal)).float())
        return answers

    def trained(self) -> list[nn.Parameter]:
        """The weights of the heads."""
        return list(self.heads.parameters())

    def _levels(self, pixels: Tensor) -> Sequence[Tensor]:
        if self.grey:
            luma = torch.tensor(LUMA, device=pixels.device)[:, None, None]
            pixels = (pixels * luma).sum(1, keepdim=True).expand_as(pixels)
        kept = self.features[0](pixels, max(LEVELS) + 1)
        return [kept[level] for level in LEVELS]


def _head() -> nn.Sequential:
    layers = [
        nn.Conv2d(MIXED, WIDTH, 3, stride=2, padding=1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(WIDTH, WIDTH, 1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(WIDTH, 1, 1),
    ]
    return nn.Sequential(*(spectral_norm(layer) if isinstance(layer, nn.Conv2d) else layer for layer in layers))
