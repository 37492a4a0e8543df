"""A training run read back, to export it, to measure it or to go on with it."""

from __future__ import annotations

from pathlib import Path

from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint
from stylize.training.models.painter import Painter, Shape
from stylize.training.models.trained_run import TrainedRun


def load_run(source: Path) -> TrainedRun:
    """A run from its folder or checkpoint. Raises TrainingError if it is none."""
    path = source / "checkpoint.pt" if source.is_dir() else source
    state = read_checkpoint(path)
    try:
        painter = Painter(Shape(**state["shape"]))
        painter.load_state_dict(state["painter"])
        sizes = tuple(state["settings"]["style_sizes"])
        return TrainedRun(painter.eval(), state["vectors"], state["styles"], sizes)
    except (AttributeError, KeyError, RuntimeError, TypeError) as error:
        raise TrainingError(f"{path} is not a checkpoint of a painter ({error}).") from error
