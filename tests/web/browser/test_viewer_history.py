"""Undo, redo and the strip of looks: what they bring back is painted as if it were chosen by hand."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .steps import PAINTED, PHONE, Opener, choose, upload


def answered(page: Page) -> None:
    expect(page.locator('.request-status[data-kind="viewer"]')).to_have_attribute(
        "data-state", "answered", timeout=PAINTED
    )


def has(page: Page, style: str, title: str, query: str = "") -> None:
    """The page is at this look in all of its parts."""
    expect(page.locator("#caption h2")).to_have_text(title, timeout=PAINTED)
    answered(page)
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", style)
    expect(page).to_have_url(re.compile(rf"\?style={style}{query}$"))
    expect(page.locator(".history-looks [aria-current]")).to_have_count(1)


def test_undo_redo_and_a_tap_return_to_looks(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    expect(page.locator(".viewer-photo")).to_have_attribute("src", re.compile("beach"), timeout=PAINTED)
    answered(page)
    choose(page, "udnie")
    page.locator("#keep-colors input").check()
    expect(page).to_have_url(re.compile("keep_colors"), timeout=PAINTED)
    choose(page, "the_kiss")
    looks = page.locator(".history-looks button")
    expect(looks).to_have_count(4)
    expect(looks.nth(2).locator("img")).to_have_attribute("src", re.compile("^data:image"))

    page.keyboard.press("Control+z")
    has(page, "udnie", "Udnie", "&keep_colors=1")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")  # faster than a painting
    has(page, "great_wave", "The Great Wave off Kanagawa")
    expect(page.locator("#keep-colors input")).not_to_be_checked()
    expect(page.locator(".history-undo")).to_be_disabled()
    page.keyboard.press("Control+Shift+Z")
    has(page, "udnie", "Udnie")
    page.locator(".history-redo").click()
    has(page, "udnie", "Udnie", "&keep_colors=1")
    looks.first.click()
    has(page, "great_wave", "The Great Wave off Kanagawa")
    expect(looks).to_have_count(4)
    page.locator(".history-undo").click()
    has(page, "udnie", "Udnie", "&keep_colors=1")
    with page.expect_download() as download:
        page.locator("#png").click()
    assert download.value.suggested_filename == "beach-udnie.png"

    page.locator("#examples button").first.click()
    expect(page.locator(".viewer-photo")).to_have_attribute("src", re.compile("astronaut"), timeout=PAINTED)
    answered(page)
    expect(looks).to_have_count(1)  # the looks were of the other photo
    expect(page.locator(".history-looks")).to_be_hidden()


def test_a_choice_that_is_still_being_painted_is_undone(visit: Opener) -> None:
    page = visit(PHONE)
    page.locator('.tile[data-style="udnie"] .tile-choose').click()
    page.wait_for_function("document.getElementById('viewer').dataset.painting === 'old'")
    page.keyboard.press("Control+z")
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "great_wave")
    answered(page)
    expect(page.locator("#caption h2")).to_have_text("The Great Wave off Kanagawa")
    page.keyboard.press("Control+Shift+Z")
    has(page, "udnie", "Udnie")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_a_mask_comes_back_as_it_was_drawn(visit: Opener) -> None:
    page = visit()
    page.locator("#view-mode").get_by_text("Mask").click()
    page.locator("#slider canvas").focus()
    page.keyboard.down("Shift")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.up("Shift")
    looks = page.locator(".history-looks button")
    expect(looks).to_have_count(2, timeout=PAINTED)
    expect(looks.last).to_have_attribute("title", re.compile("Mask$"))
    drawn = """() => {
      const canvas = document.querySelector("#slider canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 100).length;
    }"""
    stroke = page.evaluate(drawn)
    assert stroke > 500
    page.keyboard.press("Control+z")
    page.wait_for_function(f"({drawn})() === 0")
    answered(page)
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_function(f"Math.abs(({drawn})() - {stroke}) < {stroke} / 20")
    answered(page)
    expect(looks).to_have_count(2)
    expect(looks.last).to_have_attribute("aria-current", "true")
