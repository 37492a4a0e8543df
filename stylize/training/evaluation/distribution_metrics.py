"""How close two sets of pictures lie as distributions: KID and FID, on features of a classifier that trained nothing.

KID: the unbiased squared maximum mean discrepancy with a cubic kernel (Binkowski et al. 2018,
https://arxiv.org/abs/1801.01401). FID: the Fréchet distance of two normal distributions (Heusel et al. 2017,
https://arxiv.org/abs/1706.08500). Both use the numbers before a classifier's last layer. Values depend on the
classifier: those of another one, and published ones, do not compare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import models

from stylize.errors import TrainingError
from stylize.training.data.images import to_tensor
from stylize.training.models.loss_network import MEAN, STD

CROP = 224  # pixels: what such networks were trained with
CROPS = 8  # of each picture
SUBSETS = 100  # that the spread is taken over, each of half the pictures of either side
BATCH = 32


@dataclass(frozen=True)
class Features:
    """Features [N, D] of crops, and of each crop the number of the picture that it was cut from, [N]."""

    values: Tensor
    picture: Tensor

    @property
    def pictures(self) -> int:
        """How many pictures they are of."""
        return int(self.picture.max()) + 1

    def of(self, chosen: Tensor) -> Features:
        """Those of some pictures, which keep their numbers."""
        mine = torch.isin(self.picture, chosen)
        return Features(self.values[mine], self.picture[mine])


class Extractor:
    """A classifier of torchvision, which gives the numbers before its last layer."""

    def __init__(self, weights: Path | None = None, architecture: str = "mobilenet_v2") -> None:
        """`weights` is a state dict of that architecture; without, torchvision downloads its own.

        Raises TrainingError if there is no such classifier, or its weights cannot be had.
        """
        try:
            network = models.get_model(architecture, weights=None if weights else "DEFAULT")
            if weights:
                network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except Exception as error:  # torchvision and torch raise many kinds
            source = weights or "a download"
            said = str(error).split("\n")[0]
            raise TrainingError(f"No features of {architecture} from {source} ({said}).") from error
        linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
        if not linear:
            raise TrainingError(f"{architecture} has no last linear layer: it is no classifier.")
        self._network = network.eval().requires_grad_(False)
        self._seen: list[Tensor] = []
        linear[-1].register_forward_pre_hook(lambda _, inputs: self._seen.append(inputs[0].flatten(1)))

    @torch.no_grad()
    def __call__(self, images: Sequence[Image.Image], seed: int = 0, crops: int = CROPS) -> Features:
        """Features of `crops` random crops of each picture, whose sides are `CROP` pixels or more."""
        rng = np.random.default_rng(seed)
        found, numbers = [], []
        for number, image in enumerate(images):
            for _ in range(crops):
                left, top = (int(rng.integers(side - CROP + 1)) for side in image.size)
                found.append(image.crop((left, top, left + CROP, top + CROP)))
                numbers.append(number)
        mean, deviation = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
        for start in range(0, len(found), BATCH):
            batch = torch.stack([to_tensor(crop) for crop in found[start : start + BATCH]])
            self._network((batch - mean) / deviation)
        values = torch.cat(self._seen).double()
        self._seen.clear()
        return Features(values, torch.tensor(numbers))


def kid(first: Features, second: Features) -> float:
    """The kernel distance of two sets of pictures: 0 for the same distribution, and around it for samples of one.

    Pairs of crops of the same picture are left out of each set's own mean: they are alike whoever painted them.
    """
    within = [_kernel(f.values, f.values)[f.picture[:, None] != f.picture].mean() for f in (first, second)]
    return float(within[0] + within[1] - 2 * _kernel(first.values, second.values).mean())


def kid_deviation(first: Features, second: Features, subsets: int = SUBSETS, seed: int = 0) -> float:
    """The deviation of `kid` over random halves of the pictures on both sides, which is about its standard error.

    A half drawn without replacement varies around the whole as the whole varies around the truth. Fewer than four
    pictures on a side have no spread: NaN.
    """
    if min(first.pictures, second.pictures) < 4:
        return math.nan
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(subsets):
        halves = [f.of(torch.randperm(f.pictures, generator=generator)[: f.pictures // 2]) for f in (first, second)]
        found.append(kid(*halves))
    return float(np.std(found))


def fid(first: Features, second: Features) -> float:
    """The Fréchet distance; NaN unless both sets have as many pictures as features, without which it means nothing."""
    if min(first.pictures, second.pictures) < first.values.shape[1]:
        return math.nan
    means = [f.values.mean(0) for f in (first, second)]
    one, other = (torch.cov(f.values.T) for f in (first, second))
    values, vectors = torch.linalg.eigh(one)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    mixed = torch.linalg.eigvalsh(root @ other @ root).clamp_min(0).sqrt().sum()
    return float((means[0] - means[1]).square().sum() + one.trace() + other.trace() - 2 * mixed)


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """The cubic kernel [N, M] of features [N, D] and [M, D]."""
    return (a @ b.T / a.shape[1] + 1) ** 3
