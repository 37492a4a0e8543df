"""The README is what a host and a newcomer run: its front matter and its two commands must hold."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FRONT = yaml.safe_load(TEXT.split("---")[1])


def test_a_space_finds_all_it_needs():
    assert FRONT["sdk"] == "gradio"
    assert (ROOT / FRONT["app_file"]).is_file()
    assert tuple(map(int, FRONT["python_version"].split("."))) >= (3, 11)
    assert len(FRONT["short_description"]) <= 60
    for key in ("title", "emoji", "colorFrom", "colorTo", "sdk_version", "license", "tags", "suggested_hardware"):
        assert FRONT[key]
    floor = re.search(r"gradio>=([\d.]+)", (ROOT / "requirements.txt").read_text()).group(1)
    assert FRONT["sdk_version"].startswith(floor)


def test_ci_runs_the_command_that_the_readme_prints():
    commands = re.findall(r"^python3 -m venv .*$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "-r requirements.txt" in commands[0]
    assert "-r requirements-dev.txt" in commands[1]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()
