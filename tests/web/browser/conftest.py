"""A real Chromium on the page; no page may log an error or ask another machine for anything."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from ..conftest import QUICK, serving
from .steps import PAINTED, WIDE, Opener

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first

SOFTWARE_GPU = (
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-gl=angle",  # else a canvas of WebGPU ends the process that has the device
    "--use-angle=swiftshader",
    "--disable-gpu-compositing",  # pages are put together sooner without
    "--ignore-gpu-blocklist",
    "--disable-gpu-watchdog",  # a busy machine is slow, and not stuck
)

expect.set_options(timeout=20_000)  # milliseconds; the default of five is too little on a busy machine


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def gpu_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser with WebGPU, computed by the processor: right, and slow."""
    with launched(playwright, *SOFTWARE_GPU) as browser:
        yield browser


@contextmanager
def launched(playwright: Playwright, *options: str) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = f"no browser found; install one of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    usual = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = playwright.chromium.launch(executable_path=path, args=[*usual, *options])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """A page with few styles. What serves it is measured by the tests without a browser."""
    with serving(QUICK) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Opener]:
    """Opens the page; at the end, no page may have logged an error, asked another machine or lost its server."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    said: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda line: (complaints if line.type == "error" else said).append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(known) else complaints.append(request.url))

    known = ("http://127.0.0.1:", "data:", "blob:")

    def open_page(
        size: tuple[int, int] = WIDE, query: str = "", at: str = url, seen: str = ".tile", **options: Any
    ) -> Page:
        width, height = size
        still = {"reduced_motion": "reduce"}  # what moves while a painting is waited for takes half of the processor
        context = browser.new_context(viewport={"width": width, "height": height}, **still | options)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(at + query)
        expect(page.locator(seen).first).to_be_visible(timeout=PAINTED)
        return page

    yield open_page
    for context in contexts:
        lost = [page.url for page in context.pages if page.locator(".connection").count()]
        complaints += [f"the connection was lost: {address}" for address in lost]
        context.close()
    assert complaints == [], said


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    astronaut.resize((400, 262)).save(path)  # large enough to look at, and soon painted
    return path
