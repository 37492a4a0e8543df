"""Take the README's pictures of the page, from a real browser. Needs Debian's chromium.

python docs/screenshots.py
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from skimage import data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES = {"desktop": (1440, 1100), "phone": (390, 844)}  # width and height of the window, pixels
WAIT = 120_000  # milliseconds for a wall to be painted


def take(page: Page, address: str, photo: Path, target: Path) -> None:
    """Open the page, drop `photo`, and write what is seen when the wall is painted."""
    page.goto(address)
    page.locator("input[type=file]").first.set_input_files(photo)
    page.locator("#gallery-sheet").wait_for(state="visible", timeout=WAIT)  # it is there when the wall is whole
    write(page, target)


def take_own(page: Page, pattern: Path, target: Path) -> None:
    """On a page with a painted wall, drop `pattern` as a painting of one's own, and write what is seen then."""
    page.get_by_role("tab").nth(1).click()
    page.locator("#own-file input[type=file]").set_input_files(pattern)
    page.locator("#own-show").wait_for(state="visible", timeout=WAIT)  # it is there when there is a style
    write(page, target)


def write(page: Page, target: Path) -> None:
    """Write what the window shows, once its pictures have come."""
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.screenshot(path=file.name)
        with Image.open(file.name) as picture:
            picture.convert("RGB").save(target, quality=85)


def main() -> None:
    """Write docs/page-<size>.jpg, and docs/page-own.jpg where there is a network for styles at once."""
    import app
    from stylize.web.app import launch_options

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    _, address, _ = app.demo.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        photo = Path(folder) / "astronaut.jpg"
        Image.fromarray(data.astronaut()).crop((0, 0, 512, 400)).resize((1536, 1200)).save(photo, quality=92)
        pattern = Path(folder) / "tissue.jpg"
        Image.fromarray(data.immunohistochemistry()).save(pattern, quality=92)  # CC0, and like a painting
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            take(page, address, photo, ROOT / "docs" / f"page-{name}.jpg")
            if name == "desktop" and (ROOT / "models" / "encoder.onnx").is_file():
                take_own(page, pattern, ROOT / "docs" / "page-own.jpg")
        browser.close()
    app.demo.close()


if __name__ == "__main__":
    main()
