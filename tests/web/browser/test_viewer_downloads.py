"""Files of the painting in the viewer, as visitors get them."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Download, Page, expect

from .steps import NO_CLIPBOARD, PAINTED, PHONE, Opener, choose, upload

SHARE = """() => {
  window.shared = [];
  navigator.canShare = (data) => data.files.length === 1;
  navigator.share = async ({ files }) => { window.shared.push([files[0].name, files[0].type, files[0].size]); };
}"""


def open_options(page: Page) -> None:
    summary = page.locator("#download-options summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#download-options select[name=format]")).to_be_visible()


def make(page: Page, format_: str, **lists: str) -> Download:
    page.locator("#download-options select[name=format]").select_option(format_)
    for name, value in lists.items():
        page.locator(f"#download-options select[name={name}]").select_option(value)
    with page.expect_download(timeout=PAINTED) as download:
        page.locator("#download-options button[type=submit]").click()
    expect(page.locator(".download-status")).to_contain_text(download.value.suggested_filename)
    return download.value


def test_every_format_and_a_print(visit: Opener, tmp_path: Path) -> None:
    page = visit(PHONE)
    photo = tmp_path / "beach.png"
    Image.new("RGBA", (1300, 320), (90, 120, 160, 0)).save(photo)
    upload(page, photo)
    choose(page, "the_scream")
    open_options(page)
    for name, ending, kind in (("jpeg", "jpg", "JPEG"), ("avif", "avif", "AVIF"), ("webp", "webp", "WEBP")):
        made = make(page, name, longer_side="1080")
        assert made.suggested_filename == f"beach-the_scream.{ending}"
        with Image.open(io.BytesIO(Path(made.path()).read_bytes())) as image:
            assert (image.format, image.width) == (kind, 1080)
            if name == "jpeg":
                assert min(image.getpixel((5, 5))) > 250  # type: ignore[arg-type, type-var]
    expect(page.locator("[data-field=paper]")).to_be_hidden()
    made = make(page, "print", paper="a3")
    expect(page.locator("[data-field=longer_side]")).to_be_hidden()
    assert made.suggested_filename == "beach-the_scream.pdf"
    assert Path(made.path()).read_bytes().startswith(b"%PDF-")


def test_the_share_sheet_gets_the_file(visit: Opener) -> None:
    page = visit()
    open_options(page)
    expect(page.locator(".download-share")).to_be_hidden()  # this browser has none
    page.evaluate(SHARE)
    page.locator("#download-options select[name=format]").select_option("webp")
    page.locator(".download-share").click()
    page.wait_for_function("window.shared.length === 1")
    name, kind, size = page.evaluate("window.shared[0]")
    assert (name, kind) == ("chelsea-great_wave.webp", "image/webp")
    assert size > 1000


def test_a_share_sheet_that_came_too_late_opens_at_the_next_click(visit: Opener) -> None:
    page = visit()
    open_options(page)
    page.evaluate(SHARE)
    page.evaluate("""() => {
      const share = navigator.share;
      navigator.share = async () => { navigator.share = share; throw new DOMException("late", "NotAllowedError"); };
    }""")
    page.locator("#download-options select[name=format]").select_option("jpeg")
    page.locator(".download-share").click()
    expect(page.locator(".download-status")).to_have_attribute("data-state", "download_share_ready", timeout=PAINTED)
    page.locator(".download-share").click()
    page.wait_for_function("window.shared.length === 1")


def test_copied_is_said_only_when_it_was(visit: Opener) -> None:
    page = visit(query="?style=the_scream")
    expect(page.locator("#caption h2")).to_have_text("The Scream", timeout=PAINTED)
    page.evaluate(NO_CLIPBOARD)
    page.locator("#copy-link button").click()
    expect(page.locator("#copy-link .link-status")).to_contain_text("did not let us copy")
    expect(page.locator("#copy-link input")).to_have_value(page.url)
    expect(page.locator("#copy-link input")).to_be_focused()
    expect(page.locator("#copy-link button")).not_to_have_text("Link copied")
