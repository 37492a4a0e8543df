"""What the pages in Markdown promise: links that lead somewhere, twins in step, tables that can be sorted."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path
from statistics import median

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "models/*.md", "stylize/**/*.md") for path in ROOT.glob(pattern)
)
TABLES = sorted((ROOT / "docs/research").glob("*.csv"))
NOTEBOOK = ["experiment", "setup", "variant", "verdict", "measure", "subject", "value", "unit"]
VERDICTS = {"", "shipped", "superseded", "rejected", "no difference", "reported"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def page(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and text of each code block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def headings(text: str) -> list[tuple[int, str]]:
    """Level and text of each heading outside code blocks."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [(len(level), title) for level, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)]


def anchors(text: str) -> set[str]:
    """The fragments that Git hosts give to headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings(text)}


def links(text: str) -> list[str]:
    """Targets of links and pictures that stay in the repository."""
    return re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", text)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in links(path.read_text(encoding="utf-8")):
        target, _, fragment = link.partition("#")
        place = (path.parent / target).resolve() if target else path
        if not place.exists() or (fragment and fragment not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "CHANGELOG.md"], ids=name)  # it names what was
def test_every_file_that_a_page_names_exists(path: Path) -> None:
    named = re.findall(r"`((?:stylize|tests|benchmarks|scripts|docs)/[\w/.-]*)`", path.read_text(encoding="utf-8"))
    assert not [place for place in named if not (ROOT / place).exists()]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_python_in_the_pages_is_python(path: Path) -> None:
    for language, code in blocks(path.read_text(encoding="utf-8")):
        if language == "python":
            ast.parse(code)


def without_comments(code: str) -> list[str]:
    """The lines of a code block, without comments, which are translated."""
    return [re.sub(r"\s*# .*", "", line) for line in code.splitlines()]


def test_the_chinese_readme_has_the_same_sections_commands_and_rows() -> None:
    english, chinese = page("README.md"), page("README.zh-CN.md")
    assert [level for level, _ in headings(chinese)] == [level for level, _ in headings(english)]
    assert [(language, without_comments(code)) for language, code in blocks(chinese)] == [
        (language, without_comments(code)) for language, code in blocks(english)
    ]
    assert [links(line) for line in chinese.splitlines() if line.startswith("![")] == [
        links(line) for line in english.splitlines() if line.startswith("![")
    ]
    assert set(re.findall(r"https?://[^\s)>\"`）]+", chinese)) == set(re.findall(r"https?://[^\s)>\"`）]+", english))
    assert re.findall(r"`[A-Z_]{4,}`", chinese) == re.findall(r"`[A-Z_]{4,}`", english)
    rows = [len(re.findall(r"^\|", text, re.MULTILINE)) for text in (chinese, english)]
    assert rows[0] == rows[1]


def test_each_readme_leads_to_the_other() -> None:
    assert "README.zh-CN.md" in links(page("README.md"))
    assert "README.md" in links(page("README.zh-CN.md"))


def test_the_readme_names_every_variable_that_a_host_may_set() -> None:
    read = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "stylize").rglob("*.py"))
    known = set(re.findall(r"\"(STYLIZE_[A-Z_]+)\"", read)) - {"STYLIZE_LOSS_WEIGHTS"}  # an engineer's, not a host's
    assert set(re.findall(r"`(STYLIZE_[A-Z_]+)`", page("README.md"))) >= known


def test_model_hubs_can_read_the_model_card() -> None:
    _, header, text = page("models/README.md").split("---\n", 2)
    card = yaml.safe_load(header)
    assert card["license"] == "mit"
    assert card["pipeline_tag"] == "image-to-image"
    assert card["library_name"]
    assert card["tags"]
    assert card["metrics"]
    results = {metric["name"]: metric["value"] for metric in card["model-index"][0]["results"][0]["metrics"]}
    with (ROOT / "docs/research/large_strokes.csv").open(encoding="utf-8", newline="") as file:
        shipped = [row for row in csv.DictReader(file) if row["verdict"] == "shipped"]
    for measure, named in (("style loss at a quarter", "style loss at a quarter of the size"), ("content loss",) * 2):
        values = [float(row["value"]) for row in shipped if row["measure"] == f"{measure}, new / before"]
        told = results[f"{named} over the painter before, median over styles"]
        assert told == pytest.approx(median(values), abs=6e-3)
    assert text.lstrip().startswith("# ")


@pytest.mark.parametrize("path", TABLES, ids=name)
def test_a_table_of_the_notebook_can_be_sorted(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(rows) > 5
    assert {len(row) for row in rows} == {len(head)}
    assert len({tuple(row) for row in rows}) == len(rows)
    if head[0] == NOTEBOOK[0]:
        assert head == NOTEBOOK
        for row in rows:
            assert re.fullmatch(r"[+-]?\d+(\.\d+)?", row[NOTEBOOK.index("value")]), row
            assert row[NOTEBOOK.index("verdict")] in VERDICTS, row
    else:
        numbers = [cell for row in rows for cell in row[1:]]
        assert all(re.fullmatch(r"(>=)?[+-]?\d+(\.\d+)?", cell) for cell in numbers)


def test_the_notebook_lists_all_its_pages_and_tables() -> None:
    folder = ROOT / "docs/research"
    listed = set(links(page("docs/research/README.md")))
    assert {path.name for path in folder.iterdir() if path.suffix in (".md", ".csv")} - {"README.md"} <= listed
