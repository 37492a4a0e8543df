"""Nothing in the viewer that looks finished is not; what failed is in test_requests.py."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Route, expect

from .steps import PAINTED, PHONE, WIDE, Opener, resize, upload

RECORD = """() => {
  const status = document.querySelector('.request-status[data-kind="viewer"]');
  window.seen = [];
  new MutationObserver(() => window.seen.push([
    status.dataset.step, document.getElementById("viewer").dataset.painting, status.firstChild.textContent,
  ])).observe(status, { attributes: true, childList: true, subtree: true });
}"""


def test_while_a_request_waits_the_older_painting_is_marked(visit: Opener) -> None:
    page = visit(PHONE)
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route))
    page.locator('.tile[data-style="udnie"] .tile-choose').click()
    status = page.locator('.request-status[data-kind="viewer"]')
    expect(status).to_be_visible()
    expect(page.locator("#viewer")).to_have_attribute("data-painting", "old")
    page.wait_for_function("getComputedStyle(document.querySelector('.viewer-painting')).filter !== 'none'")
    expect(page.locator("#viewer")).to_have_attribute("data-photo", "wanted")
    for size in (PHONE, WIDE):
        resize(page, size)
        expect(page.locator("#download-options summary")).to_contain_text("wait for your painting", use_inner_text=True)
        expect(status).to_have_text(re.compile("^In line: "), use_inner_text=True)
    expect(page.locator("#caption h2")).to_have_text("The Great Wave off Kanagawa")
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(status).to_have_attribute("data-state", "answered", timeout=PAINTED)
    expect(status).to_be_hidden()
    expect(page.locator("#viewer")).to_have_attribute("data-painting", "painted")
    expect(page.locator("#download-options summary")).to_contain_text("Other formats", use_inner_text=True)
    page.wait_for_function("getComputedStyle(document.querySelector('.viewer-painting')).filter === 'none'")


def test_a_preview_is_called_one(visit: Opener, tmp_path: Path) -> None:
    page = visit()
    large = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((1500, 1000)).convert("RGB").save(large)
    page.evaluate(RECORD)
    upload(page, large)
    expect(page.locator("#viewer")).to_have_attribute("data-photo", "old")
    status = page.locator('.request-status[data-kind="viewer"]')
    expect(status).to_have_attribute("data-state", "answered", timeout=PAINTED)
    expect(page.locator("#viewer")).to_have_attribute("data-photo", "wanted")
    steps = page.evaluate("window.seen")
    assert ["preview", "preview", "A preview; painting at full size"] in steps
    assert steps[-1][1] == "painted"
