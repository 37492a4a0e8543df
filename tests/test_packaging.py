"""The wheel is complete: unpacked away from the checkout, it paints."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from PIL import Image

import stylize
from benchmarks import installation

ROOT = Path(__file__).resolve().parent.parent


def build(kind: str, source: Path, folder: Path) -> Path:
    """A wheel or an sdist of a source tree, built without asking the network for anything."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    with zipfile.ZipFile(build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    wheel.extractall(folder)
    return folder


@pytest.fixture
def away(unpacked, tmp_path, monkeypatch) -> Path:
    """An empty folder, from which `import stylize` finds the unpacked wheel and not the checkout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(unpacked))
    return tmp_path


def content(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in paths}


def test_the_wheel_holds_the_package_and_the_models_and_nothing_else(wheel):
    wanted = content(ROOT / "stylize") | {f"stylize/{name}" for name in content(ROOT / "models")}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == wanted
    assert "stylize/py.typed" in wanted
    assert "stylize/models/painter.onnx" in wanted


def test_no_file_of_the_wheel_is_a_pointer_to_a_large_file_store(wheel):
    assert not [name for name in wheel.namelist() if wheel.read(name).startswith(b"version https://git-lfs")]
    assert "filter=" not in (ROOT / ".gitattributes").read_text(encoding="utf-8")


def test_the_metadata_tell_version_licence_and_command(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = message_from_string(wheel.read(name).decode())
    assert metadata["Version"] == stylize.__version__
    assert metadata["License-Expression"] == "MIT"
    fonts = content(ROOT / "stylize" / "fonts")
    assert set(metadata.get_all("License-File")) == {"LICENSE", *(name for name in fonts if name.endswith(".LICENSE"))}
    assert {"page", "train", "ray", "test"} == set(metadata.get_all("Provides-Extra"))
    scripts = wheel.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert "stylize = stylize.cli:run" in scripts


def test_the_changelog_has_this_version():
    headings = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert any(stylize.__version__ in heading for heading in headings)


def test_the_tests_that_an_installed_wheel_must_pass_are_there():
    assert all((ROOT / "tests" / name).exists() for name in installation.TESTS)
    assert (ROOT / installation.NEEDS_TORCH).exists()


def test_the_wheel_paints_from_another_folder(away, unpacked):
    Image.effect_mandelbrot((96, 72), (-2, -1, 1, 1), 50).convert("RGB").save("photo.png")
    command = [sys.executable, "-m", "stylize", "photo.png", "--style", "the_scream", "-o", "painted.png"]
    subprocess.run(command, check=True, env=os.environ | {"STYLIZE_DEVICE": "cpu"})
    with Image.open(away / "painted.png") as painted:
        assert painted.size == (96, 72)
    where = subprocess.run(
        [sys.executable, "-c", "import stylize; print(stylize.__file__)"], check=True, capture_output=True, text=True
    )
    assert Path(where.stdout.strip()).is_relative_to(unpacked)


def test_a_wheel_of_the_sdist_holds_the_same(wheel, tmp_path):
    with tarfile.open(build("sdist", ROOT, tmp_path)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # of Python 3.11.4 and later
        archive.extractall(tmp_path)
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    with zipfile.ZipFile(build("wheel", source, tmp_path)) as again:
        assert sorted(again.namelist()) == sorted(wheel.namelist())
