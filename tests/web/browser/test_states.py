"""Every part of the page that works tells what failed, and tries again when it is asked to."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from stylize import Stylizer

from ..videos import write_video
from .steps import PAINTED, bring, open_tab, style_file

FULL = {"detail": "Queue is full. Max size is 40 and size is 40."}


@pytest.fixture
def page(browser: Browser, url: str) -> Page:
    """Not by `visit`: the browser logs what is refused, and may."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    return page


def refuse(route: Route) -> None:
    route.fulfill(status=503, json=FULL)


def test_a_film_that_found_no_place_in_line(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Moving")
    page.locator("#video-file input[type=file]").set_input_files(write_video(tmp_path / "sea.mp4", 6))
    expect(page.locator("#video-file")).to_contain_text("sea", timeout=PAINTED)
    page.route("**/queue/join*", refuse)
    page.locator("#video-start").click()
    status, retry = page.locator(".video-status"), page.locator("#video-view .work-retry")
    expect(status).to_have_attribute("data-state", "video_failed", timeout=PAINTED)
    expect(page.locator("#video-view progress")).to_be_hidden()
    expect(retry).to_be_visible()
    page.unroute_all()
    retry.click()
    expect(status).to_have_attribute("data-state", "video_done", timeout=PAINTED)
    expect(retry).to_be_hidden()
    page.context.close()


def test_a_style_of_ones_own_that_found_no_place_in_line(page: Page, painter: Stylizer, tmp_path: Path) -> None:
    open_tab(page, "Your own")
    page.route("**/queue/join*", refuse)
    bring(page, style_file(painter, tmp_path))
    status, retry = page.locator(".own-status"), page.locator("#own-view .work-retry")
    expect(status).to_have_attribute("data-state", "own_failed", timeout=PAINTED)
    page.unroute_all()
    retry.click()
    expect(status).to_have_attribute("data-state", "own_opened", timeout=PAINTED)
    expect(retry).to_be_hidden()
    page.context.close()


def test_a_comparison_that_found_no_place_in_line(page: Page) -> None:
    for style in ("udnie", "the_scream"):
        tile = page.locator(f'.tile[data-style="{style}"]')
        tile.hover()
        tile.locator(".tile-pin").click()
    page.route("**/queue/join*", refuse)
    page.locator(".pin-bar button").click()
    status = page.locator('.request-status[data-kind="compare"]')
    expect(status).to_have_attribute("data-state", "failed", timeout=PAINTED)
    page.unroute_all()
    status.get_by_role("button").click()
    expect(page.locator(".panes img")).to_have_count(2, timeout=PAINTED)
    expect(status).to_have_attribute("data-state", "answered", timeout=PAINTED)
    page.context.close()


def test_a_camera_whose_server_is_away(browser: Browser, url: str) -> None:
    context = browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.goto(url)
    open_tab(page, "Moving")
    page.locator(".camera-start").click()
    page.wait_for_function("Number(document.querySelector('.camera-rate').dataset.frames) > 1", timeout=PAINTED)
    page.route("**/component_server**", lambda route: route.fulfill(status=500, json={"error": None}))
    rate, start = page.locator(".camera-rate"), page.locator(".camera-start")
    expect(rate).to_have_attribute("data-state", "camera_failed", timeout=PAINTED)
    expect(start).to_have_text("Try again")
    page.unroute_all()
    start.click()
    expect(rate).to_have_attribute("data-state", "camera_rate", timeout=PAINTED)
    context.close()
