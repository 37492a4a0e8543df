"""A compact checkpoint of a long run: what is needed to go on elsewhere, small enough to keep in the repository.

Weights in half precision and style vectors, as safetensors; without the optimisers, a fifth of a checkpoint.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors

from stylize.errors import TrainingError
from stylize.imaging.atomic import atomic_path
from stylize.training.models.trained_run import TrainedRun, new_painter

FILE = "unet.safetensors"
VECTORS = "vectors"  # the tensor [1 + S, style_size] beside the weights


def write_compact_checkpoint(run: TrainedRun, folder: Path) -> Path:
    """Write what a run has learnt into `folder`; returns the file's path. `stylize train --from` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous() for name, value in run.painter.state_dict().items()}
    about = {"shape": run.painter.shape.as_dict(), "styles": run.styles, "style_sizes": run.style_sizes}
    with atomic_path(folder / FILE) as part:
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in about.items()}
        part.write_bytes(save_tensors(tensors | {VECTORS: run.vectors.contiguous()}, texts))
    return folder / FILE


def is_compact_checkpoint(source: Path) -> bool:
    """Whether the folder `source` holds one."""
    return (source / FILE).is_file()


def read_compact_checkpoint(folder: Path) -> TrainedRun:
    """What `write_compact_checkpoint` wrote. Raises TrainingError if it cannot be read."""
    path = folder / FILE
    try:
        with safe_open(str(path), "pt") as file:
            about = {name: json.loads(text) for name, text in file.metadata().items()}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118, no mapping
        vectors: torch.Tensor = tensors.pop(VECTORS)
        painter = new_painter(about["shape"])
        painter.load_state_dict(tensors)
        return TrainedRun(painter.eval(), vectors, about["styles"], tuple(about["style_sizes"]))
    except (OSError, SafetensorError, AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{path} holds no painter that can be read ({error}).") from error
