"""The loop that runs every trainer: each step gets its own crops, and an interrupted run goes on."""

import pytest
import torch
from tqdm import tqdm

from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint
from stylize.training.loop import follow, memory_errors_told, train, training_steps


class Counter:
    """Adds up the numbers of its steps."""

    def __init__(self, steps: int = 7) -> None:
        self.step, self.steps, self.total, self.read = 0, steps, 0.0, []

    def crops(self, step):
        self.read.append(step)
        return torch.tensor(float(step)), torch.tensor(1.0)

    def training_step(self, first, second):
        assert first == self.step
        self.total += float(first)
        self.step += 1
        return self.total

    def state_dict(self):
        return {"step": self.step, "total": self.total}

    def load_state_dict(self, state):
        self.step, self.total = state["step"], state["total"]


def test_every_step_gets_its_crops_and_none_is_read_beyond_the_end():
    counter = Counter()
    assert list(training_steps(counter)) == [0, 1, 3, 6, 10, 15, 21]
    assert counter.read == list(range(7))


def test_an_interrupted_run_saves_and_the_next_one_goes_on(tmp_path, caplog):
    def interrupt(total):
        if total == 3:
            raise KeyboardInterrupt

    first, second, saves = Counter(), Counter(), []
    train(first, tmp_path / "run.pt", 2, interrupt, lambda: saves.append(first.step))
    assert saves == [2, 3]
    assert "interrupted at step 3" in caplog.text
    train(second, tmp_path / "run.pt", 2, lambda total: None, lambda: saves.append(second.step))
    assert saves == [2, 3, 4, 6, 7]
    assert second.read == [3, 4, 5, 6]
    assert read_checkpoint(tmp_path / "run.pt") == {"step": 7, "total": 21.0}


@pytest.mark.parametrize("state", [{}, {"step": 1}])
def test_a_checkpoint_of_something_else_is_refused(tmp_path, state):
    torch.save(state, tmp_path / "run.pt")
    with pytest.raises(TrainingError, match="not a checkpoint of this run"):
        train(Counter(), tmp_path / "run.pt", 2, lambda total: None)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_running_out_of_memory_is_one_sentence(tmp_path, error):
    class Large(Counter):
        def training_step(self, first, second):
            raise error

    with pytest.raises(TrainingError, match=r"Out of memory\. Use a smaller --batch or --crop"):
        train(Large(), tmp_path / "run.pt", 2, lambda total: None)
    assert not list(tmp_path.iterdir())  # what was there before is kept, and nothing half done is written


def test_other_errors_are_no_lack_of_memory():
    with pytest.raises(RuntimeError, match="shapes differ"), memory_errors_told("Buy more."):
        raise RuntimeError("shapes differ")


def test_following_closes_what_it_follows():
    closed = []

    def numbers():
        try:
            yield from range(9)
        finally:
            closed.append(True)

    def show(number):
        if number == 2:
            raise KeyboardInterrupt

    assert follow(numbers(), tqdm(disable=True), show)
    assert not follow(numbers(), tqdm(disable=True), lambda number: None)
    assert closed == [True, True]
