"""A training run read back, to export it, to measure it or to go on with it."""

from __future__ import annotations

from pathlib import Path

from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint
from stylize.training.compact_checkpoint import is_compact_checkpoint, read_compact_checkpoint
from stylize.training.models.trained_run import TrainedRun, new_painter


def load_run(source: Path) -> TrainedRun:
    """A run from its folder or checkpoint, or from the folder of a compact one. Raises TrainingError if it is none."""
    if is_compact_checkpoint(source):
        return read_compact_checkpoint(source)
    path = source / "checkpoint.pt" if source.is_dir() else source
    state = read_checkpoint(path)
    try:
        painter = new_painter(state["shape"])
        painter.load_state_dict(state["painter"])
        sizes = tuple(state["settings"]["style_sizes"])
        return TrainedRun(painter.eval(), state["vectors"], state["styles"], sizes)
    except (AttributeError, KeyError, RuntimeError, TypeError) as error:
        raise TrainingError(f"{path} is not a checkpoint of a painter ({error}).") from error
