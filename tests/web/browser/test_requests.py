"""However fast a visitor is: in the end the page shows what its controls say, and downloads are of that."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from .steps import PAINTED, Opener, gallery_painted, upload


def answered(page: Page) -> None:
    """Wait until nothing is open any more."""
    for kind in ("viewer", "gallery"):
        status = page.locator(f'.request-status[data-kind="{kind}"]')
        expect(status).to_have_attribute("data-state", "answered", timeout=PAINTED)


def test_the_last_of_many_quick_choices_is_painted(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    for style in ("udnie", "the_kiss", "the_scream", "starry_night"):
        page.locator(f'.tile[data-style="{style}"] .tile-choose').click()
    page.locator("#strength input[type=range]").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    page.locator("#keep-colors input").check()
    answered(page)
    expect(page.locator("#strength input[type=range]")).to_have_value("0.7")
    expect(page).to_have_url(re.compile(r"\?style=starry_night&strength=0\.7&keep_colors=1$"))
    expect(page.locator("#caption h2")).to_have_text("The Starry Night")
    expect(page.locator("#caption .facts")).to_have_attribute("data-i18n", "painted")
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "starry_night")
    with page.expect_download() as download:
        page.locator("#png").click()
    assert download.value.suggested_filename == "beach-starry_night.png"


def test_the_newest_photo_is_painted_and_the_one_before_is_not_downloadable(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    gallery_painted(page)
    answered(page)
    page.locator("#examples button").first.click()
    page.locator("#examples button").last.click()
    page.wait_for_function("document.getElementById('downloads').inert")  # until the newest is there
    answered(page)
    assert not page.locator("#downloads").evaluate("row => row.inert")
    gallery_painted(page)
    assert "coffee" in (page.locator("#slider img").first.get_attribute("src") or "")
    pictures = page.locator(".tile img").evaluate_all("images => images.map(image => image.src)")
    assert all("coffee-" in address for address in pictures)


def test_without_the_photo_the_example_is_back_everywhere(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    page.locator("#photo").get_by_role("button", name="Remove", exact=True).click()
    answered(page)
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_example")
    assert "chelsea" in (page.locator("#slider img").first.get_attribute("src") or "")
    assert not any("beach" in (image.get_attribute("src") or "") for image in page.locator(".tile img").all())


def test_a_request_that_did_not_arrive_is_told_and_can_be_tried_again(browser: Browser, url: str) -> None:
    page = browser.new_page()  # not by `visit`: the browser logs the failure, and may
    page.goto(url)
    page.route("**/run/predict*", lambda route: route.fulfill(status=500, json={"error": None}))
    page.locator('.tile[data-style="udnie"] .tile-choose').click()
    status = page.locator('.request-status[data-kind="viewer"]')
    expect(status).to_have_attribute("data-state", "failed", timeout=PAINTED)
    expect(status).to_be_visible()
    expect(page.locator("#viewer")).to_have_attribute("data-painting", "old")
    page.unroute_all()
    status.get_by_role("button").click()
    answered(page)
    expect(page.locator("#caption h2")).to_have_text("Udnie")
    page.close()


def test_what_is_moved_while_the_page_opens_stays(visit: Opener) -> None:
    """The answer to a link comes late: what the visitor has moved by then is not taken back."""
    page = visit()
    page.route("**/queue/join*", lambda route: None)
    page.goto(page.url + "?style=udnie&strength=0.4")
    page.locator("#keep-colors input").check()
    page.wait_for_function("window.stylize.newest('viewer') > 0")
    page.unroute_all()  # lets go of what is held
    expect(page).to_have_url(re.compile(r"\?style=udnie&strength=0\.4&keep_colors=1$"), timeout=PAINTED)
    expect(page.locator("#keep-colors input")).to_be_checked()
    answered(page)


def test_a_photo_whose_way_is_cut_is_told_and_the_last_one_stays(browser: Browser, url: str, beach: Path) -> None:
    page = browser.new_page()  # not by `visit`: the browser logs the failure
    page.goto(url)
    upload(page, beach)
    page.route("**/component_server**", lambda route: route.fulfill(status=500, json={"error": None}))
    page.locator("#examples button").first.click()
    expect(page.locator(".photo-status")).to_have_attribute("data-state", "failed", timeout=PAINTED)
    expect(page.locator(".photo-frame img")).to_have_attribute("src", re.compile("beach"))
    page.close()
