"""The duel, walked in a real browser at both widths: keys, taps, favourites, studio, picture, link, another photo."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from .steps import PAINTED, PHONE, WIDE, Opener, open_tab, painted, resize, upload
from .test_access import RULES, axe
from .test_words import latin

PAIRS = 10  # of the five styles of the page


def begin(page: Page, tab: str = "Compare") -> None:
    open_tab(page, tab)
    page.locator(".duel-intro .duel-start").click()
    shown(page, 1)


def shown(page: Page, number: int) -> None:
    """Wait for the pair of this number."""
    expect(page.locator(".duel-count")).to_contain_text(re.compile(rf"\b{number}\b.*\b{PAIRS}\b"))
    expect(page.locator('.duel-side[aria-disabled="false"]')).to_have_count(2, timeout=PAINTED)
    loaded = "() => [...document.querySelectorAll('.duel-side img')].every((one) => one.complete && one.naturalWidth)"
    page.wait_for_function(loaded)


def are_seen_whole(page: Page) -> None:
    for image in page.locator(".duel-side img").all():
        expect(image).to_be_in_viewport(ratio=0.95)


def addresses(page: Page) -> list[str]:
    return page.locator(".duel-side img").evaluate_all("all => all.map((one) => one.src)")


def check_access(page: Page) -> None:
    assert axe.Axe().run(page, "#duel-part", options=RULES).response["violations"] == []


def decide(page: Page, first: int = 1) -> None:
    """Pick the left one until the favourites are there; the next pair is number `first`."""
    for number in range(first, PAIRS + 1):
        shown(page, number)
        page.locator(".duel-side").first.click()
    expect(page.locator(".duel-podium h3")).to_be_focused(timeout=PAINTED)


def test_a_favourite_is_found_shared_and_opened(visit: Opener, beach: Path) -> None:
    page = visit(PHONE)
    upload(page, beach)
    painted(page)
    begin(page)
    are_seen_whole(page)
    expect(page.get_by_role("button", name="Painting A")).to_be_visible()
    assert not any(name in address for name in ("wave", "kiss", "udnie") for address in addresses(page))

    check_access(page)

    first = addresses(page)
    page.keyboard.press("ArrowLeft")
    shown(page, 2)
    expect(page.locator(".duel-said")).to_have_text("Picked A. 1 of 10")
    page.keyboard.press("ArrowRight")
    shown(page, 3)
    page.keyboard.press("ArrowUp")
    shown(page, 2)
    expect(page.locator(".duel-said")).to_have_text("Undone.")
    page.locator(".duel-arena .duel-undo").click()
    shown(page, 1)
    assert addresses(page) == first
    page.locator(".duel-side").last.click()
    shown(page, 2)
    page.locator(".duel-alike").click()
    shown(page, 3)
    expect(page.locator(".duel-said")).to_have_text("Both alike. 2 of 10")
    decide(page, 3)

    places = page.locator(".duel-place")
    expect(places).to_have_count(3)
    expect(places.first.locator(".duel-sure")).to_contain_text(re.compile(r"Above the next: \d+%, "))
    page.locator(".duel-rest summary").click()
    expect(page.locator(".duel-rest li")).to_have_count(2)
    titles = places.locator("strong").all_inner_texts()
    with page.expect_download() as download:
        page.locator("#duel-picture").click()
    assert download.value.suggested_filename == "beach-podium.png"
    with Image.open(download.value.path()) as sheet:
        assert sheet.width > 3 * 400  # three of the photo
    query = page.locator("#duel [data-query]").get_attribute("data-query")
    for size in (WIDE, PHONE):
        resize(page, size)
        check_access(page)

    places.first.locator(".duel-open").click()
    expect(page.locator("#caption h2")).to_have_text(titles[0], timeout=PAINTED)
    painted(page)

    other = visit(PHONE, f"?{query}")
    expect(other.locator(".duel-podium h3")).to_have_text("Somebody’s favourites", timeout=PAINTED)
    assert other.locator(".duel-place strong").all_inner_texts() == titles
    expect(other.locator(".duel-open img[src]")).to_have_count(3, timeout=PAINTED)
    upload_there = other.locator("#photo input[type=file]").first
    open_tab(other, "Studio")
    upload_there.set_input_files(beach)
    painted(other)
    open_tab(other, "Compare")
    expect(other.locator('.duel-open img[src*="beach"]')).to_have_count(3, timeout=PAINTED)


def test_a_duel_is_fought_by_keyboard_alone(visit: Opener) -> None:
    """The focus stays where it is, also while the next pair is painted."""
    page = visit(color_scheme="dark")
    open_tab(page, "Compare")
    page.locator(".duel-intro .duel-start").focus()
    page.keyboard.press("Enter")
    shown(page, 1)
    expect(page.locator(".duel-pair")).to_be_focused()
    are_seen_whole(page)
    page.keyboard.press("Tab")
    expect(page.locator(".duel-side").first).to_be_focused()
    for number in (1, 2, 3):
        shown(page, number)
        page.keyboard.press("Enter")
    shown(page, 4)
    expect(page.locator(".duel-side").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    shown(page, 5)
    assert page.locator("[data-state=pair]").evaluate("(one) => one.getBoundingClientRect().top") < 60  # not scrolled
    check_access(page)


def test_another_photo_ends_a_duel(visit: Opener, beach: Path) -> None:
    page = visit()
    begin(page)
    page.keyboard.press("ArrowLeft")
    shown(page, 2)
    open_tab(page, "Studio")
    upload(page, beach)
    open_tab(page, "Compare")
    expect(page.locator(".duel-intro .duel-start")).to_be_visible()
    begin(page)
    assert all("beach" in address for address in addresses(page))


def test_a_duel_in_chinese(visit: Opener, beach: Path) -> None:
    page = visit(locale="zh-CN", reduced_motion="reduce")
    upload(page, beach)
    painted(page)
    begin(page, "对比")
    assert latin(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.locator(".duel-said")).to_have_text("一样喜欢。 第 1 次，共 10 次")
    decide(page, 2)
    assert latin(page) == []
    assert page.evaluate("() => document.getAnimations().filter((one) => one.playState === 'running').length") == 0


def test_a_link_to_what_does_not_hang_here_says_so(visit: Opener) -> None:
    page = visit(query="?duel=udnie,nobody")
    expect(page.locator(".link-note")).to_contain_text("nobody")
