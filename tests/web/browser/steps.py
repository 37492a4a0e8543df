"""What visitors do, as steps that tests share."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from stylize import Stylizer, styles

WIDE, PHONE = (1440, 900), (390, 844)
PAINTED = 60_000  # milliseconds that painting may take on a busy machine

NO_CLIPBOARD = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
}"""

Opener = Callable[..., Page]


def upload(page: Page, path: Path) -> None:
    page.locator("#photo input[type=file]").first.set_input_files(path)
    expect(page.locator(".photo-frame img")).to_be_visible(timeout=PAINTED)


def painted(page: Page) -> None:
    """Wait for the full-size painting."""
    expect(page.locator("#caption .facts")).to_have_attribute("data-i18n", "painted", timeout=PAINTED)


def choose(page: Page, style: str) -> None:
    """Choose a tile and wait for its full-size painting."""
    tile = page.locator(f'.tile[data-style="{style}"]')
    tile.locator(".tile-choose").click()
    title = tile.locator(".tile-title").inner_text()
    expect(page.locator("#caption h2")).to_have_text(title, timeout=PAINTED)
    painted(page)


def resize(page: Page, size: tuple[int, int]) -> None:
    """Make the window this large; nothing may be wider."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fits = "() => document.documentElement.scrollWidth <= innerWidth"
    page.wait_for_function(fits)


def gallery_painted(page: Page) -> None:
    """Wait for the whole gallery."""
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_done", timeout=PAINTED)


def reload(page: Page) -> None:
    """Load the page anew once nothing is asked for any more: the browser logs what breaks off."""
    settled(page)
    page.reload()


def settled(page: Page) -> None:
    """Wait until nothing is asked for any more."""
    painted(page)
    for waits in ('.request-status[data-state="open"]', '[data-state="gallery_busy"], [data-state="gallery_waiting"]'):
        expect(page.locator(waits)).to_have_count(0, timeout=PAINTED)
    nothing_open(page)


def nothing_open(page: Page) -> None:
    """Wait until no request is open: one that stayed so would be taken for lost, and the page would reload."""
    page.wait_for_function("!Object.keys(window.stylize.openRequests()).length", timeout=PAINTED)


def mix(page: Page, title: str) -> None:
    """Mix a second painter in and wait for the blend."""
    page.locator("#blend button").first.click()
    share = page.locator("#second-share input[type=range]")
    expect(share).to_be_disabled()  # nobody has none
    page.locator("#second-style input").click()
    page.get_by_role("option", name=title).click()
    expect(page.locator("#caption h2")).to_contain_text("+", timeout=PAINTED)
    expect(share).to_be_enabled()
    painted(page)


def bring(page: Page, path: Path | list[Path]) -> None:
    """Bring a painting, several of one hand, or a style file."""
    page.locator("#own-file input[type=file]").set_input_files(path)


def open_tab(page: Page, name: str) -> None:
    """Open a tab, which a narrow window may keep in the menu of the rest."""
    page.get_by_role("tab", name=name, exact=True).click()


def style_file(painter: Stylizer, folder: Path) -> Path:
    """A style that no gallery has, as another host would send it."""
    path = folder / "mine.safetensors"
    vector = painter.vector({"udnie": 0.5, "the_scream": 0.5})
    sha = painter.styles["udnie"].painter
    styles.save(styles.Style("mine", "Mine", painter=sha, vector=vector), path)
    return path
