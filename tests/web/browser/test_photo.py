"""Bringing a photo: chosen, dropped or pasted anywhere, photographed; and what leaves the last one where it is."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from stylize.web.locale.catalog import CATALOGS

from .steps import PAINTED, PHONE, Opener, open_tab, painted, settled, upload

PREVIEW = ".photo-frame img"

# Drops or pastes what is given on the element; tells whether the browser was kept from opening it.
_GIVE = """(element, { kind, files, texts }) => {
  const data = new DataTransfer();
  for (const { name, bytes } of files) {
    data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name));
  }
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const init = { bubbles: true, cancelable: true };
  if (kind === "paste") return !element.dispatchEvent(new ClipboardEvent(kind, { ...init, clipboardData: data }));
  const over = new DragEvent("dragover", { ...init, dataTransfer: data });
  return !element.dispatchEvent(over) && !element.dispatchEvent(new DragEvent("drop", { ...init, dataTransfer: data }));
}"""


def give(page: Page, where: str, kind: str, path: Path | None = None, texts: dict[str, str] | None = None) -> bool:
    """Drop or paste a file or texts on an element. Returns whether the page took it."""
    files = [{"name": path.name, "bytes": base64.b64encode(path.read_bytes()).decode()}] if path else []
    given = {"kind": kind, "files": files, "texts": texts or {}}
    return bool(page.locator(where).first.evaluate(_GIVE, given))


def shows(page: Page, size: tuple[int, int]) -> None:
    """Wait for the preview of a photo of this size."""
    seen = "(size) => { const { naturalWidth: w, naturalHeight: h } = document.querySelector('.photo-frame img') ?? {};"
    page.wait_for_function(f"{seen} return w === size[0] && h === size[1]; }}", arg=list(size), timeout=PAINTED)


def photo_file(folder: Path, name: str, size: tuple[int, int]) -> Path:
    """A photo of one colour."""
    Image.new("RGB", size, (120, 90, 60)).save(folder / name)
    return folder / name


def test_a_photo_is_dropped_or_pasted_anywhere(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    places = [("body", "drop"), (".tile", "drop"), ("#slider", "drop"), ("#photo", "drop"), ("body", "paste")]
    for number, (where, kind) in enumerate(places):
        name = f"photo{number}.{'heic' if number % 2 else 'avif'}"
        assert give(page, where, kind, photo_file(tmp_path, name, (96 + 16 * number, 80)))
        shows(page, (96 + 16 * number, 80))
    expect(page.locator("#caption .facts")).to_contain_text("160 × 80", timeout=PAINTED)
    painted(page)
    assert page.url.startswith("http")


def test_a_drop_on_another_tab_shows_the_photo_and_a_field_there_takes_its_own_file(
    visit: Opener, tmp_path: Path
) -> None:
    page = visit()
    open_tab(page, "Your own")
    give(page, "#own-file input[type=file]", "drop", photo_file(tmp_path, "painting.png", (80, 80)))
    expect(page.locator("#own-file")).to_be_visible()
    expect(page.locator(".photo-status")).to_have_text("")
    expect(page.locator(PREVIEW)).not_to_have_attribute("src", re.compile(""))
    give(page, "#own-output", "drop", photo_file(tmp_path, "photo.png", (112, 80)))
    shows(page, (112, 80))
    expect(page.locator("#photo")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_what_is_no_photo_leaves_the_last_one_and_says_why(visit: Opener, tmp_path: Path, locale: str) -> None:
    catalog = CATALOGS["zh-CN" if locale == "zh-CN" else "en"]
    page = visit(PHONE, locale=locale)
    upload(page, photo_file(tmp_path, "beach.png", (96, 80)))
    shows(page, (96, 80))
    before = page.locator(PREVIEW).get_attribute("src")
    status = page.locator(".photo-status")

    address = {"text/uri-list": "https://example.com/a.jpg", "text/html": '<img src="https://example.com/a.jpg">'}
    for kind in ("drop", "paste"):
        assert give(page, ".tile", kind, texts=address)
        expect(status).to_have_text(catalog.messages["photo_address"])

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    give(page, "body", "drop", broken)
    expect(status).to_contain_text(catalog.errors.get("picture", "broken.png"), timeout=PAINTED)
    assert page.locator(PREVIEW).get_attribute("src") == before
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_a_tile_of_the_page_and_plain_text_are_no_photo(visit: Opener) -> None:
    page = visit()
    page.locator(".tile img").first.dispatch_event("dragstart")
    give(page, "#slider", "drop", texts={"text/uri-list": page.url, "text/html": "<img src='x'>"})
    assert not give(page, "body", "paste", texts={"text/plain": "hello"})
    expect(page.locator(".photo-status")).to_have_text("")


def test_a_photo_is_replaced_and_removed(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    upload(page, photo_file(tmp_path, "first.png", (96, 80)))
    shows(page, (96, 80))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace", exact=True).click()
    chooser.value.set_files(photo_file(tmp_path, "second.png", (112, 80)))
    shows(page, (112, 80))
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(PREVIEW)).to_be_hidden()
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_example", timeout=PAINTED)


def test_the_photo_brought_last_is_shown_even_if_an_earlier_one_takes_longer(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile("component_server"), hold_first)
    with page.expect_request(re.compile("component_server")):
        give(page, "body", "drop", photo_file(tmp_path, "slow.png", (96, 80)))
    give(page, "body", "drop", photo_file(tmp_path, "quick.png", (112, 80)))
    shows(page, (112, 80))
    with page.expect_response(re.compile("component_server")):
        held[0].continue_()
    shows(page, (112, 80))
    expect(page.locator(".photo-status")).to_have_text("")


def test_a_reload_while_a_photo_is_on_its_way_loses_neither_it_nor_the_one_before(
    visit: Opener, tmp_path: Path
) -> None:
    page = visit()
    first, other = photo_file(tmp_path, "first.png", (96, 80)), photo_file(tmp_path, "other.png", (112, 80))
    upload(page, first)
    broken = tmp_path / "broken.png"
    broken.write_text("no picture")
    for file, size, state in ((broken, (96, 80), "failed"), (other, (112, 80), "")):
        settled(page)  # the browser logs what else breaks off
        page.route("**/upload*", lambda route: None)
        page.locator("#photo input[type=file]").first.set_input_files(file)
        page.wait_for_function("() => history.state.wanted")
        page.unroute("**/upload*")
        page.reload()
        shows(page, size)
        expect(page.locator(".photo-status")).to_have_attribute("data-state", state, timeout=PAINTED)
    assert page.evaluate("window.stylize.keptPhotos.all().then((all) => all.map(({ name }) => name))") == ["other.png"]


def test_a_photo_that_is_not_sent_says_so(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    page.route("**/upload*", lambda route: route.fulfill(status=200, body="not what was asked for"))
    give(page, "body", "drop", photo_file(tmp_path, "lost.png", (96, 80)))
    expect(page.locator(".photo-status")).to_have_text(CATALOGS["en"].messages["photo_not_sent"])
    page.locator("#photo input").evaluate(
        "input => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(6e7)], 'huge.png'));"
        "input.files = data.files; input.dispatchEvent(new Event('change')); }"
    )
    expect(page.locator(".photo-status")).to_contain_text("huge.png is too large")


def test_a_photo_is_taken_with_the_camera(visit: Opener) -> None:
    page = visit()
    page.get_by_role("button", name="Camera", exact=True).click()
    page.wait_for_function("document.querySelector('.photo-camera video').videoWidth > 0")
    page.get_by_role("button", name="Take the photo").click()
    page.wait_for_function("document.querySelector('.photo-frame img').naturalWidth > 0", timeout=PAINTED)
    expect(page.locator(".photo-camera")).to_be_hidden()


def test_what_is_drawn_before_a_new_photo_is_painted_is_not_on_it(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    upload(page, photo_file(tmp_path, "first.png", (96, 80)))
    expect(page.locator("#caption .facts")).to_contain_text("96 × 80", timeout=PAINTED)
    page.get_by_role("radio", name="Mask").check(force=True)
    held: list[Route] = []
    page.route(
        re.compile("/queue/join"), lambda route: held.append(route)
    )  # the new photo is there, and its painting not yet
    give(page, "body", "drop", photo_file(tmp_path, "second.png", (112, 80)))
    shows(page, (112, 80))
    expect(page.locator('.request-status[data-kind="viewer"]')).to_have_attribute("data-state", "open")
    page.locator("#viewer canvas").press("Space")
    page.locator(".mask-invert").click()
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page.locator("#caption .facts")).to_contain_text("112 × 80", timeout=PAINTED)
    painted(page)
    assert page.evaluate("window.stylize.mask") == ""
    expect(page.locator(".mask-invert")).to_have_attribute("aria-pressed", "false")
    page.locator("#viewer canvas").press("Space")
    page.wait_for_function("window.stylize.mask.startsWith('data:image/png')")
