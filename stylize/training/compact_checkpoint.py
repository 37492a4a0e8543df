"""A compact checkpoint of a long run: what is needed to go on elsewhere, small enough to keep in the repository.

Weights in half precision and style vectors, as safetensors; without the optimisers, a fifth of a checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor

from stylize.errors import TrainingError
from stylize.imaging.atomic import atomic_path
from stylize.styles import PHOTO
from stylize.training.models.trained_run import TrainedRun
from stylize.training.models.unet_painter import UNetPainter, UNetShape

FILE = "unet.safetensors"
_STYLE = "style."  # before the id of a style in the name of its vector


def write_compact_checkpoint(run: TrainedRun, folder: Path) -> Path:
    """Write a run's weights and vectors into `folder`; returns the file's path. `stylize train --from` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = (PHOTO, *(style["id"] for style in run.styles))
    tensors = {name: value.detach().half().contiguous() for name, value in run.painter.state_dict().items()}
    tensors |= {_STYLE + name: row.contiguous() for name, row in zip(ids, run.vectors, strict=True)}
    with atomic_path(folder / FILE) as part:
        part.write_bytes(save_tensors(tensors, {"shape": json.dumps(run.painter.shape.as_dict())}))
    return folder / FILE


def read_compact_checkpoint(folder: Path) -> tuple[UNetPainter, Mapping[str, Tensor]]:
    """The painter and its style vectors by id. Raises TrainingError if they cannot be read."""
    path = folder / FILE
    try:
        with safe_open(str(path), "pt") as file:
            painter = UNetPainter(UNetShape(**json.loads(file.metadata()["shape"])))
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118, no mapping
        ids = [name for name in tensors if name.startswith(_STYLE)]
        vectors = {name.removeprefix(_STYLE): tensors.pop(name) for name in ids}
        painter.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{path} holds no painter that can be read ({error}).") from error
    return painter.eval(), vectors
