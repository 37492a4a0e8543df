"""Muon: momentum whose matrices are made orthogonal before each step (Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon/), for convolutions seen as matrices [out, in x height x width].

Step size follows Liu et al. 2025 (https://arxiv.org/abs/2502.16982), so that one rate serves Muon and Adam. Training
the painter, its style loss after 250 steps is half of Adam's (docs/recipe.md). torch.optim.Muon takes matrices only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

MOMENTUM = 0.95
_STEPS = 5  # of the Newton-Schulz iteration
_QUINTIC = (3.4445, -4.7750, 2.0315)  # its coefficients


class Muon(torch.optim.Optimizer):
    """The optimiser for convolution weights. `step` takes no closure."""

    def __init__(self, parameters: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every weight that has a gradient; those of one shape together, which a GPU does in one go."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault(weight.shape, []).append(weight)
            for weights in alike.values():
                ahead = torch.stack([self._ahead(weight, weight.grad).flatten(1) for weight in weights])
                size = 0.2 * max(ahead.shape[1:]) ** 0.5
                for weight, move in zip(weights, orthogonal(ahead), strict=True):
                    weight.add_(move.view(weight.shape), alpha=-group["lr"] * size)

    def _ahead(self, weight: Tensor, gradient: Tensor | None) -> Tensor:
        """The gradient of a weight after its momentum, looked ahead (Nesterov)."""
        gradient = torch.zeros_like(weight) if gradient is None else gradient
        momentum: Tensor = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
        momentum.lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(momentum, MOMENTUM)


def orthogonal(matrices: Tensor) -> Tensor:
    """Nearly the nearest (semi-)orthogonal matrices to `matrices` [..., M, N], by a Newton-Schulz iteration."""
    a, b, c = _QUINTIC
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x
