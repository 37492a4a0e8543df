"""The grid of the comparison, walked in a real browser at both widths."""

import re
from pathlib import Path

from playwright.sync_api import expect

from .steps import NO_CLIPBOARD, PAINTED, PHONE, WIDE, Opener, open_tab, painted, resize, upload

ROWS, STYLES = 4, 4


def test_a_grid_is_painted_looked_at_closely_and_a_cell_opened(visit: Opener, beach) -> None:
    page = visit(PHONE)
    upload(page, beach)
    painted(page)
    open_tab(page, "Compare")
    page.locator("#grid-start").click()
    cells = page.locator(".grid-cell")
    expect(page.locator("#grid tbody img")).to_have_count(ROWS * STYLES, timeout=PAINTED)
    expect(page.locator('#grid .request-status[data-state="answered"]')).to_be_attached(timeout=PAINTED)
    expect(page.locator("#grid thead th").first).to_have_text("The Great Wave off Kanagawa")
    expect(page.locator("#grid tbody th").first).to_have_text("Strength 0.25")
    for ending in ("png", "pdf", "zip"):
        with page.expect_download() as download:
            page.locator(f"#grid-{ending}").click()
        assert download.value.suggested_filename == f"beach-grid.{ending}"

    page.locator(".grid-number").click()
    expect(page.locator(".cell-numbers")).to_have_count(ROWS * STYLES, timeout=PAINTED)
    expect(page.locator(".number-legend dd")).to_have_count(6)
    columns = page.locator("#grid thead th")
    chosen = columns.all_inner_texts()
    for name, first in (("Likeness", 1), ("Colours moved", -1)):
        page.get_by_role("button", name=name, exact=True).click()
        found = page.locator(".cell-numbers").all_inner_texts()
        values = [float(re.search(rf"{name.split()[0].lower()} ([\d.]+)", text.lower())[1]) for text in found]
        means = [sum(values[column::STYLES]) for column in range(STYLES)]
        assert means == sorted(means, reverse=first > 0)
    page.get_by_role("button", name="Colours moved", exact=True).click()  # once more: as they were chosen
    assert columns.all_inner_texts() == chosen

    for size in (PHONE, WIDE):
        resize(page, size)
        page.locator(".grid-magnify").click()
        cells.first.hover(position={"x": 2, "y": 2})
        origins = page.locator("#grid tbody img").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).transformOrigin)"
        )
        assert len(set(origins)) == 1  # the same place in all
        page.locator(".grid-magnify").click()

    cells.nth(STYLES * 2 + 1).click()  # the third row is strength 0.75
    expect(page.locator("#strength input[type=range]")).to_have_value("0.75", timeout=PAINTED)
    expect(page.locator("#caption h2")).to_have_text("The Starry Night", timeout=PAINTED)
    painted(page)
    assert page.url.endswith("?style=starry_night&strength=0.75")


def test_a_grid_of_nothing_says_what_is_missing(visit: Opener) -> None:
    page = visit()
    open_tab(page, "Compare")
    page.locator("#grid-styles").get_by_role("button", name="Clear").or_(
        page.locator("#grid-styles .remove-all")
    ).first.click()
    page.locator("#grid-start").click()
    expect(page.locator("#grid .request-status")).to_contain_text("Choose at least one style.", timeout=PAINTED)


def test_photos_are_rows_and_a_cell_opens_its_own(visit: Opener, beach: Path, astronaut, tmp_path: Path) -> None:
    page = visit(PHONE)
    second = tmp_path / "tower.jpg"
    astronaut.resize((300, 420)).save(second)
    page.locator("#photo input[type=file]").first.set_input_files([beach, second])
    expect(page.locator(".photo-thumbnail:not(.opening)")).to_have_count(2, timeout=PAINTED)
    painted(page)
    open_tab(page, "Compare")
    page.locator("#grid-rows input").click()
    page.get_by_role("option", name="Your photos").click()
    page.locator("#grid-start").click()
    expect(page.locator("#grid tbody img")).to_have_count(2 * STYLES, timeout=PAINTED)
    expect(page.locator("#grid tbody th")).to_have_text(["beach.jpg", "tower.jpg"])
    expect(page.locator('#grid .request-status[data-state="answered"]')).to_be_attached(timeout=PAINTED)
    page.locator(".grid-cell").nth(STYLES + 1).click()
    expect(page.locator(".photo-thumbnail").nth(1)).to_have_attribute("aria-current", "true", timeout=PAINTED)
    expect(page.locator("#caption h2")).to_have_text("The Starry Night", timeout=PAINTED)


def test_a_link_opens_a_grid_without_the_photo(visit: Opener) -> None:
    page = visit(PHONE, "?grid=udnie,the_kiss&rows=keep_colors&strength=0.7", seen="#grid-start")
    page.locator("#grid-start").click()
    expect(page.locator("#grid tbody img")).to_have_count(4, timeout=PAINTED)
    expect(page.locator("#grid thead th")).to_have_text(["Udnie", "The Kiss"])
    expect(page.locator('#grid .request-status[data-state="answered"]')).to_be_attached(timeout=PAINTED)
    page.evaluate(NO_CLIPBOARD)
    page.locator("#copy-grid-link button").click()
    field = page.locator("#copy-grid-link input")
    expect(field).to_have_value(re.compile(r"\?grid=udnie,the_kiss&rows=keep_colors&strength=0.7$"))
