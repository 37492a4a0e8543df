"""The page as a host runs it (`python app.py`), served once for all of its tests, and a real Chromium."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import stylize

from .steps import PAINTED, WIDE, Opener

ROOT = Path(stylize.__file__).parents[1]
FEW = ("great_wave", "starry_night", "the_kiss", "the_scream", "udnie")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

expect.set_options(timeout=20_000)  # milliseconds; the default of five is too little on a busy machine


@contextmanager
def serving(environment: Mapping[str, str] = {}) -> Iterator[str]:
    """The address of a page of its own, with these environment variables."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("STYLIZE_", "GRADIO_"))}
    given |= {"STYLIZE_DEVICE": "cpu", "PYTHONUNBUFFERED": "1", **environment}
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"Running on local URL:\s+(http://\S+)", line):
                    yield found[1].rstrip("/") + "/"
                    break
            else:
                pytest.fail(f"app.py ended without an address:\n{said}")
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """A page with few styles, whose wall is soon painted."""
    quick = {"STYLIZE_TEACH_STEPS": "2", "STYLIZE_OPTIMISE_STEPS": "4", "STYLIZE_MAX_FILM_SECONDS": "5"}
    with serving({"STYLIZE_STYLES": ",".join(FEW), **quick}) as address:
        yield address


@pytest.fixture(scope="session")
def whole() -> Iterator[str]:
    """A page as it comes, with every style."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = f"no browser found; install one of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Opener]:
    """Opens the page; at the end, no page may have logged an error or asked another machine for anything."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(known) else complaints.append(request.url))

    known = ("http://127.0.0.1:", "data:", "blob:")

    def open_page(size: tuple[int, int] = WIDE, query: str = "", at: str = url, **options: Any) -> Page:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(at + query)
        expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    astronaut.resize((640, 420)).save(path)
    return path
