"""The encoder: a network that looks at any picture and predicts the painter's style vector for it, at once.

After Ghiasi et al. 2017 (https://arxiv.org/abs/1705.06830), with our painter, which stays as it is. What the encoder
looks at are the statistics that the style loss compares: of the first layer of each group of a loss network's
convolutions, every channel's mean and root mean square, and the products of a few mixtures of channels (the entries
of a small Gram matrix). A perceptron of two layers turns them into the vector:

    pixels -> convolutions -> statistics [N, F] -> standardised -> hidden, hidden -> mean + spread x (linear)

`mean` and `spread` are those of the vectors of the painter's own styles, so that the network only has to say how a
picture differs from what the painter knows already. `reference` is the small picture on which what it says is tried
(`stylize.inference.style_predictor.match_colors`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from typing import cast

import numpy as np
import torch
from PIL import Image
from skimage import data
from torch import Tensor, nn
from torch.nn import functional as F

from stylize.errors import TrainingError
from stylize.training.models.loss_network import MEAN, STD, Vgg

MIXTURES = 24  # channels' mixtures a layer whose products are statistics too
FLOOR = 0.1  # least spread of a number of the vector
SMALL = 1e-6  # added before a root
REFERENCE = 160  # pixels a side of the picture on which a vector is tried


class Encoder(nn.Module):
    """Pictures [N, 3, H, W] in 0..1, shorter side `SIDE`, to style vectors [N, style_size].

    `convolutions` are groups of 3x3 convolutions, with a max-pool between groups.
    """

    mean: Tensor
    spread: Tensor
    centre: Tensor
    scale: Tensor
    reference: Tensor  # uint8 [REFERENCE, REFERENCE, 3]

    def __init__(self, widths: Sequence[Sequence[int]], style_size: int, hidden: int = 256) -> None:
        super().__init__()
        self.widths = [list(group) for group in widths]  # output channels of each convolution, by group
        self.style_size, self.hidden = style_size, hidden
        self.convolutions = nn.ModuleList()
        before = 3
        for width in (w for group in self.widths for w in group):
            self.convolutions.append(nn.Conv2d(before, width, 3, padding=1))
            before = width
        kept = [group[0] for group in self.widths]
        self.mixtures = nn.ParameterList(nn.Parameter(_mixtures(width)) for width in kept)
        for group, m in enumerate(self.mixtures):  # which entries of a symmetric matrix are kept
            rows, columns = torch.triu_indices(len(m), len(m)).unbind()
            self.register_buffer(f"pairs_{group}", rows * len(m) + columns, persistent=False)
        count = sum(2 * width + len(m) * (len(m) + 1) // 2 for width, m in zip(kept, self.mixtures, strict=True))
        self.first, self.second = nn.Linear(count, hidden), nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, style_size)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        for name, size in (("mean", style_size), ("spread", style_size), ("centre", count), ("scale", count)):
            self.register_buffer(name, torch.zeros(size) if name in ("mean", "centre") else torch.ones(size))
        self.register_buffer("reference", _reference())

    @classmethod
    def from_loss_network(cls, network: Vgg, style_size: int, hidden: int = 256) -> Encoder:
        """An encoder whose convolutions are those of a loss network, up to the last layer that a loss reads."""
        groups = [[cast(nn.Conv2d, layer) for layer in cast(nn.ModuleList, group)] for group in network.groups]
        groups[-1] = groups[-1][:1]
        encoder = cls([[layer.out_channels for layer in group] for group in groups], style_size, hidden)
        for mine, theirs in zip(encoder.convolutions, [layer for group in groups for layer in group], strict=True):
            mine.load_state_dict(theirs.state_dict())
        if network.normalise:  # the encoder takes pixels of 0..1 as they are
            first = cast(nn.Conv2d, encoder.convolutions[0])
            with torch.no_grad():
                first.weight /= torch.tensor(STD)[:, None, None]
                cast(Tensor, first.bias).sub_((first.weight * torch.tensor(MEAN)[:, None, None]).sum((1, 2, 3)))
        return encoder

    def statistics(self, pixels: Tensor) -> Tensor:
        """The statistics [N, F] of pictures [N, 3, H, W]."""
        found: list[Tensor] = []
        layers = iter(self.convolutions)
        x = pixels
        for i, (group, mixtures) in enumerate(zip(self.widths, self.mixtures, strict=True)):
            for position in range(len(group)):
                x = F.relu(next(layers)(x))
                if position == 0:
                    flat = x.flatten(2).float()  # [N, C, H W]
                    found += [flat.mean(2), flat.square().mean(2).add(SMALL).sqrt()]
                    with torch.autocast(flat.device.type, enabled=False):
                        mixed = mixtures @ flat
                        products = mixed @ mixed.transpose(1, 2) / flat.shape[2]
                    products = products.flatten(1)[:, self.get_buffer(f"pairs_{i}")]
                    found.append(products.sign() * (products.abs() + SMALL).sqrt())
            if i < len(self.widths) - 1:
                x = F.max_pool2d(x, 2)
        return torch.cat(found, 1)

    def mix_statistics(self, first: Tensor, second: Tensor, share: Tensor) -> Tensor:
        """Statistics [N, F] of pictures that show those of `second` on a `share` [N] of their area, of `first` beside.

        Means and products average by area; what is kept of products is their root.
        """
        kinds = [(len(m) * (len(m) + 1) // 2, group[0]) for m, group in zip(self.mixtures, self.widths, strict=True)]
        root = torch.cat([torch.arange(2 * width + count) >= width for count, width in kinds]).to(first.device)
        a, b = (torch.where(root, x.sign() * (x.square() - SMALL), x) for x in (first, second))
        area = torch.lerp(a, b, share[:, None])
        return torch.where(root, area.sign() * (area.abs() + SMALL).sqrt(), area)

    def predict(self, statistics: Tensor) -> Tensor:
        """Vectors [N, style_size] from statistics [N, F]."""
        x = (statistics - self.centre) / self.scale
        x = F.gelu(self.first(x.clamp(-5, 5)))
        x = x + F.gelu(self.second(x))
        return self.mean + self.spread * self.last(x)

    def forward(self, pixels: Tensor) -> Tensor:
        """Vectors [N, style_size] of pictures [N, 3, H, W] in 0..1."""
        return self.predict(self.statistics(pixels))

    @torch.no_grad()
    def standardise(self, statistics: Tensor, vectors: Tensor) -> None:
        """Fix what is subtracted and divided: statistics [M, F] of many pictures, vectors [S, style_size] of styles."""
        self.centre.copy_(statistics.mean(0))
        self.scale.copy_(statistics.std(0).clamp_min(1e-4))
        self.centre_on(vectors)

    @torch.no_grad()
    def centre_on(self, vectors: Tensor) -> None:
        """Predict around the mean of `vectors` [S, style_size]."""
        self.mean.copy_(vectors.mean(0))
        self.spread.copy_(vectors.std(0).clamp_min(FLOOR))


def interpolate(first: Encoder, second: Encoder, share: float) -> Encoder:
    """An encoder whose weights lie between those of two of one shape, a `share` of the way to the second.

    Of a network and what it was trained on to, the mean is better at what neither has seen than either of them
    (https://arxiv.org/abs/2109.01903).
    """
    mean = deepcopy(first)
    with torch.no_grad():
        for weight, other in zip(mean.parameters(), second.parameters(), strict=True):
            weight.lerp_(other.to(weight.device), share)
    return mean


def widen(encoder: Encoder, hidden: int) -> Encoder:
    """An encoder of `hidden` units a layer that predicts exactly what this one does (arXiv:1511.05641).

    The units that are new start from random numbers that are always the same, so that a run that is resumed still knows
    what it started from; nothing listens to them yet. Raises TrainingError if there would be fewer than now.
    """
    old = encoder.hidden
    if hidden < old:
        raise TrainingError(f"The encoder has {old} hidden units and cannot start with {hidden}; give as many or more.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(hidden)
        wide = Encoder(encoder.widths, encoder.style_size, hidden)
    state = encoder.state_dict()
    with torch.no_grad():
        wide.second.weight[:old, old:] = 0
        for name, value in wide.state_dict().items():
            part = tuple(slice(length) for length in state[name].shape)
            value[part] = state[name]
    return wide


def for_style_size(encoder: Encoder, style_size: int) -> Encoder:
    """An encoder for a painter with other vectors: it sees as this one does, and predicts `mean` yet."""
    if encoder.style_size == style_size:
        return encoder
    other = Encoder(encoder.widths, style_size, encoder.hidden)
    of_vectors = ("last.", "mean", "spread")
    kept = {name: value for name, value in encoder.state_dict().items() if not name.startswith(of_vectors)}
    other.load_state_dict(other.state_dict() | kept)
    return other


def _reference() -> Tensor:
    """A face, clothes, a flag and a machine: scikit-image's astronaut (NASA, public domain), small."""
    picture = Image.fromarray(data.astronaut()).resize((REFERENCE, REFERENCE), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(picture).copy())


def _mixtures(width: int) -> Tensor:
    """Orthogonal mixtures [M, width] of a layer's channels, the same for every encoder: all channels if few."""
    if width <= MIXTURES:
        return torch.eye(width)
    seed = int.from_bytes(hashlib.sha256(str(width).encode()).digest()[:4], "little")
    drawn = torch.randn(width, MIXTURES, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(drawn).Q.T.contiguous()
