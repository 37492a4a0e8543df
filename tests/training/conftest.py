"""What the tests of training share: the same random numbers in every run, and one thread."""

import pytest
import torch

from stylize.training import arguments


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads wait for each other in every small layer, and for ever where another worker has their core."""
    torch.set_num_threads(1)
    monkeypatch.setattr(arguments, "available_cores", lambda: 1)
