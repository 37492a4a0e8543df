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
        """Move every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                momentum.lerp_(weight.grad, 1 - MOMENTUM)
                ahead = weight.grad.lerp(momentum, MOMENTUM).flatten(1)
                size = 0.2 * max(ahead.shape) ** 0.5
                weight.add_(orthogonal(ahead).view(weight.shape), alpha=-group["lr"] * size)


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the nearest (semi-)orthogonal matrix to `matrix` [M, N], by a Newton-Schulz iteration."""
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x
