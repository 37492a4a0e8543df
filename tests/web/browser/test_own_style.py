"""A painting is taught and optimised, taken home as a file and brought back; in a real browser, with the real torch."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from skimage import data

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
    reload,
    upload,
)


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """A picture with colours and strokes enough to learn from."""
    path = tmp_path / "night_sky.jpg"
    Image.fromarray(data.coffee()).resize((300, 200)).save(path)
    return path


def seen(page: Page, state: str) -> None:
    expect(page.locator(".own-status")).to_have_attribute("data-state", state, timeout=4 * PAINTED)


def test_a_painting_is_taught_taken_home_and_brought_back(
    visit: Opener, beach: Path, painting: Path, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    page = visit(WIDE)
    upload(page, beach)
    gallery_painted(page)
    open_tab(page, "Your own")
    bring(page, painting)
    seen(page, "own_instant_done")
    expect(page.locator(".own-result img")).to_be_visible()
    expect(page.locator(".own-painting img")).to_be_visible()
    page.locator("#own-teach").click()
    expect(page.locator("#own-stop")).to_be_visible(timeout=PAINTED)
    seen(page, "own_taught_done")
    nothing_open(page)
    with page.expect_download() as download:
        page.locator("#own-style-file").click(timeout=PAINTED)
    assert download.value.suggested_filename == "night-sky.safetensors"
    home = tmp_path / "night-sky.safetensors"
    download.value.save_as(home)

    open_tab(page, "Studio")  # the taught style is painted, mixed and pinned like any other
    expect(page.locator(".tile").first).to_contain_text("Night sky")
    choose(page, "night-sky")
    mix(page, "Udnie")
    assert page.locator("#caption h2").inner_text() == "Night sky 50% + Udnie 50%"
    page.locator("#examples button").first.click()  # another photo hangs in the own style too
    expect(page.locator(".gallery-status")).not_to_have_attribute("data-state", "gallery_done", timeout=PAINTED)
    gallery_painted(page)
    expect(page.locator(".tile.waiting")).to_have_count(0)

    other = visit(PHONE)  # another visitor has none of it, and may bring the file
    assert other.locator('.tile[data-style="night-sky"]').count() == 0
    open_tab(other, "Your own")
    bring(other, home)
    seen(other, "own_opened")
    expect(other.locator("#own-teach")).to_be_hidden()  # a style file holds no painting
    other.locator("#own-remove").click(timeout=PAINTED)
    seen(other, "own_removed")
    expect(other.locator('.tile[data-style="night-sky"]')).to_have_count(0)


def test_each_of_several_styles_is_shown_and_removed_also_after_a_reload(
    visit: Opener, painting: Path, beach: Path
) -> None:
    page = visit()
    open_tab(page, "Your own")
    listed = page.locator("#own-list label")
    for path in (painting, beach):  # the second one while the first is on its way
        bring(page, path)
    expect(listed).to_have_count(2, timeout=PAINTED)
    title, picture = page.locator(".own-result figcaption"), page.locator(".own-result img")
    expect(title).not_to_have_text("Night sky", timeout=PAINTED)
    nothing_open(page)
    listed.nth(1).locator("input").focus()
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("Night sky", timeout=PAINTED)
    expect(page.locator("#own-teach")).to_be_visible()
    nothing_open(page)
    reload(page)
    expect(picture).to_be_visible(timeout=PAINTED)
    expect(title).not_to_have_text("Night sky")
    listed.get_by_text("Night sky").click()
    expect(title).to_have_text("Night sky", timeout=PAINTED)
    seen(page, "own_kept_alone")
    nothing_open(page)
    page.locator("#own-remove").click(timeout=PAINTED)
    expect(page.locator('.tile[data-style="night-sky"]')).to_have_count(0, timeout=PAINTED)
    expect(page.locator("#own-list")).to_be_hidden()
    expect(title).not_to_have_text("Night sky", timeout=PAINTED)
    expect(picture).to_be_visible(timeout=PAINTED)


def test_a_photo_is_optimised_while_others_paint(visit: Opener, beach: Path, painting: Path) -> None:
    pytest.importorskip("torch")
    page, other = visit(PHONE), visit(PHONE)
    open_tab(page, "Your own")
    bring(page, painting)
    page.locator("#own-optimise").click(timeout=PAINTED)
    expect(page.locator("#own-stop")).to_be_visible(timeout=PAINTED)
    upload(other, beach)
    gallery_painted(other)
    seen(page, "own_optimised_done")
    nothing_open(page)
    with page.expect_download() as download:
        page.locator("#own-picture").click(timeout=PAINTED)
    assert download.value.suggested_filename == "chelsea-night-sky-optimised.png"


def test_a_file_that_is_no_style_gets_a_sentence_and_several_paintings_one_style(
    visit: Opener, tmp_path: Path, painting: Path, beach: Path
) -> None:
    page = visit(PHONE)
    open_tab(page, "Your own")
    path = tmp_path / "torn.safetensors"
    path.write_bytes(b"torn")
    bring(page, path)
    expect(page.locator(".own-status")).to_contain_text("torn.safetensors", timeout=PAINTED)
    seen(page, "own_failed")
    nothing_open(page)
    bring(page, [painting, beach])
    seen(page, "own_several_done")
    expect(page.locator('.tile[data-style="night-sky"]')).to_have_count(1)
    expect(page.locator(".own-painting img")).to_be_visible()
    expect(page.locator("#own-optimise")).to_be_hidden()  # it is of one painting
    nothing_open(page)
    bring(page, path)
    seen(page, "own_failed")
    expect(page.locator(".own-result figcaption")).to_have_text("Night sky")  # what was there stays
    expect(page.locator("#own-teach")).to_be_visible()
