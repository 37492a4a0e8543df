"""Every word that a visitor sees, hears or hovers over is in their language: the page in Chinese has no Latin word."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from stylize.web.locale.catalog import CATALOGS

from ..conftest import serving
from .steps import PAINTED, PHONE, Opener, bring, gallery_painted, open_tab, upload

SAID = CATALOGS["zh-CN"].texts

# Names, formats and units that Chinese readers write in Latin letters, too.
LATIN = {
    "stylize", "jpeg", "jpg", "png", "webp", "avif", "heic", "tiff", "gif", "bmp", "pdf", "mp4", "mb", "cpu", "beach",
    "onnx", "runtime", "python", "pytorch", "pip", "install", "gradio", "client", "shift", "curl", "mcp", "api",
    "server", "true", "a4", "a3", "a2", "train", "artist", "docs", "artists", "md", "txt",
}  # fmt: skip
# Code is the same in every language, and the model card says that it is in English.
SEEN = """() => {
  const skipped = "#model-card-text, .cm-editor, code, pre, script, style, noscript, textarea";
  const said = [];
  for (const element of document.querySelectorAll("body, body *")) {
    said.push(element.dataset?.said ?? ""); // which the style sheet shows in place of the element
    if (element.closest(skipped) || !element.checkVisibility({ visibilityProperty: true })) continue;
    for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) said.push(child.textContent);
    for (const name of ["alt", "title", "aria-label", "placeholder"]) said.push(element.getAttribute(name) ?? "");
    if (element.tagName === "INPUT" && element.readOnly === false && element.type === "text") said.push(element.value);
  }
  return said;
}"""


def latin(page: Page) -> list[str]:
    """The texts on show with a Latin word that does not belong there."""
    found = []
    for text in dict.fromkeys(page.evaluate(SEEN)):
        plain = re.sub(r"https?://\S+|\{.*?\}", "", text)
        words = {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]+", plain.replace("_", " "))}
        if words - LATIN:
            found.append(text.strip())
    return found


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_where_nothing_can_be_dropped_nobody_is_told_to(visit: Opener, language: str) -> None:
    page, said = visit(PHONE, locale=language, has_touch=True, is_mobile=True), CATALOGS[language]
    for tab in ("paint", "own", "compare", "live"):
        open_tab(page, said.texts[f"tab_{tab}"])
        assert [text for text in page.evaluate(SEEN) if re.search(r"\bdrop|拖", text, re.IGNORECASE)] == []
    expect(page.locator("#own-file [data-said]")).to_have_attribute("data-said", said.texts["own_drop_tap"])


HIDDEN_STATUS = """() => [...document.querySelectorAll("[data-testid=status-tracker].hide")].map(
  (status) => status.checkVisibility({ visibilityProperty: true }))"""


def test_the_status_that_gradio_hides_is_not_read_aloud_either(visit: Opener) -> None:
    read = visit().evaluate(HIDDEN_STATUS)
    assert read
    assert not any(read)


def test_in_chinese_no_other_word_is_seen(visit: Opener, beach: Path, tmp_path: Path) -> None:
    page = visit(locale="zh-CN")
    assert latin(page) == []
    upload(page, beach)
    gallery_painted(page)
    page.locator("#blend button").first.click()
    page.locator("#second-style input").click()
    assert latin(page) == []
    page.keyboard.press("Escape")
    page.locator("#download-options summary").click()
    page.locator("#view-mode label").last.click()
    assert latin(page) == []
    for style in ("udnie", "the_kiss"):
        page.locator(f'.tile[data-style="{style}"] .tile-pin').click(force=True)
    page.locator(".pin-bar button").click()
    expect(page.locator(".panes img")).to_have_count(2, timeout=PAINTED)
    assert latin(page) == []

    broken = tmp_path / "beach.txt"
    broken.write_text("words")
    open_tab(page, SAID["tab_own"])
    bring(page, broken)
    expect(page.locator(".own-status")).to_have_attribute("data-state", "own_failed", timeout=PAINTED)
    assert latin(page) == []
    open_tab(page, SAID["tab_live"])
    page.locator("#video-start").click()
    expect(page.locator(".video-status")).to_have_attribute("data-state", "video_missing", timeout=PAINTED)
    assert latin(page) == []
    open_tab(page, SAID["tab_about"])
    assert latin(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for tab in ("paint", "own", "compare", "live", "about"):  # all of it fits on a phone
        open_tab(page, SAID[f"tab_{tab}"])
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_a_full_line_is_told_in_the_visitors_language_and_can_be_tried_again(browser: Browser, beach: Path) -> None:
    """Nobody waits for ever in a line that they are not in."""
    with serving({"STYLIZE_STYLES": "udnie,the_scream", "STYLIZE_QUEUE": "1"}) as url:
        page = browser.new_page(locale="zh-CN")  # not by `visit`: the browser logs the refusal
        page.goto(url)
        expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
        full = {"detail": "Queue is full. Max size is 1 and size is 1."}
        page.route("**/queue/join*", lambda route: route.fulfill(status=503, json=full))
        upload(page, beach)
        for kind in ("viewer", "gallery"):
            status = page.locator(f'.request-status[data-kind="{kind}"]')
            expect(status).to_have_attribute("data-state", "failed", timeout=PAINTED)
        expect(page.locator("[data-testid=toast-text]").first).to_contain_text("队伍已满")
        expect(page.locator(".gallery-status")).to_be_empty()
        assert latin(page) == []
        page.unroute_all()
        page.locator('.request-status[data-kind="viewer"] button').click()
        gallery_painted(page)
        expect(page.locator('.request-status[data-kind="viewer"]')).to_have_attribute(
            "data-state", "answered", timeout=PAINTED
        )
        page.close()


def test_reduced_motion_is_kept_while_the_page_works(visit: Opener, beach: Path) -> None:
    page = visit(reduced_motion="reduce")
    page.locator("#photo input[type=file]").first.set_input_files(beach)
    expect(page.locator('.request-status[data-kind="gallery"]')).to_have_attribute("data-state", "open")
    moving = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(moving) == 0
    gallery_painted(page)
    assert page.evaluate(moving) == 0
