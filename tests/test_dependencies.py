"""What requirements.txt admits: no version with a known advisory, and every import of the serving path."""

import ast
import re
import sys
from pathlib import Path

import pytest

from benchmarks.floors import SERVING, floors

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = (ROOT / "requirements.txt").read_text()
TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ADVISORIES = re.findall(r"^\| ([\w-]+) \| ((?:CVE|GHSA)-[\w-]+)[^|]*\| ([\d.]+) \|", TEXT, re.MULTILINE)
PACKAGES = {"PIL": "pillow", "skimage": "scikit-image", "gradio_client": "gradio", "pillow_heif": "pillow-heif"}
SERVED = [*(ROOT / "stylize").glob("*.py"), *(ROOT / "stylize" / "demo").glob("*.py"), ROOT / "app.py"]


def number(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (4 - len(parts)))


@pytest.mark.parametrize(("package", "advisory", "fixed"), ADVISORIES)
def test_no_version_with_a_known_advisory_is_admitted(package, advisory, fixed):
    lowest = floors(REQUIREMENTS, section="")
    assert number(lowest[package]) >= number(fixed), f"{package}>={lowest[package]} admits {advisory}"


def test_there_is_a_list_and_every_served_package_has_a_floor():
    assert len(ADVISORIES) > 10
    lines = REQUIREMENTS.split(SERVING)[1].split("\n# ")[0].strip().splitlines()[1:]
    assert len(floors(REQUIREMENTS)) == len(lines)


@pytest.mark.parametrize("path", SERVED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_of_the_serving_path_is_declared(path):
    declared = floors(REQUIREMENTS)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        for name in {name.split(".")[0] for name in names}:
            if name not in sys.stdlib_module_names and name != "stylize":
                assert PACKAGES.get(name, name) in declared, f"{path.name} imports {name}"
