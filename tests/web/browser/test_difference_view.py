"""The difference of two cells of the grid, or of two pinned paintings, walked in a real browser at both widths."""

import re

import pytest
from playwright.sync_api import Page, expect

from .steps import PAINTED, PHONE, WIDE, Opener, gallery_painted, open_tab, painted, resize, upload
from .test_access import RULES, axe

COUNT_COLOURS = """(canvas) => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at, 4 * at + 3).join())).size;
}"""


def grid(page: Page, beach) -> None:
    upload(page, beach)
    painted(page)
    open_tab(page, "Compare")
    page.locator("#grid-start").click()
    expect(page.locator('#grid .request-status[data-state="answered"]')).to_be_attached(timeout=PAINTED)


def mean(page: Page) -> float:
    found = re.search(r"differ by ([\d.]+)", page.locator(".difference-said").inner_text())
    assert found
    return float(found[1])


def test_two_cells_are_split_faded_blinked_and_mapped(visit: Opener, beach) -> None:
    page = visit(PHONE, reduced_motion="no-preference")
    grid(page, beach)
    choosers = page.locator("#grid .difference-choose")
    dialog, second = page.locator("dialog.difference"), page.locator(".difference-stage img").nth(1)
    choosers.nth(12).click()
    expect(choosers.nth(12)).to_have_attribute("aria-pressed", "true")
    expect(dialog).to_be_hidden()
    choosers.nth(13).click()
    expect(dialog).to_be_visible()
    expect(dialog.locator("strong")).to_have_text(
        ["The Great Wave off Kanagawa, Strength 1", "The Starry Night, Strength 1"]
    )
    for size, share in ((PHONE, 4), (WIDE, 2)):
        resize(page, size)
        assert axe.Axe().run(page, options=RULES).response["violations"] == []
        box = page.locator(".difference-stage").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / share, box["y"] + box["height"] / 2)
        left = 100 // share
        expect(second).to_have_css(
            "clip-path", re.compile(rf"inset\(0px 0px 0px ({left}|{left - 1}\.\d+|{left}\.\d+)%\)")
        )

    dialog.get_by_text("Fade").click()
    fade = page.get_by_role("slider", name="How much of the second is seen")
    fade.press("End")
    expect(second).to_have_css("opacity", "1")
    fade.press("Home")
    expect(second).to_have_css("opacity", "0")

    dialog.get_by_text("Blink").click()
    expect(second).to_have_css("opacity", "1")
    expect(second).to_have_css("opacity", "0")
    dialog.get_by_role("button", name="Pause").click()
    expect(dialog.get_by_role("button", name="Go on")).to_be_visible()

    dialog.get_by_text("Where they differ").click()
    expect(page.locator(".difference-said")).to_contain_text("They differ by")
    assert 5 < mean(page) < 60
    assert page.locator(".difference-stage canvas").evaluate(COUNT_COLOURS) > 50  # a map, and not one colour
    page.keyboard.press("Escape")
    expect(choosers.nth(13)).to_have_attribute("aria-pressed", "false")
    expect(choosers.nth(12)).to_have_attribute("aria-pressed", "true")


def test_cells_are_chosen_by_keyboard_and_nothing_moves_by_itself_where_motion_is_reduced(visit: Opener, beach) -> None:
    page = visit(reduced_motion="reduce")
    grid(page, beach)
    cells = page.locator(".grid-cell")
    for at in (0, 8):  # the same style, weak and strong
        cells.nth(at).focus()
        page.keyboard.press("c")
    dialog, second = page.locator("dialog.difference"), page.locator(".difference-stage img").nth(1)
    expect(dialog).to_be_visible()
    dialog.get_by_text("Blink").click()
    button = dialog.get_by_role("button", name="Show the other")
    expect(second).to_have_css("opacity", "0")
    button.press("Enter")
    expect(second).to_have_css("opacity", "1")
    expect(page.locator(".difference-said")).to_have_text("The Great Wave off Kanagawa, Strength 0.75")
    button.press("Enter")
    expect(second).to_have_css("opacity", "0")
    page.keyboard.press("Escape")
    expect(cells.nth(8)).to_be_focused()


def test_a_painting_does_not_differ_from_itself_and_black_from_white_by_a_hundred(visit: Opener) -> None:
    page = visit()
    open_tab(page, "Compare")
    show = """async (colours) => {
      const [one, two] = colours.map((colour) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 30, height: 20 });
        const context = canvas.getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 30, 20);
        return { title: colour, url: canvas.toDataURL() };
      });
      await window.stylize.showDifference(one, two);
    }"""
    for colours, distance in ((["black", "black"], 0), (["black", "white"], 100), (["#808080", "#858585"], 1.7)):
        page.evaluate(show, colours)
        page.locator("dialog.difference").get_by_text("Where they differ").click()
        assert mean(page) == pytest.approx(distance, abs=0.15)
        page.keyboard.press("Escape")


def test_two_pinned_paintings_are_compared_likewise(visit: Opener, beach) -> None:
    page = visit()
    upload(page, beach)
    gallery_painted(page)
    for style in ("udnie", "the_kiss"):
        page.locator(f'.tile[data-style="{style}"] .tile-pin').click(force=True)
    page.locator(".pin-bar button").click()
    for at in (0, 1):  # the first while the second is still painted
        page.locator(".panes .difference-choose").nth(at).click(timeout=PAINTED)
    expect(page.locator("dialog.difference strong")).to_have_text(["Udnie", "The Kiss"])
    page.locator(".difference-close").click()
    expect(page.locator("dialog.difference")).to_be_hidden()
