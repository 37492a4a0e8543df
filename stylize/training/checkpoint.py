"""The state of a run on disk: written whole or not at all, read with care."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from stylize.errors import TrainingError
from stylize.imaging import atomic_path


def write_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write `state`, whole or not at all. Raises TrainingError if it cannot be written."""
    try:
        with atomic_path(path) as part:
            torch.save(state, part)
    except (OSError, RuntimeError) as error:  # torch says with a RuntimeError that the disk is full
        said = str(error).split("\n")[0]
        raise TrainingError(f"{path} cannot be written ({said}). The checkpoint before it is kept.") from error


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `write_checkpoint` wrote, on the CPU. Raises TrainingError if it is missing or broken."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise TrainingError(f"{path} does not exist. Give the folder or file of a run.") from error
    except Exception as error:  # torch raises many kinds for a file that is not its own
        raise TrainingError(f"{path} is not a checkpoint of this package, or damaged ({error}).") from error
    return state
