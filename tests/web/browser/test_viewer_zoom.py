"""The divider, zoom and pan of the viewer, by mouse, keyboard and touch."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from stylize.web.config import WebConfig

from .steps import PAINTED, PHONE, WIDE, Opener, painted, resize, upload

FULL = f"document.querySelector('.viewer-painting').naturalWidth > {WebConfig.screen_size}"


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found is not None
    return dict(found)


def place(page: Page) -> dict[str, float]:
    """Where the picture is in its stage."""
    picture, stage = box(page.locator(".viewer-picture")), box(page.locator(".viewer-stage"))
    return {**picture, "x": picture["x"] - stage["x"], "y": picture["y"] - stage["y"]}


def middle(part: Locator) -> tuple[float, float]:
    of = box(part)
    return of["x"] + of["width"] / 2, of["y"] + of["height"] / 2


def share(page: Page) -> int:
    """Where the divider is, in percent."""
    return int(page.locator(".viewer-divider").get_attribute("aria-valuenow") or "")


def same_place(page: Page) -> bool:
    """Photo and painting lie over each other."""
    return box(page.locator(".viewer-photo")) == box(page.locator(".viewer-painting"))


class Fingers:
    """Fingers on the screen, as the browser gets them from it."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind: str, points: Sequence[tuple[float, float]]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def swipe(self, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Move each finger from one point to another, all at the same time."""
        for count in range(1, len(ways) + 1):
            self._send("touchStart", [start for start, _ in ways[:count]])
        for step in range(1, 9):
            self._send("touchMove", [(a + (c - a) * step / 8, b + (d - b) * step / 8) for (a, b), (c, d) in ways])
        self._send("touchEnd", [])


def strip(folder: Path, size: tuple[int, int]) -> Path:
    """A photo of an extreme shape."""
    path = folder / "strip.jpg"
    Image.linear_gradient("L").resize(size).convert("RGB").save(path)
    return path


def bring(page: Page, path: Path) -> None:
    upload(page, path)
    page.wait_for_function("document.querySelector('.viewer-photo').src.includes('strip')", timeout=PAINTED)
    painted(page)


def test_the_divider_is_dragged_anywhere_and_by_keys(visit: Opener) -> None:
    page = visit(WIDE)
    for size, to in ((WIDE, 0.4), (PHONE, 0.3)):
        resize(page, size)
        stage = page.locator(".viewer-stage")
        stage.scroll_into_view_if_needed()
        of, divider = box(stage), page.locator(".viewer-divider")
        page.mouse.move(of["x"] + of["width"] * 0.2, of["y"] + 30)
        page.mouse.down()
        page.mouse.move(of["x"] + of["width"] * to, of["y"] + 60, steps=3)
        page.mouse.up()
        assert share(page) == 100 * to
        assert abs(middle(divider)[0] - of["x"] - of["width"] * to) < 2
    divider.focus()
    page.keyboard.press("ArrowRight")
    assert share(page) == 32
    page.keyboard.press("End")
    assert share(page) == 100
    expect(divider).to_have_attribute("aria-valuetext", "100%")


def test_a_finger_moves_the_divider_sideways_and_scrolls_the_page_up(visit: Opener) -> None:
    page = visit(PHONE, has_touch=True, is_mobile=True)
    page.locator(".viewer-stage").scroll_into_view_if_needed()
    x, y = middle(page.locator(".viewer-stage"))
    fingers = Fingers(page)
    fingers.swipe(((x, y), (x - 90, y + 6)))
    left = share(page)
    assert 20 < left < 35
    before = page.evaluate("scrollY")
    fingers.swipe(((x, y), (x + 8, y - 160)))
    page.wait_for_function(f"scrollY > {before} + 40")
    assert share(page) == left


def test_two_fingers_zoom_and_one_moves_the_picture(visit: Opener) -> None:
    page = visit(PHONE, has_touch=True, is_mobile=True)
    page.locator(".viewer-stage").scroll_into_view_if_needed()
    scrolled, (x, y) = page.evaluate("scrollY"), middle(page.locator(".viewer-stage"))
    whole, fingers = place(page), Fingers(page)
    fingers.swipe(((x - 20, y), (x - 70, y)), ((x + 20, y), (x + 70, y)))
    assert place(page)["width"] > whole["width"] * 1.8
    assert same_place(page)
    before = place(page)
    fingers.swipe(((x - 90, y), (x - 60, y + 30)))
    assert place(page)["x"] > before["x"]
    assert place(page)["y"] > before["y"]
    assert page.evaluate("scrollY") == scrolled


def test_zoom_by_buttons_keys_wheel_and_double_click_keeps_the_place(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    bring(page, strip(tmp_path, (900, 640)))
    fit = place(page)
    page.locator('[data-zoom="2"]').click()
    assert place(page)["width"] == pytest.approx(1800)
    expect(page.locator('[data-zoom="in"]')).to_be_disabled()
    page.locator(".viewer-stage").focus()
    before = place(page)
    page.keyboard.press("ArrowRight")
    assert place(page)["x"] == pytest.approx(before["x"] - 60, abs=1)
    page.keyboard.press("0")
    assert place(page) == pytest.approx(fit)
    stage = box(page.locator(".viewer-stage"))
    x, y = fit["x"] + fit["width"] * 0.3, fit["y"] + fit["height"] * 0.4
    page.mouse.move(stage["x"] + x, stage["y"] + y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_function(f"document.querySelector('.viewer-picture').offsetWidth > {fit['width']} * 1.2")
    now = place(page)
    assert (x - now["x"]) / now["width"] == pytest.approx(0.3, abs=0.01)
    assert (y - now["y"]) / now["height"] == pytest.approx(0.4, abs=0.01)
    assert same_place(page)
    page.mouse.dblclick(stage["x"] + x, stage["y"] + y)
    assert place(page) == pytest.approx(fit)
    expect(page.locator('[data-zoom="fit"]')).to_have_attribute("aria-pressed", "true")


def test_zoomed_the_handle_divides_and_the_rest_pans(visit: Opener) -> None:
    page = visit()
    page.locator('[data-zoom="in"]').click(click_count=3)
    (x, y), before = middle(page.locator(".viewer-divider")), place(page)

    def drag(x: float, by: float) -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by, y, steps=3)
        page.mouse.up()

    drag(x, 100)
    assert place(page) == before
    at = share(page)
    assert at > 55
    drag(x - 150, -80)
    assert place(page)["x"] == pytest.approx(before["x"] - 80, abs=1)
    assert share(page) == at


def test_looking_closer_brings_the_full_size_of_both(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    bring(page, strip(tmp_path, (2600, 90)))
    assert not page.evaluate(FULL)
    page.locator('[data-zoom="1"]').click()
    page.wait_for_function(FULL, timeout=PAINTED)
    assert page.locator(".viewer-photo").evaluate("image => image.naturalWidth") == 2600
    expect(page.locator(".viewer-note")).to_have_text("")
    page.locator("#view-mode").get_by_text("Painting").click()
    assert box(page.locator(".viewer-picture"))["width"] == pytest.approx(2600)


def test_a_full_size_that_did_not_come_is_told_and_fetched_by_the_next_zoom(
    browser: Browser, url: str, tmp_path: Path
) -> None:
    page = browser.new_page()  # not by `visit`: the browser logs the failure, and may
    page.goto(url)
    bring(page, strip(tmp_path, (2600, 90)))
    page.route("**/component_server**", lambda route: route.fulfill(status=500))
    page.locator('[data-zoom="1"]').click()
    expect(page.locator(".viewer-note")).to_contain_text("Zoom once more", timeout=PAINTED)
    page.unroute_all()
    page.locator('[data-zoom="in"]').click()
    page.wait_for_function(FULL, timeout=PAINTED)
    expect(page.locator(".viewer-note")).to_have_text("")
    page.close()


@pytest.mark.parametrize("shape", [(1600, 60), (60, 1600)])
def test_panoramas_and_towers_are_whole_and_not_slivers(visit: Opener, tmp_path: Path, shape: tuple[int, int]) -> None:
    page = visit(PHONE)
    bring(page, strip(tmp_path, shape))
    for size in (PHONE, WIDE):
        resize(page, size)
        stage, picture = box(page.locator(".viewer-stage")), box(page.locator(".viewer-picture"))
        assert 180 <= stage["height"] <= 642
        assert picture["width"] / picture["height"] == pytest.approx(shape[0] / shape[1], rel=0.02)
        assert picture["height"] <= stage["height"] + 1
        expect(page.locator(".tile img").first).to_have_css("object-fit", "contain")  # the wall comes later
