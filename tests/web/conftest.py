"""The page as a host runs it (`python app.py`), served once for all of its tests; and its handlers without a server."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

import stylize
from stylize import Style, Stylizer
from stylize.web.app_context import AppContext
from stylize.web.config import WebConfig
from stylize.web.services import training_jobs

ROOT = Path(stylize.__file__).parents[1]
FEW = ("great_wave", "starry_night", "the_kiss", "the_scream", "udnie")


QUICK = {  # few styles, whose wall is soon painted
    "STYLIZE_STYLES": ",".join(FEW),
    "STYLIZE_TEACH_STEPS": "2",
    "STYLIZE_OPTIMISE_STEPS": "4",
    "STYLIZE_MAX_FILM_SECONDS": "5",
}


def clean_environment(is_measured: bool = False) -> dict[str, str]:
    """Without the host's settings. A page's lines are counted only if it `is_measured`: then it starts half as fast."""
    left_out = ("STYLIZE_", "GRADIO_") if is_measured else ("STYLIZE_", "GRADIO_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


@contextmanager
def serving(environment: Mapping[str, str] = {}, is_measured: bool = False) -> Iterator[str]:
    """The address of a page of its own, with these environment variables."""
    given = clean_environment(is_measured) | {"STYLIZE_DEVICE": "cpu", "PYTHONUNBUFFERED": "1", **environment}
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
    """A page with few styles."""
    with serving(QUICK, is_measured=True) as address:
        yield address


@pytest.fixture(scope="session")
def whole() -> Iterator[str]:
    """A page as it comes, with every style."""
    with serving() as address:
        yield address


@pytest.fixture
def app(painter: Stylizer) -> AppContext:
    return AppContext(
        painter.for_strangers(), WebConfig(styles=("the_scream", "udnie", "the_kiss"), max_video_seconds=1)
    )


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> str:
    """The path of a visitor's photo."""
    path = tmp_path / "beach.jpg"
    astronaut.resize((160, 96)).save(path)
    return str(path)


@pytest.fixture
def own_style(painter: Stylizer) -> Style:
    """A style that no gallery has."""
    vector = painter.vector({"udnie": 0.5, "the_scream": 0.5})
    return Style("my_mix", "My <mix>", painter=painter.styles["udnie"].painter, vector=vector)


@pytest.fixture
def worker_code(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces the program of the training process by a few lines of Python."""
    monkeypatch.setattr(training_jobs, "is_available", lambda: True)
    training_jobs._pool.clear()  # what another test may have prepared

    def use(code: str) -> None:
        monkeypatch.setattr(training_jobs, "COMMAND", (sys.executable, "-c", "import json, sys, time, os\n" + code))

    return use
