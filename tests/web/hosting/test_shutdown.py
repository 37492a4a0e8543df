"""What a host meets: a page that is stopped, killed or cannot start, and visitors who leave."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from PIL import Image

import stylize
from stylize.web.hosting import shutdown

from ..conftest import clean_environment

ROOT = Path(stylize.__file__).parents[1]
LIMIT = 10.0  # seconds in which systems expect a stopped process to be gone
PATCHED = """
import runpy, time
from gradio import networking
from stylize import Cancelled, Stylizer

networking.url_ok = lambda url: False  # the machine is so busy that the page does not answer within three seconds
real = Stylizer.paint

def slow(*arguments, cancelled=None, **settings):
    if cancelled is not None:  # not the first picture on the easel
        print("began", flush=True)
        end = time.monotonic() + {seconds}
        while time.monotonic() < end:
            if cancelled():
                print("ended", flush=True)
                raise Cancelled("Nobody waits.")
            time.sleep(0.01)
    return real(*arguments, **settings)

Stylizer.paint = slow
runpy.run_path("app.py", run_name="__main__")
"""
CHOICE = ("udnie", 1.0, False, 1.0)
PATIENCE = 240.0  # seconds for one page, on a busy machine


@contextmanager
def running(*command: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A page of its own and its address."""
    given = {"STYLIZE_DEVICE": "cpu", "STYLIZE_STYLES": "udnie", "PYTHONUNBUFFERED": "1", **environment}
    run = [sys.executable, *(command or ["app.py"])]
    with subprocess.Popen(run, cwd=ROOT, env=clean_environment() | given, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout is not None
        alarm = threading.Timer(PATIENCE, page.kill)
        alarm.start()
        try:
            yield (
                page,
                next(
                    found[1].rstrip("/") + "/"
                    for line in page.stdout
                    if (found := re.search(r"URL:\s+(http://\S+)", line))
                ),
            )
        finally:
            alarm.cancel()
            page.kill()


@pytest.fixture
def photo(tmp_path: Path, astronaut: Image.Image) -> Path:
    path = tmp_path / "photo.jpg"
    astronaut.resize((96, 72)).save(path)
    return path


def ask(url: str, call: str, *data: Any) -> str:
    body = json.dumps({"data": data}).encode()
    with urlopen(Request(f"{url}gradio_api/call/{call}", body, {"Content-Type": "application/json"})) as answer:
        return str(json.load(answer)["event_id"])


def upload(url: str, photo: Path) -> dict[str, Any]:
    """An upload."""
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n%b\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    with urlopen(Request(f"{url}gradio_api/upload", body % photo.read_bytes(), kind)) as answer:
        return {"path": json.load(answer)[0], "meta": {"_type": "gradio.FileData"}}


def uploads(page: subprocess.Popen[str], temporary: Path) -> list[Path]:
    return list(temporary.glob(f"stylize-page-{page.pid}-*"))


@pytest.mark.parametrize("seconds", [1, 60])
def test_a_stopped_page_finishes_what_it_can_and_takes_nothing_new(tmp_path: Path, photo: Path, seconds: int) -> None:
    with running("-c", PATCHED.format(seconds=seconds), TMPDIR=str(tmp_path)) as (page, url):
        said = (line.strip() for line in page.stdout or ())
        event = ask(url, "stylize", upload(url, photo), *CHOICE)
        assert "began" in said
        assert uploads(page, tmp_path)
        page.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        with suppress(OSError, http.client.HTTPException):  # the longer one is broken off
            if seconds == 1:
                assert "event: complete" in listen(url, event, refused=True)
            else:
                listen(url, event)
        assert page.wait(LIMIT) == 0
        assert time.monotonic() - begin < LIMIT
        assert not uploads(page, tmp_path)


def listen(url: str, event: str, refused: bool = False) -> str:
    """What the page answers. With `refused`, another caller meanwhile has to be refused."""
    with urlopen(f"{url}gradio_api/call/stylize/{event}") as stream:
        if refused:
            assert refusal(url) == 503
        return str(stream.read().decode())


def refusal(url: str) -> int:
    """Asks until the page refuses: the signal has to arrive first."""
    while True:
        try:
            ask(url, "stylize", None, *CHOICE)
        except HTTPError as error:
            error.close()
            return error.code


def test_what_a_killed_page_left_behind_goes_with_the_next_start(tmp_path: Path) -> None:
    with running(TMPDIR=str(tmp_path)) as (page, _):
        page.kill()
        page.wait()
        (left,) = uploads(page, tmp_path)
    assert (left.stat().st_mode & 0o077) == 0
    with running(TMPDIR=str(tmp_path)) as (page, _):
        assert not left.exists()
        assert uploads(page, tmp_path)


def test_a_folder_that_the_host_chose_is_never_emptied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    shutdown.isolate_temp_files()
    assert os.environ["GRADIO_TEMP_DIR"] == str(tmp_path)
    shutdown._remove_temp_files(str(tmp_path))
    assert tmp_path.is_dir()


def test_painting_ends_for_a_caller_who_hangs_up(tmp_path: Path, photo: Path) -> None:
    with running("-c", PATCHED.format(seconds=60), TMPDIR=str(tmp_path)) as (page, url):
        said = (line.strip() for line in page.stdout or ())
        event = ask(url, "stylize", upload(url, photo), *CHOICE)
        caller = http.client.HTTPConnection(urlsplit(url).netloc)
        caller.request("GET", f"/gradio_api/call/stylize/{event}")
        assert "began" in said
        caller.close()
        assert "ended" in said


# What is wrong with a page's models, or with a variable (None), by what is said of it.
SPOILS: dict[str, Callable[[Path], object] | None] = {
    "painter.onnx": lambda models: (models / "painter.onnx").unlink(),
    "measure.onnx": lambda models: (models / "measure.onnx").unlink(),
    "measure.onnx is damaged": lambda models: (models / "measure.onnx").write_bytes(b"nonsense"),
    "lfs pull": lambda models: (models / "painter.onnx").write_text("version https://git-lfs.github.com/spec/v1"),
    "Export the run again": lambda models: (models / "styles" / "photo.safetensors").unlink(),
    "STYLIZE_QUEUE": None,
}
# Starts `app.py` of each folder with its value of STYLIZE_QUEUE; what is slow to import is imported once for all.
START = """
import os, runpy, sys
import gradio, onnxruntime

for folder, queue in zip(sys.argv[1::2], sys.argv[2::2]):
    if not os.fork():
        os.environ["STYLIZE_QUEUE"] = queue
        os.chdir(folder)
        sys.path[0] = folder
        os.dup2(os.open("said", os.O_CREAT | os.O_WRONLY), sys.stderr.fileno())
        runpy.run_path("app.py", run_name="__main__")
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)  # else each fork says it again
"""


def test_a_page_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    arguments = []
    for number, spoil in enumerate(SPOILS.values()):
        folder = tmp_path / str(number)
        shutil.copytree(ROOT / "stylize", folder / "stylize", ignore=shutil.ignore_patterns("__pycache__", "training"))
        shutil.copytree(ROOT / "models", folder / "models")
        shutil.copy(ROOT / "app.py", folder)
        if spoil is not None:
            spoil(folder / "models")
        arguments += [str(folder), "9" if spoil else "many"]
    environment = clean_environment() | {"PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
    )
    assert done.stdout.split() == [b"1"] * len(SPOILS)
    for words, folder in zip(SPOILS, arguments[::2], strict=True):
        (line,) = Path(folder, "said").read_text().splitlines()
        assert line.startswith("error: ")
        assert words in line
