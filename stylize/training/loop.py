"""The training loop: the next crops are read meanwhile, a bar shows progress, a checkpoint lets the same command go on.

Every trainer is one to it: whatever has a step, crops for it, and a state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from torch import Tensor
from tqdm import tqdm

from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint, write_checkpoint
from stylize.training.distributed import rank

T = TypeVar("T")
Result_co = TypeVar("Result_co", covariant=True)

_log = logging.getLogger(__name__)


class Trainer(Protocol[Result_co]):
    """A run in progress; `step` counts the steps that were taken."""

    step: int

    @property
    def steps(self) -> int:
        """All steps of the run."""

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The pictures of a step; they depend on the step alone."""

    def training_step(self, first: Tensor, second: Tensor, /) -> Result_co:
        """One optimiser step on these pictures."""

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises TrainingError, KeyError, RuntimeError or ValueError if it is another run's."""


def training_steps(trainer: Trainer[T]) -> Generator[T, None, None]:
    """Take the steps that are left, and yield what each gave; close it to stop.

    Raises TrainingError if memory does not suffice.
    """
    with ThreadPoolExecutor(1) as reader:
        upcoming = reader.submit(trainer.crops, trainer.step)
        try:
            while trainer.step < trainer.steps:
                crops = upcoming.result()
                if trainer.step + 1 < trainer.steps:
                    upcoming = reader.submit(trainer.crops, trainer.step + 1)
                with memory_errors_told("Use a smaller --batch or --crop; the last checkpoint is kept."):
                    result = trainer.training_step(*crops)
                yield result
        finally:
            upcoming.cancel()


def train(
    trainer: Trainer[T],
    checkpoint: Path,
    save_every: int,
    after_step: Callable[[T], str | None],
    after_save: Callable[[], object] = lambda: None,
) -> None:
    """Train to the end, from `checkpoint` if it exists, which is written every so many steps and at the end.

    `after_step` gets what a step gave and may return what the bar shows. Interrupting saves and stops. Of several
    processes the first one alone shows and writes.
    """
    if checkpoint.exists():
        resume(trainer, checkpoint)
        _log.info("going on from step %d", trainer.step)

    def save() -> None:
        write_checkpoint(trainer.state_dict(), checkpoint)
        after_save()

    def report(result: T) -> None:
        bar.update()
        if rank():
            return
        if text := after_step(result):
            bar.set_postfix_str(text, refresh=False)
        if trainer.step % save_every == 0 and trainer.step < trainer.steps:
            save()

    bar = tqdm(total=trainer.steps, initial=trainer.step, unit="step", mininterval=5, disable=rank() > 0)
    if follow(training_steps(trainer), bar, report):
        _log.warning("interrupted at step %d; the same command goes on", trainer.step)
    if rank() == 0:
        save()


def resume(trainer: Trainer[Any], checkpoint: Path) -> None:
    """Go on from a checkpoint. Raises TrainingError if it is missing, broken or another run's."""
    state = read_checkpoint(checkpoint)
    try:
        trainer.load_state_dict(state)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{checkpoint} is not a checkpoint of this run ({error}). Choose another --out, or remove it to start anew."
        ) from error


def follow(results: Generator[T, None, None], bar: tqdm[Any], show: Callable[[T], object]) -> bool:
    """Show every result under a bar, and close both; whether the user interrupted."""
    with bar:
        try:
            for result in results:
                show(result)
        except KeyboardInterrupt:
            return True
        finally:
            results.close()
    return False


@contextmanager
def memory_errors_told(advice: str) -> Iterator[None]:
    """Raises TrainingError with an `advice` when the block runs out of memory."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # on a CPU, torch says it with a plain RuntimeError
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        raise TrainingError(f"Out of memory. {advice}") from error
