"""Adversarial losses: what a discriminator learns, what a painter learns from it, and how both see pictures.

Hinge loss (Lim and Ye 2017, https://arxiv.org/abs/1705.02894). Works and painted pictures are augmented alike before
the discriminator sees them, and gradients reach through (Zhao et al. 2020, https://arxiv.org/abs/2006.10738): else it
would learn some dozens of works by heart.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

SEEN = 0.875  # share of a patch's side that the discriminator sees, somewhere in it
JITTER = 0.2  # brightness, contrast and saturation change by up to this share


def discriminator_loss(real: Sequence[Tensor], painted: Sequence[Tensor]) -> Tensor:
    """The hinge loss of answers (maps of any size), mean over levels: 2 for answers of 0, 0 when all are told apart."""
    each = [F.relu(1 - r).mean() + F.relu(1 + p).mean() for r, p in zip(real, painted, strict=True)]
    return torch.stack(each).mean()


def painter_loss(painted: Sequence[Tensor]) -> Tensor:
    """What answers of painted pictures cost the painter, mean over levels."""
    return -torch.stack([answers.mean() for answers in painted]).mean()


def told_apart(real: Sequence[Tensor], painted: Sequence[Tensor]) -> float:
    """The share of the answers that are right: 0.5 is guessing."""
    right = [(r > 0).float().mean() + (p < 0).float().mean() for r, p in zip(real, painted, strict=True)]
    return float(torch.stack(right).mean() / 2)


def augmented(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Parts [N, 3, s, s] of pictures [N, 3, S, S] in 0..1, each with its own place, mirroring, brightness, contrast and
    saturation; not limited to 0..1, where gradients would end.
    """
    side = round(SEEN * pixels.shape[-1])
    seen = []
    for picture in pixels.float():
        left, top = torch.randint(pixels.shape[-1] - side + 1, (2,), generator=generator).tolist()
        part = picture[:, top : top + side, left : left + side]
        mirrored, *shares = torch.rand(4, generator=generator).tolist()
        bright, contrast, saturation = (1 + JITTER * (2 * share - 1) for share in shares)
        part = part.flip(2) if mirrored < 0.5 else part
        part = part * bright
        part = part.mean() + (part - part.mean()) * contrast
        grey = part.mean(0, keepdim=True)
        seen.append(grey + (part - grey) * saturation)
    return torch.stack(seen)
