"""Learning rates: their shape, and that a resumed run has those of its own options."""

import pytest
import torch

from stylize.training.muon import Muon
from stylize.training.schedule import restore, warmup_stable_decay


def rates(steps: int, warmup: int, decay: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    scheduler = warmup_stable_decay(optimizer, steps, warmup, decay)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_the_rate_rises_stays_and_falls():
    found = rates(1000, 100, 400)
    assert found[0] == pytest.approx(0.02)
    assert found[100:590] == [2.0] * 490
    assert 0 < found[-1] < 0.02


def test_a_short_run_rises_and_falls_without_a_plateau():
    assert rates(4, 4, 4) == pytest.approx([0.5, 1.0, 1.0, 0.5])
    assert rates(2, 0, 0) == [2.0, 2.0]


@pytest.mark.parametrize("kind", [torch.optim.Adam, Muon])
def test_a_resumed_run_keeps_its_moments_and_takes_the_rates_of_its_new_options(kind):
    def run(rate: float):
        weight = torch.ones(3, 3, requires_grad=True)
        optimizer = kind([weight], lr=rate)
        return weight, optimizer, warmup_stable_decay(optimizer, 10, 1, 8)

    weight, optimizer, scheduler = run(1.0)
    for _ in range(4):
        weight.grad = torch.full_like(weight, 0.5)
        optimizer.step()
        scheduler.step()
    again, resumed, schedule = run(0.1)
    restore(resumed, schedule, optimizer.state_dict(), 4)
    assert resumed.param_groups[0]["lr"] == pytest.approx(0.1 * optimizer.param_groups[0]["lr"])
    moments, kept = (next(iter(o.state.values())) for o in (optimizer, resumed))
    assert all(torch.equal(torch.as_tensor(kept[name]), torch.as_tensor(value)) for name, value in moments.items())
    again.grad = torch.ones_like(again)
    resumed.step()
    schedule.step()
    scheduler.step()
    assert resumed.param_groups[0]["lr"] == pytest.approx(0.1 * optimizer.param_groups[0]["lr"])
