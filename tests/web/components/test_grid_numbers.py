"""The numbers of a finished grid without a browser."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stylize import Style
from stylize.grid import NUMBERS
from stylize.web.app_context import AppContext
from stylize.web.components import comparison_grid, grid_numbers
from stylize.web.components.comparison_grid import ROWS, GridRequest
from stylize.web.services import own_styles, results
from stylize.web.services.own_styles import StyleSource

from ..visitors import UDNIE, answers, ask


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> str:
    path = tmp_path / "beach.png"
    astronaut.resize((192, 144)).save(path)
    return str(path)


def painted(app: AppContext, wanted: GridRequest) -> int:
    """A finished grid; returns its number."""
    *_, (view, *_) = answers(app, comparison_grid.KIND, wanted, comparison_grid.answer_handler)
    assert view["complete"]
    return int(view["request"])


def numbered(app: AppContext, grid: int) -> list[Any]:
    return list(answers(app, grid_numbers.KIND, grid, grid_numbers.answer_handler))


def test_every_cell_is_numbered_as_the_command_does(app: AppContext, beach: str) -> None:
    grid = painted(app, GridRequest(beach, {}, ["udnie", "the_kiss"], "strength", UDNIE))
    *before, (view, archive) = numbered(app, grid)
    assert [len(one["numbers"]) for one, _ in before] == list(range(1, 2 * len(ROWS["strength"]) + 1))
    assert view["complete"]
    row, column, texts = view["numbers"][-1]
    assert (row, column) == (len(ROWS["strength"]) - 1, 1)
    with zipfile.ZipFile(archive.value["path"]) as file:
        rows = list(csv.DictReader(io.StringIO(file.read("settings.csv").decode())))
        assert [row[name] for row in rows[-1:] for name in NUMBERS] == texts
        assert len(file.namelist()) == len(rows) + 1
    assert float(texts[0]) < float(view["numbers"][1][2][0])  # strong is nearer to the style than weak


def test_an_own_painting_is_judged_by_itself_while_it_is_there(
    app: AppContext, own_style: Style, beach: str, astronaut: Image.Image
) -> None:
    painting = results.new_path("mine.png")
    astronaut.resize((400, 300)).save(painting)
    mine = own_styles.name_after(StyleSource("mine", "Mine", str(painting)), own_style)
    unknown = replace(own_style, id="unknown")
    wanted = GridRequest(beach, {"mine": mine, "unknown": unknown}, ["mine", "unknown"], "keep_colors", UDNIE)
    *_, (view, _) = numbered(app, painted(app, wanted))
    known = {column: [text != "" for text in texts] for _, column, texts in view["numbers"]}
    assert known == {0: [True] * 6, 1: [False] * 3 + [True] * 3}


def test_a_grid_that_is_gone_says_so(app: AppContext, beach: str) -> None:
    grid = painted(app, GridRequest(beach, {}, ["udnie"], "keep_colors", UDNIE))
    ask(app, comparison_grid.KIND, None)  # another one is wanted
    ((view, _),) = numbered(app, grid)
    assert "Paint it again" in view["error"]


def test_numbers_stop_when_another_grid_is_wanted(app: AppContext, beach: str) -> None:
    grid = painted(app, GridRequest(beach, {}, ["udnie"], "strength", UDNIE))
    steps = answers(app, grid_numbers.KIND, grid, grid_numbers.answer_handler)
    next(steps)
    ask(app, comparison_grid.KIND, None)
    assert list(steps) == []
