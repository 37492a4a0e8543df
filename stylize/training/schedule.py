"""Learning rates that rise linearly, stay, and fall linearly to zero (warmup, stable, decay: Hu et al. 2024,
https://arxiv.org/abs/2404.06395), as torch schedulers.
"""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warmup_stable_decay(optimizer: Optimizer, steps: int, warmup: int, decay: float) -> LambdaLR:
    """A scheduler from the rates that the optimiser has now, the peaks; step it after each step of the optimiser.

    `warmup` and `decay` are counted in steps. Where they overlap, the smaller rate holds.
    """

    def share(step: int) -> float:
        rise = (step + 1) / max(1, warmup)
        fall = (steps - step) / max(1.0, decay)
        return max(0.0, min(1.0, rise, fall))

    return LambdaLR(optimizer, share)


def restore(optimizer: Optimizer, scheduler: LambdaLR, state: dict[str, Any], step: int) -> None:
    """Go on at `step` with an optimiser's saved `state` and with the rates that `scheduler` was made for.

    These are the rates of today's options, and not those in `state`: a run that diverged goes on with smaller ones.
    """
    optimizer.load_state_dict(state)
    scheduler.last_epoch = step
    for group, peak, share in zip(optimizer.param_groups, scheduler.base_lrs, scheduler.lr_lambdas, strict=True):
        group["initial_lr"], group["lr"] = peak, peak * share(step)
