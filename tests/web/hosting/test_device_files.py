"""What a browser gets to paint by itself: scripts and a model, made once, and nothing beside them."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from stylize import Stylizer
from stylize.web.app_context import AppContext
from stylize.web.config import WebConfig
from stylize.web.hosting.device_files import DeviceModel


@pytest.fixture
def context() -> AppContext:
    return AppContext(Stylizer(device="cpu").for_strangers(), WebConfig(styles=("udnie", "the_kiss")))


def answer(address: str) -> tuple[str, str, bytes]:
    with urlopen(address) as found:
        return found.headers["content-type"], found.headers["cache-control"], found.read()


def test_the_page_serves_the_scripts_and_a_model_of_its_painter(whole: str) -> None:
    kind, _, script = answer(f"{whole}device/webgpu/painter.js")
    assert kind.startswith("text/javascript")
    assert b"export class WebGpuPainter" in script
    kind, kept, description = answer(f"{whole}device/model/painter.json")
    about = json.loads(description)
    assert (kind, kept) == ("application/json", "no-cache")
    assert {style["id"] for style in about["styles"]} > {"photo", "udnie"}
    _, kept, weights = answer(f"{whole}device/model/{about['weights']}")
    assert "immutable" in kept
    assert len(weights) > 1_000_000


@pytest.mark.parametrize(
    "path",
    ["webgpu/", "webgpu/other.js", "webgpu/../site/site.js", "webgpu/..%2Fsite%2Fsite.js", "model/", "model/no.bin",
     "model/..%2F..%2Fapp.py", "site/site.js", ""],
)  # fmt: skip
def test_there_is_nothing_beside_them(whole: str, path: str) -> None:
    with pytest.raises(HTTPError) as error:
        urlopen(f"{whole}device/{path}")
    assert error.value.code == 404
    error.value.close()


def test_the_model_is_made_once_for_the_styles_on_show(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []

    def made(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        folder = Path(command[command.index("--out") + 1])
        (folder / "painter.json").write_text("{}")
        (folder / "painter-1.bin").write_bytes(b"weights")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", made)
    model = DeviceModel(context)
    assert model.file("painter-1.bin") is None  # nobody asked for the description yet
    assert (model.file("painter.json") or Path()).read_text() == "{}"
    assert (model.file("painter-1.bin") or Path()).read_bytes() == b"weights"
    assert model.file("painter.json") is not None
    (command,) = commands
    assert command[0] == sys.executable
    assert command[-2:] == ["udnie", "the_kiss"]


@pytest.mark.parametrize("trouble", ["no extra", "no time", "no program"])
def test_without_a_model_the_server_paints(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    tried = []

    def failing(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        tried.append(command)
        if trouble == "no time":
            raise subprocess.TimeoutExpired(command, 1)
        if trouble == "no program":
            raise OSError("no such file")
        return subprocess.CompletedProcess(command, 1, "", "error: install stylize[train]")

    monkeypatch.setattr(subprocess, "run", failing)
    model = DeviceModel(context)
    assert model.file("painter.json") is None
    assert model.file("painter.json") is None
    assert len(tried) == 1
    assert "no painter for visitors' devices" in caplog.text
