"""Fifteen bursts of the monkey of `benchmarks.monkey`: after each of them the page is right, pixel by pixel."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.monkey import bursts
from benchmarks.monkey.invariant import Reference
from benchmarks.monkey.steps import script
from stylize import Stylizer

from ..conftest import FEW

BURSTS = {1440: range(4), 390: range(8, 12)}  # seeds by width


@pytest.mark.slow
@pytest.mark.parametrize("width", BURSTS)
def test_whatever_a_visitor_does_the_page_ends_on_it(
    browser: Browser, url: str, painter: Stylizer, tmp_path: Path, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = Reference(bursts.photos(tmp_path), FEW, painter)
    tally = bursts.run(browser, url, reference, bursts.Tally(width, 0), BURSTS[width])
    assert tally.bursts == len(BURSTS[width])
    assert tally.wrong == 0, capsys.readouterr().out


def test_a_seed_is_a_script() -> None:
    photos, styles = ["a", "b"], list(FEW)
    assert script(7, photos, styles) == script(7, photos, styles)
    assert len({str(script(seed, photos, styles)) for seed in range(20)}) == 20
    assert "offline" not in {step.name for seed in range(99) for step in script(seed, photos, styles, network=False)}
