"""Several processes that train together, started by `torchrun`. Started by Python there is one: nothing here acts.

On a CPU, one process per core, each painting whole pictures, is faster than all cores on one picture.
"""

from __future__ import annotations

import os

import torch
from torch import Tensor, distributed


def join() -> None:
    """Meet the other processes, if there are any."""
    if world_size() > 1 and not distributed.is_initialized():
        distributed.init_process_group("gloo")


def rank() -> int:
    """This process's place, from 0; the first one writes."""
    return int(os.environ.get("RANK", "0"))


def world_size() -> int:
    """How many processes there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def summed(*tensors: Tensor) -> None:
    """Add up the same tensors of all processes, in place, in every one of them."""
    if world_size() == 1:
        return
    flat = torch.cat([tensor.flatten().float().cpu() for tensor in tensors])
    distributed.all_reduce(flat)
    for tensor, total in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.copy_(total.view(tensor.shape))
