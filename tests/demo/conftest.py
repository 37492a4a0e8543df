"""The page as a host runs it (`python app.py`), served once for all of its tests, and a real Chromium."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


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
