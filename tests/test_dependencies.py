"""What pyproject.toml and the requirements admit: nothing with a known advisory, all that is imported, all in step."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from benchmarks.installation import lowest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RELIABILITY = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ADVISORIES = re.findall(r"^\| ([\w-]+) \| ((?:CVE|GHSA)-[\w-]+)[^|]*\| ([\d.]+) \|", RELIABILITY, re.MULTILINE)
DISTRIBUTIONS = packages_distributions()
# gradio fixes the versions of these itself
COME_ALONG = dict.fromkeys(
    ("fastapi", "gradio-client", "httpx", "huggingface-hub", "mcp", "pydantic", "starlette", "uvicorn"), "gradio"
)
COME_ALONG["pathspec"] = "hatchling"
COME_ALONG["prometheus-client"] = "ray"


def read(name: str) -> list[str]:
    """The requirements of a file, without comments and references to other files."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(path: Path) -> Iterator[str]:
    """The distributions that a file imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        for module in {module.split(".")[0] for module in modules}:
            if module not in (*sys.stdlib_module_names, "stylize", "benchmarks", "app"):
                name = canonicalize_name(DISTRIBUTIONS.get(module, [module])[0])
                yield COME_ALONG.get(name, name)


CORE, PAGE, TRAIN = names(PROJECT["dependencies"]), names(EXTRAS["page"]), names(EXTRAS["train"])
ROOMS = {
    "grid": CORE | {"reportlab"},
    "web": CORE | PAGE,
    "training": CORE | TRAIN,
    "cluster": CORE | PAGE | names(EXTRAS["ray"]),
}


@pytest.mark.parametrize(("package", "advisory", "fixed"), ADVISORIES)
def test_no_version_with_a_known_advisory_is_admitted(package, advisory, fixed):
    floors = lowest([*PROJECT["dependencies"], *EXTRAS["page"], *EXTRAS["train"], *EXTRAS["test"]])
    assert Version(floors[package]) >= Version(fixed), f"{package} admits {advisory}"


def test_there_is_a_list_of_advisories():
    assert len(ADVISORIES) > 10


@pytest.mark.parametrize("extra", [None, *EXTRAS])
def test_every_dependency_has_a_floor(extra):
    wanted = PROJECT["dependencies"] if extra is None else EXTRAS[extra]
    wanted = [line for line in wanted if not line.startswith("stylize[")]
    assert len(lowest(wanted)) == len(wanted)


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_every_import_is_declared_for_its_room(room):
    package = ROOT / "stylize"
    paths = (package / room).rglob("*.py") if room else package.rglob("*.py")
    if not room:
        paths = (path for path in paths if path.relative_to(package).parts[0] not in ROOMS)
    declared = ROOMS.get(room, CORE)
    missing = {(path.name, name) for path in paths for name in imported(path) if name not in declared}
    assert not missing


def test_every_import_of_the_tests_and_benchmarks_is_declared():
    declared = CORE | names([line for extra in EXTRAS.values() for line in extra])
    paths = [path for folder in ("tests", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")]
    ours = {path.stem for path in paths} | {"tests"}
    assert not {(path.name, name) for path in paths for name in imported(path) if name not in declared | ours}


def test_requirements_of_the_demo_are_the_page_and_a_part_of_training():
    demo, page = set(read("requirements.txt")), {*PROJECT["dependencies"], *EXTRAS["page"]}
    assert page < demo < page | set(EXTRAS["train"])
    assert not names(list(demo)) & names(EXTRAS["test"])


def test_requirements_of_the_tests_are_all_the_rest():
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    rest = set(read("requirements-dev.txt"))
    everything = {*PROJECT["dependencies"], *EXTRAS["page"], *EXTRAS["train"], *EXTRAS["ray"], *EXTRAS["test"]}
    everything -= {"stylize[page]"}
    assert rest == everything - set(read("requirements.txt"))


@pytest.mark.training
def test_teaching_on_the_page_needs_no_more_than_the_demos_requirements():
    absent = sorted(names(EXTRAS["train"]) - names(read("requirements.txt")))
    assert absent
    blocked = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:])); "  # None: the import fails
    code = blocked + "import stylize.training.tasks.page_worker"
    assert subprocess.run([sys.executable, "-c", code, *absent], cwd=ROOT).returncode == 0
