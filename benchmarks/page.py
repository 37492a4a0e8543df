"""What a visitor waits for: the page itself, the first tile of the wall, the whole wall, the painting on the easel;
and with a painting of their own, the photo in its style at once, the first preview of a lesson, the taught style.

    python -m benchmarks.page
    python -m benchmarks.page --rounds 9 --out docs/performance.md

A real Chromium on the same machine, with an empty cache each time. Times are those of the browser's own clock.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from skimage import data

from benchmarks import report, serving

PHOTOS = {"1 megapixel": (1155, 866), "12 megapixels": (4000, 3000)}  # width and height
WINDOW = {"width": 1440, "height": 900}
PATIENCE = 300_000  # milliseconds
CHOOSING = 5_000  # milliseconds from entering the room to a painting found and dropped

# Usable: there is a place for a photo, the easel shows a painting and the wall its tiles.
_USABLE = """() => {
  const there = (image) => image && image.complete && image.naturalWidth > 0;
  const tiles = [...document.querySelectorAll(".tile img")];
  return document.querySelector("#photo input[type=file]") && tiles.length > 0 && tiles.slice(0, 4).every(there)
    && there(document.querySelector("#slider img")) ? performance.now() : false;
}"""

_WATCH = """(width) => {
  const marks = window.marks = {};
  document.querySelector("#photo").addEventListener("change", () => { marks.dropped = performance.now(); }, true);
  document.addEventListener("load", (event) => {
    if (marks.dropped && event.target.closest?.(".tile")) marks.first ??= performance.now();
  }, true);
  const look = () => {
    const now = performance.now();
    if (marks.dropped) {
      const state = document.querySelector(".gallery-status").dataset.state;
      const images = [...document.querySelectorAll(".tile img")];
      if (state === "gallery_done" && images.every((image) => image.complete)) marks.all ??= now;
      const facts = document.querySelector("#caption .facts");
      if (facts?.dataset.i18n === "painted" && facts.dataset.width === String(width)) marks.easel ??= now;
    }
    requestAnimationFrame(look);
  };
  look();
}"""

_MARKS = """() => {
  const { dropped, first, all, easel } = window.marks;
  return first && all && easel ? [first - dropped, all - dropped, easel - dropped] : false;
}"""

_WATCH_OWN = """() => {
  const marks = window.marks = {};
  const status = document.querySelector(".own-status"), bar = document.querySelector("#own-view progress");
  document.querySelector("#own-file").addEventListener("change", () => { marks.dropped = performance.now(); }, true);
  document.querySelector("#own-teach").addEventListener("click", () => { marks.asked = performance.now(); }, true);
  const look = () => {
    const now = performance.now(), state = status.dataset.state;
    if (document.querySelector(".own-result img").complete) {
      if (state === "own_instant_done") marks.instant ??= now;
      if (state === "own_teaching" && bar.value > 0) marks.preview ??= now;  // not what was there before
      if (state === "own_taught_done") marks.taught ??= now;
    }
  };
  setInterval(look, 50);  // a minute of drawn frames would take the lesson's cores
}"""

_OWN_MARKS = """() => {
  const { dropped, instant, asked, preview, taught } = window.marks;
  return taught ? [instant - dropped, preview - asked, taught - asked] : false;
}"""


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="visits of each kind (default %(default)s)")
    parser.add_argument("--lessons", type=int, default=3, help="paintings taught (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    with serving.page() as address, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=serving.chromium(), args=["--no-sandbox"])
        text = measure(browser, address, Path(folder), arguments.rounds, arguments.lessons)
        browser.close()
    report.publish("page", text, arguments.out)
    return 0


def measure(browser: Browser, address: str, folder: Path, rounds: int, lessons: int) -> str:
    """Visit the page over and over; returns Markdown."""
    rows: dict[str, list[float]] = {}
    for name, size in PHOTOS.items():
        photo = folder / f"{name.replace(' ', '-')}.jpg"
        report.photo(*size).save(photo, quality=92)
        visit(browser, address, photo, size[0])  # what is done once
        for _ in range(rounds):
            opened, first, everything, easel = visit(browser, address, photo, size[0])
            rows.setdefault("opening the page to a finished example", []).append(opened)
            rows.setdefault(f"dropping {name} to the first tile", []).append(first)
            rows.setdefault(f"dropping {name} to the whole wall", []).append(everything)
            rows.setdefault(f"dropping {name} to the full-size painting", []).append(easel)
    painting = folder / "painting.jpg"
    Image.fromarray(data.immunohistochemistry()).save(painting, quality=92)
    for _ in range(lessons):
        instant, preview, taught = lesson(browser, address, painting)
        rows.setdefault("dropping a painting to the photo in its style", []).append(instant)
        rows.setdefault("asking for a lesson to its first preview", []).append(preview)
        rows.setdefault("asking for a lesson to the taught style", []).append(taught)
    body = [[name, f"{statistics.median(times):.2f}", f"{max(times):.2f}"] for name, times in rows.items()]
    return (
        f"## What a visitor waits for\n\n`python -m benchmarks.page` on {report.machine()} The browser runs on the "
        f"same cores, with an empty cache.\n\n{report.table(['from', 'median s', 'slowest s'], body)}\n"
    )


def visit(browser: Browser, address: str, photo: Path, width: int) -> tuple[float, float, float, float]:
    """A visitor with a photo `width` pixels wide: seconds until the page is usable; drop to first tile, wall, easel."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(address, wait_until="commit")
        opened = page.wait_for_function(_USABLE, timeout=PATIENCE).json_value()
        page.evaluate(_WATCH, width)
        page.locator("#photo input[type=file]").first.set_input_files(photo)
        first, everything, easel = page.wait_for_function(_MARKS, timeout=PATIENCE).json_value()
        return opened / 1e3, first / 1e3, everything / 1e3, easel / 1e3
    finally:
        context.close()


def lesson(browser: Browser, address: str, painting: Path) -> tuple[float, float, float]:
    """A visitor who has a painting taught: seconds from its drop to its style, from the click to preview and end."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(address)
        page.wait_for_function(_USABLE, timeout=PATIENCE)
        page.get_by_role("tab").nth(1).click()
        page.evaluate(_WATCH_OWN)
        page.wait_for_timeout(CHOOSING)
        page.locator("#own-file input[type=file]").set_input_files(painting)
        page.wait_for_function("() => window.marks.instant", timeout=PATIENCE)
        page.locator("#own-teach").click()
        asked = page.wait_for_function(_OWN_MARKS, timeout=PATIENCE, polling=200)
        instant, preview, taught = asked.json_value()
        return instant / 1e3, preview / 1e3, taught / 1e3
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
