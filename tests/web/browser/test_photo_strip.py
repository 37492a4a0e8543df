"""Several photos: a strip of thumbnails to choose from, kept like the one photo."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from stylize.web.components.photo_input import MOST_PHOTOS
from stylize.web.locale.catalog import CATALOGS

from .steps import PAINTED, PHONE, WIDE, Opener, reload, settled
from .test_access import RULES, axe

MESSAGES = CATALOGS["en"].messages
PREVIEW = ".photo-frame img"


def files(folder: Path, count: int, first: int = 0) -> list[Path]:
    """Photos of different widths: 96 pixels, 112, and so on."""
    made = [folder / f"photo{number}.png" for number in range(first, first + count)]
    for number, path in enumerate(made, first):
        Image.new("RGB", (96 + 16 * number, 80), (20 * number, 90, 60)).save(path)
    return made


def bring(page: Page, paths: Sequence[Path]) -> None:
    page.locator("#photo input[type=file]").set_input_files(paths)


def shows(page: Page, number: int, count: int) -> None:
    """Wait until this one of `files` is on show and marked, beside as many thumbnails."""
    expect(thumbnails(page)).to_have_count(count)
    expect(page.locator(".photo-thumbnail.opening")).to_have_count(0, timeout=PAINTED)
    wide = "(width) => document.querySelector('.photo-frame img')?.naturalWidth === width"
    page.wait_for_function(wide, arg=96 + 16 * number, timeout=PAINTED)
    if count > 1:
        marked = page.locator(".photo-thumbnail[aria-current=true]")
        expect(marked).to_have_attribute("title", f"photo{number}.png")


def thumbnails(page: Page) -> Locator:
    return page.locator(".photo-strip .photo-thumbnail")


def titles(page: Page) -> list[str | None]:
    """The names of the photos in their order."""
    return [one.get_attribute("title") for one in thumbnails(page).all()]


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_several_photos_make_a_strip_to_choose_from(visit: Opener, tmp_path: Path, size: tuple[int, int]) -> None:
    page = visit(size, has_touch=size == PHONE)
    bring(page, files(tmp_path, 3))
    shows(page, 0, 3)
    act = Locator.tap if size == PHONE else Locator.click
    act(page.get_by_role("button", name="Photo 3 of 3: photo2.png", exact=True))
    shows(page, 2, 3)
    expect(page.locator("#caption .facts")).to_contain_text("128 × 80", timeout=PAINTED)
    settled(page)  # what waits is dimmed
    assert axe.Axe().run(page, options=RULES).response["violations"] == []
    act(page.get_by_role("button", name="Remove photo 1 of 3: photo0.png"))
    shows(page, 2, 2)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    act(page.get_by_role("button", name="Remove", exact=True))  # the one on show
    shows(page, 1, 1)
    expect(page.locator(".photo-strip")).to_be_hidden()
    act(page.get_by_role("button", name="Remove", exact=True))
    expect(page.locator(PREVIEW)).to_be_hidden()


def test_the_strip_works_by_keyboard(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    bring(page, files(tmp_path, 3))
    shows(page, 0, 3)
    thumbnails(page).nth(1).focus()
    page.keyboard.press("Enter")
    shows(page, 1, 3)
    expect(thumbnails(page).nth(1)).to_be_focused()
    page.keyboard.press("Delete")
    shows(page, 2, 2)
    expect(thumbnails(page).nth(1)).to_be_focused()


def test_one_photo_takes_the_place_of_the_one_on_show_and_an_added_one_does_not(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    bring(page, files(tmp_path, 3))
    shows(page, 0, 3)
    thumbnails(page).nth(1).click()
    shows(page, 1, 3)
    bring(page, files(tmp_path, 1, 5))
    shows(page, 5, 3)
    assert titles(page) == ["photo0.png", "photo5.png", "photo2.png"]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add", exact=True).click()
    chooser.value.set_files(files(tmp_path, 1, 7))
    shows(page, 7, 4)
    thumbnails(page).nth(1).click()
    shows(page, 5, 4)
    expect(page.locator("#caption .facts")).to_contain_text("176 × 80", timeout=PAINTED)
    reload(page)
    shows(page, 5, 4)
    assert titles(page) == ["photo0.png", "photo5.png", "photo2.png", "photo7.png"]


def test_what_is_too_much_or_no_photo_is_said_and_the_others_come(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    (tmp_path / "notes.jpg").write_text("no picture")
    bring(page, [tmp_path / "notes.jpg", *files(tmp_path, 12)])
    shows(page, 0, MOST_PHOTOS - 1)
    status = page.locator(".photo-status")
    expect(status).to_contain_text(MESSAGES["photos_too_many"].format(most=MOST_PHOTOS, count=1), timeout=PAINTED)
    expect(status).to_contain_text("notes.jpg")
    bring(page, [tmp_path / "notes.jpg"])
    expect(status).not_to_contain_text(MESSAGES["photos_too_many"][:20], timeout=PAINTED)
    expect(status).to_contain_text("notes.jpg", timeout=PAINTED)
    shows(page, 0, MOST_PHOTOS - 1)


def test_forgetting_forgets_all(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    bring(page, files(tmp_path, 3))
    shows(page, 0, 3)
    page.get_by_role("button", name=MESSAGES["photo_forget"]).click()
    expect(page.locator(".photo-status")).to_have_text(MESSAGES["photo_forgotten"], timeout=PAINTED)
    expect(page.locator(".photo-strip")).to_be_hidden()
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_example", timeout=PAINTED)
    reload(page)
    expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    assert page.evaluate("window.stylize.keptPhotos.all()") == []
    expect(page.locator(PREVIEW)).to_be_hidden()
