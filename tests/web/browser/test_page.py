"""The page in a real browser, against the shipped weights."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from .steps import PAINTED, PHONE, WIDE, Opener, choose, painted, resize, upload


def test_a_photo_is_painted_chosen_and_taken_home(visit: Opener, whole: str, beach: Path, tmp_path: Path) -> None:
    page = visit(PHONE, at=whole)
    upload(page, beach)
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_done", timeout=PAINTED)
    choose(page, "starry_night")
    expect(page.locator("#caption .facts")).to_contain_text("400 × 262")

    shown = page.locator("#slider img").nth(1)
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [400, 262]
    before = shown.evaluate("image => image.style.clipPath")
    handle = page.locator("#slider .viewer-divider").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] - 60, handle["y"] + handle["height"] / 2, steps=4)
    page.mouse.up()
    assert shown.evaluate("image => image.style.clipPath") != before

    page.locator("#view-mode").get_by_text("Painting").click()
    expect(page.get_by_alt_text("The photo painted as The Starry Night").last).to_be_visible()
    with page.expect_download() as download:
        page.locator("#png").click()
    assert download.value.suggested_filename == "beach-starry_night.png"
    kept = tmp_path / "kept.png"
    download.value.save_as(kept)
    with Image.open(kept) as painting, Image.open(beach) as photo:
        assert painting.size == photo.size
        assert painting.convert("RGB").tobytes() != photo.convert("RGB").tobytes()
    for size in (PHONE, WIDE):
        resize(page, size)


def test_a_tool_changes_the_painting(visit: Opener, beach: Path) -> None:
    page = visit()
    upload(page, beach)
    choose(page, "the_scream")
    painting = page.locator("#slider img").nth(1)
    first = painting.get_attribute("src")
    page.locator("#keep-colors input").check()
    expect(painting).not_to_have_attribute("src", first or "", timeout=PAINTED)
    expect(page.locator("#caption .facts")).to_have_attribute("data-i18n", "painted", timeout=PAINTED)


def test_numbers_are_sent_once_they_are_whole(visit: Opener) -> None:
    page = visit()
    field, thumb = (page.locator(f"#strength input[type={kind}]") for kind in ("number", "range"))
    field.press("Control+a")
    field.press("Backspace")
    field.press("Tab")
    expect(field).to_have_value("1")
    field.fill("15")
    expect(thumb).to_have_value("1")
    field.press("Enter")
    expect(field).to_have_value("1")
    field.fill("0.6")
    expect(thumb).to_have_value("0.6")
    painted(page)


def test_an_example_is_one_tap_away_and_its_painting_comes_into_view(visit: Opener) -> None:
    page = visit(PHONE)
    stage = page.locator("#viewer .viewer-stage")
    expect(stage).not_to_be_in_viewport(ratio=1)
    page.locator("#examples button").first.click()
    expect(stage).to_be_in_viewport(ratio=1)
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_done", timeout=PAINTED)


def test_a_file_that_is_no_picture_gets_a_sentence_and_nothing_is_lost(visit: Opener, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    page = visit()
    shown = page.locator("#caption h2").inner_text()
    page.locator("#photo input[type=file]").first.set_input_files(broken)
    expect(page.locator(".photo-status")).to_contain_text("broken.png", timeout=PAINTED)
    expect(page.locator("#caption h2")).to_have_text(shown)
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_example")
    expect(page.locator(".tile.waiting")).to_have_count(0)
