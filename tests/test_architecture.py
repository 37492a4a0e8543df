"""How the package is built: arrows run one way, files and functions stay small, and public names are documented."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "stylize").rglob("*.py"))
FILE = 300  # lines at most
FUNCTION = 60  # lines at most, without a comment `# long: why`


def too_long(source: str) -> list[str]:
    """The functions of a module that are longer than a screen and do not say why."""
    lines, found = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = lines[node.lineno - 1 : node.end_lineno]
            if len(body) > FUNCTION and not any(re.search(r"# long: \w", line) for line in body):
                found.append(f"{node.name} has {len(body)} lines")
    return found


def test_rooms_import_only_what_stands_below_them():
    # in a process of its own: import-linter configures logging, after which no test finds a warning of ours
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    linted = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= FILE
    assert too_long(source) == []


def test_a_long_function_is_found_unless_it_says_why():
    body = "\n    x = 1" * FUNCTION
    assert too_long(f"def f():{body}") == ["f has 61 lines"]
    assert too_long(f"def f():  # long: one table{body}") == []
    assert too_long(f"def f():{body[:-10]}") == []


def test_no_room_is_called_by_what_says_nothing():
    empty_words = {"base", "common", "factory", "helper", "helpers", "manager", "misc", "util", "utils"}
    assert not {path.stem for path in MODULES} & empty_words


def test_the_picture_of_the_rooms_has_every_layer():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    picture = text.split("```")[1]
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    layers = tools["importlinter"]["contracts"][0]["layers"]
    rooms = {room for layer in layers for room in re.findall(r"\w+", re.sub(r"\(.*?\)", "", layer))}
    assert not rooms - set(re.findall(r"\w+", picture))
