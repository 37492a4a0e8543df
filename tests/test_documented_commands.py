"""The commands that the pages print exist, with the options that they print."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from stylize.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(path for pattern in ("*.md", "docs/**/*.md", "models/*.md") for path in ROOT.glob(pattern))
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TASKS = ("artist", "regions", "site", "web")  # second words, which have options of their own
ENDS = ("&&", "||", "|", ">", ";", "&")


def lines(text: str) -> Iterator[str]:
    """Every line of a page's shell blocks with their variables filled in, and every command that its text names."""
    for block in BLOCK.findall(text):
        block = block.replace("\\\n", " ")
        for name, value in reversed(re.findall(r"^([A-Z_]+)=\"(.*)\"$", block, re.MULTILINE)):
            block = block.replace(f"${name}", value)
        yield from block.splitlines()
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for span in re.findall(r"`([^`]+)`", text):
        yield span.replace("\n", " ")


def commands(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each command's module, its task, if it has one, and the options given to it."""
    for line in lines(text):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # text in backticks that is no command
            continue
        for position, word in enumerate(words[:-1]):
            following = words[position + 1]
            if word == "stylize":
                module = COMMANDS.get(following, COMMANDS["paint"]).module
            elif word == "-m" and re.fullmatch(r"(stylize|benchmarks)\.[a-z_.]+", following):
                module = following
            else:
                continue
            rest = words[position + 1 :]
            end = min((rest.index(mark) for mark in ENDS if mark in rest), default=len(rest))
            yield (
                module,
                rest[1] if rest[1:] and rest[1] in TASKS else "",
                [part.partition("=")[0] for part in rest[:end] if re.match(r"--?[a-z]", part) and part != "-m"],
            )


@cache
def usage(module: str, task: str) -> str:
    """What a command prints for --help."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        found = importlib.import_module(module)
        if hasattr(found, "__path__"):  # a package that is run
            found = importlib.import_module(f"{module}.__main__")
        found.main([*task.split(), "--help"])
    return out.getvalue()


@pytest.mark.training
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_has_the_options_that_the_pages_print(path: Path) -> None:
    unknown = [
        f"{module} {task} {option}"
        for module, task, options in commands(path.read_text(encoding="utf-8"))
        for option in options
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", usage(module, task))
    ]
    assert not unknown


def test_commands_are_found_in_blocks_and_in_text() -> None:
    text = '```bash\nTRAIN="stylize train --photos DIR"\n$TRAIN --pad 3 \\\n    --crop 9 | tee log --not-ours\n```\n'
    text += "Or `python -m benchmarks.sizes --out x`, `python -m\nbenchmarks.page` and `stylize photo.jpg -o a.png`."
    text += "And `stylize train artist --works ten/`."
    assert [command for command in commands(text) if command[2]] == [
        ("stylize.training.tasks.train", "", ["--photos", "--pad", "--crop"]),
        ("benchmarks.sizes", "", ["--out"]),
        ("stylize.cli.paint", "", ["-o"]),
        ("stylize.training.tasks.train", "artist", ["--works"]),
    ]
