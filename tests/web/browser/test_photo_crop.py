"""A photo is cropped and turned before it is painted: by pointer, touch and keys; and the whole comes back."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from stylize.web.locale.catalog import CATALOGS

from .steps import PAINTED, PHONE, WIDE, Opener, reload, settled, upload
from .test_access import RULES, axe
from .test_photo import shows
from .test_viewer_zoom import Fingers, box, middle

MESSAGES = CATALOGS["en"].messages
CORNERS = (
    (200, 40, 40),
    (40, 200, 40),
    (40, 40, 200),
    (200, 200, 40),
)  # top left, top right, bottom left, bottom right
# The colour in the middle of the preview, in steps of 20.
_COLOUR = """() => {
  const image = document.querySelector(".photo-frame img"), canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  canvas.getContext("2d").drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
  return [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data].slice(0, 3).map((one) => Math.round(one / 20) * 20);
}"""


@pytest.fixture
def corners(tmp_path: Path) -> Path:
    """A photo of 240 by 160 pixels with a colour in each corner."""
    image = Image.new("RGB", (240, 160))
    for number, colour in enumerate(CORNERS):
        image.paste(colour, (120 * (number % 2), 80 * (number // 2), 120 + 120 * (number % 2), 80 + 80 * (number // 2)))
    image.save(tmp_path / "corners.png")
    return tmp_path / "corners.png"


def open_crop(page: Page) -> Locator:
    """Opens the dialog; returns the box in it."""
    page.get_by_role("button", name=MESSAGES["photo_crop"], exact=True).click()
    found = page.locator(".crop-box")
    expect(found).to_be_focused()
    return found


def press(page: Page, name: str) -> None:
    page.locator(".photo-crop").get_by_role("button", name=MESSAGES[name], exact=True).click()


def is_size(page: Page, width: int, height: int) -> None:
    """Whether the box is said to be of these shares of the photo, in percent."""
    said = MESSAGES["crop_size"].format(width=f"{width}%", height=f"{height}%")
    expect(page.locator(".crop-size")).to_have_text(said)


def test_keys_crop_a_photo_that_stays_so_and_the_whole_comes_back(visit: Opener, corners: Path) -> None:
    page = visit()
    upload(page, corners)
    shows(page, (240, 160))
    open_crop(page)
    is_size(page, 100, 100)
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp", "ArrowRight"):
        for _ in range(50):
            page.keyboard.press(key)
    is_size(page, 50, 50)
    press(page, "crop_apply")
    shows(page, (120, 80))
    assert page.evaluate(_COLOUR) == list(CORNERS[1])
    expect(page.locator("#caption .facts")).to_contain_text("120 × 80", timeout=PAINTED)
    expect(page.locator(".photo-strip")).to_be_hidden()
    reload(page)
    shows(page, (120, 80))
    open_crop(page)
    is_size(page, 50, 50)
    press(page, "crop_whole")
    shows(page, (240, 160))
    expect(page.locator("#caption .facts")).to_contain_text("240 × 160", timeout=PAINTED)
    reload(page)
    shows(page, (240, 160))


def test_a_ratio_and_a_turn_show_what_is_made(visit: Opener, corners: Path) -> None:
    page = visit()
    upload(page, corners)
    shows(page, (240, 160))
    found = open_crop(page)
    page.locator(".photo-crop select").select_option("16:9")
    is_size(page, 100, 84)
    page.locator(".photo-crop select").select_option("1:1")
    is_size(page, 67, 100)
    for _ in range(20):
        found.press("ArrowLeft")
    press(page, "crop_right")  # the left side, red above blue, is above now: blue, then red
    is_size(page, 100, 67)
    for _ in range(40):
        found.press("Shift+ArrowLeft")
    is_size(page, 60, 40)
    press(page, "crop_apply")
    shows(page, (96, 96))
    assert page.evaluate(_COLOUR) == list(CORNERS[2])


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_box_is_dragged(visit: Opener, corners: Path, size: tuple[int, int]) -> None:
    touch = size == PHONE
    page = visit(size, has_touch=touch, is_mobile=touch)
    upload(page, corners)
    shows(page, (240, 160))
    expect(page.locator("#caption .facts")).to_contain_text("240 × 160", timeout=PAINTED)
    settled(page)  # what waits is dimmed
    found = open_crop(page)
    assert axe.Axe().run(page, options=RULES).response["violations"] == []

    def drag(part: Locator, across: float, down: float) -> None:
        x, y = middle(part)
        to = (x + across * stage["width"], y + down * stage["height"])
        if touch:
            Fingers(page).swipe(((x, y), to))
        else:
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(*to, steps=4)
            page.mouse.up()

    stage = box(page.locator(".crop-stage"))
    drag(found.locator("[data-handle=nw]"), 0.5, 0.5)
    is_size(page, 50, 50)
    drag(found, -0.7, -0.6)  # no further than the edge
    drag(found.locator("[data-handle=e]"), -0.25, 0)
    is_size(page, 25, 50)
    press(page, "crop_apply")
    shows(page, (60, 80))
    assert page.evaluate(_COLOUR) == list(CORNERS[0])
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_a_crop_that_fails_leaves_the_photo_and_says_why(visit: Opener, corners: Path) -> None:
    page = visit()
    upload(page, corners)
    shows(page, (240, 160))
    open_crop(page).press("Shift+ArrowLeft")
    page.route(re.compile("component_server"), lambda route: route.fulfill(status=200, body="no answer"))
    press(page, "crop_apply")
    expect(page.locator(".photo-status")).to_have_text(MESSAGES["photo_not_sent"])
    page.unroute_all()
    shows(page, (240, 160))
    open_crop(page)
    is_size(page, 100, 100)
    press(page, "cancel")
    expect(page.locator(".photo-crop")).to_be_hidden()
