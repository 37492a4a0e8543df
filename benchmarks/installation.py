"""The built wheel in empty environments, away from the checkout, with the lowest and the newest versions it admits.

    python -m benchmarks.installation
    python -m benchmarks.installation --versions lowest

In each, the light core paints a photo and says what the page needs; with the page, `stylize serve` answers a client.
With the lowest versions the tests of the serving path run against what was installed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TESTS = ("cli", "grid", "imaging", "inference", "video", "test_options.py", "test_styles.py", "test_stylizer.py")
NEEDS_TORCH = "tests/inference/test_style_predictor.py"  # imports it
PATIENCE = 120  # seconds that one command may take, pip and pytest apart

ABSENT = "import importlib.util as i, sys; sys.exit(any(map(i.find_spec, sys.argv[1:])))"
PHOTO = "from PIL import Image; Image.effect_mandelbrot((96, 72), (-2, -1, 1, 1), 50).convert('RGB').save('photo.png')"
CLIENT = """
import sys
from gradio_client import Client, handle_file
from PIL import Image
client = Client(sys.argv[1], verbose=False)
painted = client.predict(handle_file(sys.argv[2]), "great_wave", api_name="/stylize")
assert Image.open(painted).size == Image.open(sys.argv[2]).size
assert client.predict(api_name="/styles")
"""


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if anything failed; what failed is on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.installation", description=__doc__.split("\n")[0])
    parser.add_argument("--versions", nargs="+", choices=["lowest", "newest"], default=["lowest", "newest"])
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)], Path(folder))
        (wheel,) = Path(folder).glob("*.whl")
        for versions in arguments.versions:
            begin = time.perf_counter()
            try:
                check(wheel, Path(folder) / versions, pinned=versions == "lowest")
            except subprocess.SubprocessError as error:
                print(f"error: with the {versions} versions: {error}", file=sys.stderr)
                return 1
            print(
                f"{wheel.name} with the {versions} versions: well after {time.perf_counter() - begin:.0f} s", flush=True
            )
    return 0


def check(wheel: Path, home: Path, pinned: bool) -> None:
    """Install a wheel into an empty environment in `home` and use it there, with the lowest versions if `pinned`.

    Raises subprocess.SubprocessError for the first command that does not do what it should.
    """
    venv.create(home / "venv", with_pip=True)
    programs = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python, pip = str(programs / "python"), [str(programs / "pip"), "install", "-q", "--no-compile"]
    floors = lowest([*PROJECT["dependencies"], *EXTRAS["page"], *EXTRAS["train"]])
    constraints = home / "constraints.txt"
    constraints.write_text("\n".join(f"{name}=={floor}" for name, floor in floors.items()) if pinned else "")
    pip += ["-c", str(constraints)]
    away = home / "away"  # neither the checkout nor the package is near
    away.mkdir()

    run([*pip, str(wheel)], away, timeout=None)
    run([python, "-c", ABSENT, "torch", "gradio", "skimage"], away)
    paints(python, str(programs / "stylize"), away)
    run([*pip, f"{wheel}[page]"], away, timeout=None)
    run([python, "-c", ABSENT, "torch"], away)
    with serving([str(programs / "stylize"), "serve"], away) as address:
        run([python, "-c", CLIENT, address, "photo.png"], away)
    if pinned:
        run([*pip, "pytest", "pytest-xdist", "hypothesis", "onnx", "scikit-image"], away, timeout=None)
        # pytest itself, not python -m pytest, which puts the checkout on the path
        options = ["-n", "2", "--dist", "loadfile", "-o", "pythonpath=", "-p", "no:cacheprovider"]
        options += ["-m", "not training", f"--ignore={NEEDS_TORCH}"]
        run([str(programs / "pytest"), *options, *(f"tests/{name}" for name in TESTS)], ROOT, timeout=None)


def paints(python: str, stylize: str, away: Path) -> None:
    """Paint a photo in a folder with the light core alone; what needs the page names the extra that brings it."""
    run([python, "-c", PHOTO], away)
    run([stylize, "photo.png", "--style", "great_wave", "--device", "cpu", "-o", "painted.jpg"], away)
    run([python, "-c", "from PIL import Image; assert Image.open('painted.jpg').size == (96, 72)"], away)
    refused = subprocess.run([stylize, "serve"], cwd=away, capture_output=True, text=True, timeout=PATIENCE)
    if refused.returncode == 0 or 'pip install "stylize[page]"' not in refused.stderr or "Traceback" in refused.stderr:
        raise subprocess.SubprocessError(f"`stylize serve` without the page said: {refused.stderr or refused.stdout}")


@contextmanager
def serving(command: list[str], folder: Path) -> Iterator[str]:
    """The address of a page that `command` serves from `folder`, on a free port."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("STYLIZE_", "GRADIO_"))}
    given |= {"STYLIZE_DEVICE": "cpu", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=folder, env=given, stdout=subprocess.PIPE, text=True) as page:
        try:
            yield _address(page.stdout or sys.stdin)
        finally:
            page.terminate()


def _address(lines: IO[str]) -> str:
    said = ""
    for line in lines:
        said += line
        if found := re.search(r"Running on local URL:\s+(http://\S+)", line):
            return found[1]
    raise subprocess.SubprocessError(f"`stylize serve` ended without an address: {said}")


def run(command: list[str], folder: Path, timeout: float | None = PATIENCE) -> None:
    """Run a command in a folder, without the checkout on its path. Raises subprocess.SubprocessError if it fails."""
    given = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    subprocess.run(command, cwd=folder, env=given, timeout=timeout, check=True)


def lowest(requirements: Iterable[str]) -> dict[str, str]:
    """The lowest version that each requirement admits, by package; requirements without one are left out."""
    found = {}
    for requirement in map(Requirement, requirements):
        for part in requirement.specifier:
            if part.operator == ">=":
                found[requirement.name] = part.version
    return found


if __name__ == "__main__":
    sys.exit(main())
