"""What visitors do, as steps that tests share."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

WIDE, PHONE = (1440, 900), (390, 844)
PAINTED = 60_000  # milliseconds that painting may take on a busy machine

Opener = Callable[..., Page]


def upload(page: Page, path: Path) -> None:
    page.locator("#photo input[type=file]").first.set_input_files(path)
    expect(page.locator("#photo img")).to_be_visible(timeout=PAINTED)


def painted(page: Page) -> None:
    """Wait for the full-size painting."""
    expect(page.locator("#plaque .facts")).to_have_attribute("data-word", "painted", timeout=PAINTED)


def choose(page: Page, style: str) -> None:
    """Choose a tile and wait for its full-size painting."""
    tile = page.locator(f'.tile[data-style="{style}"]')
    tile.locator(".tile-choose").click()
    title = tile.locator(".tile-title").inner_text()
    expect(page.locator("#plaque h2")).to_have_text(title, timeout=PAINTED)
    painted(page)


def open_room(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
