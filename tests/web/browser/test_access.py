"""The page by axe's rules (WCAG 2 A and AA), in both schemes and at both sizes; and by keyboard alone."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from stylize import Stylizer

from .steps import PAINTED, PHONE, WIDE, Opener, bring, open_tab, resize, style_file

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

ONLY = {"resultTypes": ["violations"]}  # of what is right, no more than it needs
RULES = {**ONLY, "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
OF_COLOURS = {**ONLY, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Opener, scheme: Literal["light", "dark"]) -> None:
    """The schemes differ in nothing but colours."""
    page = visit(WIDE, color_scheme=scheme)
    for name in ("Studio", "Your own", "Compare", "Moving", "About"):
        for size in (WIDE, PHONE):
            resize(page, size)
            if size == WIDE:
                open_tab(page, name)
            rules = RULES if scheme == "light" else OF_COLOURS
            found = axe.Axe().run(page, options=rules).response["violations"]
            lines = [f"{name}: {one['id']} {node['html'][:300]}" for one in found for node in one["nodes"]]
            assert lines == []


def test_axe_finds_nothing_beside_an_own_style(visit: Opener, painter: Stylizer, tmp_path: Path) -> None:
    page = visit(PHONE)
    open_tab(page, "Your own")
    bring(page, style_file(painter, tmp_path))
    expect(page.locator("#own-show")).to_be_visible(timeout=PAINTED)
    assert axe.Axe().run(page, options=RULES).response["violations"] == []


def test_a_style_is_chosen_by_keyboard(visit: Opener) -> None:
    page = visit()
    page.locator('.tile[data-style="udnie"] .tile-choose').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#caption h2")).to_have_text("Udnie", timeout=PAINTED)
    expect(page.locator('.tile[data-style="udnie"] .tile-choose')).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator('.tile[data-style="udnie"] .tile-pin')).to_be_focused()
