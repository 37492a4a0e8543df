"""Every step that the page promises, walked by one visitor on a phone in English, and in a wide window in Chinese.

The details of each tab are in the other tests; here nothing of the way may break. The page's own rule of no console
error and no request to another machine holds throughout (see `visit`).
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stylize import Stylizer
from stylize.web.locale.catalog import CATALOGS

from ..videos import write_video
from .steps import (
    PAINTED,
    PHONE,
    WIDE,
    Opener,
    bring,
    choose,
    gallery_painted,
    mix,
    nothing_open,
    open_tab,
    painted,
    style_file,
    upload,
)

LANGUAGES = {"en-US": CATALOGS["en"].texts, "zh-CN": CATALOGS["zh-CN"].texts}


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "en-US"), (WIDE, "zh-CN")])
def test_a_visitor_walks_through_every_tab(
    visit: Opener, beach: Path, painter: Stylizer, tmp_path: Path, size: tuple[int, int], locale: str
) -> None:
    said = LANGUAGES[locale]
    page = visit(size, locale=locale, reduced_motion="no-preference")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    # 1, 2: arrive at a finished example, drop a photo, see it in every style
    expect(page.locator("h1")).to_have_text(said["headline"])
    upload(page, beach)
    gallery_painted(page)

    # 3: the viewer, and its controls
    choose(page, "udnie")
    expect(page.locator("#caption .facts")).to_contain_text("400 × 262")
    page.locator("#keep-colors input").check()
    expect(page).to_have_url(re.compile("keep_colors=1"), timeout=PAINTED)
    painted(page)

    # 5: blend, starting from what the viewer shows
    mix(page, said["title_the_kiss"])
    title = page.locator("#caption h2").inner_text()
    assert said["title_udnie"] in title
    assert said["title_the_kiss"] in title

    # 6: the mask, by keyboard
    page.locator("#view-mode").get_by_text(said["view_mask"]).click()
    canvas = page.locator("#slider canvas")
    canvas.focus()
    page.keyboard.down("Shift")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    painting = page.locator("#slider img").nth(1)
    before = painting.get_attribute("src") or ""
    page.keyboard.up("Shift")
    expect(painting).not_to_have_attribute("src", before, timeout=PAINTED)
    painted(page)
    page.locator("#view-mode").get_by_text(said["view_split"]).click()

    # 9: the address and the copied link carry it all
    expect(page).to_have_url(re.compile(r"\?style=udnie=0\.5,the_kiss=0\.5&keep_colors=1$"))
    page.locator("#copy-link button").click()
    expect(page.locator("#copy-link button")).to_have_text(said["link_copied"])
    assert page.evaluate("navigator.clipboard.readText()") == page.url

    # 4: pin two, compare them
    for style in ("udnie", "the_scream"):
        tile = page.locator(f'.tile[data-style="{style}"]')
        tile.hover()
        tile.locator(".tile-pin").click()
    page.locator(".pin-bar button").click()
    expect(page.locator(".panes img")).to_have_count(2, timeout=PAINTED)
    expect(page.locator(".panes strong").first).to_have_text(said["title_udnie"])

    # 7: a style of one's own is one more tile
    open_tab(page, said["tab_own"])
    expect(page.locator(".own-status")).to_have_text(said["own_empty"])
    bring(page, style_file(painter, tmp_path))
    expect(page.locator(".own-status")).to_have_text(said["own_opened"], timeout=PAINTED)
    nothing_open(page)
    page.locator("#own-show").click(timeout=PAINTED)
    expect(page.locator("#caption h2")).to_contain_text("Mine", timeout=PAINTED)
    painted(page)
    expect(page.locator(".tile").first).to_contain_text("Mine")
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "mine")
    assert "?" not in page.url

    # 8: a video, and the camera
    open_tab(page, said["tab_live"])
    page.locator("#video-file input[type=file]").set_input_files(write_video(tmp_path / "sea.mp4", 6))
    expect(page.locator("#video-file")).to_contain_text("sea", timeout=PAINTED)
    page.locator("#video-start").click()
    expect(page.locator(".video-status")).to_have_attribute("data-state", "video_done", timeout=PAINTED)
    nothing_open(page)
    with page.expect_download() as download:
        page.locator("#video-download").click()
    assert download.value.suggested_filename == "sea-mine-the_kiss.mp4"
    page.wait_for_function("document.querySelector('#video-view video').duration > 0.4", timeout=PAINTED)
    page.locator(".camera-start").click()
    page.wait_for_function("Number(document.querySelector('.camera-rate').dataset.frames) > 2", timeout=PAINTED)

    # 10: numbers, model card, calls
    open_tab(page, said["tab_about"])
    page.locator('a[href="#model-card"]').click()
    expect(page.locator("#model-card-text h1").first).to_be_visible(timeout=PAINTED)
    expect(page.locator("#api-python")).to_contain_text(page.url.partition("/#")[0])
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    speaks(page, locale)


def speaks(page: Page, locale: str) -> None:
    """No sentence of the other language is on the page."""
    other = next(table for name, table in LANGUAGES.items() if name != locale)
    text = page.locator("body").inner_text()
    mixed = [key for key in ("lead", "own_lead", "video_info", "camera_info", "privacy") if other[key] in text]
    assert mixed == []
