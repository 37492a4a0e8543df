"""The grid of the comparison without a browser."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import comparison_grid
from stylize.web.components.comparison_grid import KIND, ROWS, GridRequest
from stylize.web.locale.catalog import CATALOGS
from stylize.web.services import results
from stylize.web.share import ControlValues

from ..visitors import UDNIE, answers

LOOK = ControlValues("the_scream", strength=0.5, keep_colors=True)


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> str:
    path = tmp_path / "beach.png"
    astronaut.resize((96, 64)).save(path)
    return str(path)


def test_the_grid_fills_cell_by_cell_and_can_be_taken_home(app: AppContext, own_style: Style, beach: str) -> None:
    wanted = GridRequest(beach, {"my_mix": own_style}, ["udnie", "my_mix"], "strength", UDNIE)
    *before, (view, *files) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    grown = [len(one["cells"]) for one, *_ in before]
    assert grown == sorted(set(grown))
    assert grown[:2] == [0, 1]
    assert len(view["cells"]) == 2 * len(ROWS["strength"])
    assert not any(one["complete"] for one, *_ in before)
    assert view["complete"]
    assert view["columns"] == ["Udnie", own_style.title]
    assert view["rows"] == [f"Strength {value:g}" for value in ROWS["strength"]]
    assert [Path(file.value["path"]).suffix for file in files] == [".png", ".pdf", ".zip"]
    with zipfile.ZipFile(files[2].value["path"]) as archive:
        assert len(archive.namelist()) == 2 * len(ROWS["strength"]) + 1


def test_what_is_made_of_a_photo_is_forgotten_with_it(app: AppContext, beach: str) -> None:
    photo = results.new_path("beach.png")
    photo.write_bytes(Path(beach).read_bytes())
    wanted = GridRequest(str(photo), {}, ["udnie"], "keep_colors", UDNIE)
    *_, (view, *files) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    made = [Path(cell["picture"]["path"]) for cell in view["cells"]] + [Path(file.value["path"]) for file in files]
    assert all(path.is_file() for path in made)
    results.forget(photo)
    assert not any(path.exists() for path in [photo, *made])


def test_a_cell_is_painted_as_the_controls_it_opens_with(app: AppContext, beach: str) -> None:
    wanted = GridRequest(beach, {}, ["udnie"], "keep_colors", LOOK)
    *_, (view, *_) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    looks = [ControlValues(*cell["look"]) for cell in view["cells"]]
    assert looks == [ControlValues("udnie", strength=0.5, keep_colors=keep) for keep in (False, True)]
    for cell, look in zip(view["cells"], looks, strict=True):
        painted = app.painter(beach, "udnie", strength=0.5, keep_colors=look.keep_colors, brush=None)
        shown = results.save_image(painted, "painted.jpg")
        assert Path(cell["picture"]["path"]).read_bytes() == shown.read_bytes()


@pytest.mark.parametrize(
    ("styles", "rows", "words"),
    [
        ([], "strength", "Choose at least one style."),
        (["udnie"], "artist", "no setting"),
        (["nobody"], "brush", "nobody"),
    ],
)
def test_what_is_no_grid_says_why(app: AppContext, beach: str, styles: list[str], rows: str, words: str) -> None:
    wanted = GridRequest(beach, {}, styles, rows, UDNIE)
    *_, (view, *_) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    assert view["complete"]
    assert words in view["error"]
    assert not view["cells"]


def test_the_most_that_can_be_chosen_is_painted() -> None:
    from stylize.grid.layout import MAX_CELLS

    assert comparison_grid.MAX_STYLES * max(map(len, ROWS.values())) <= MAX_CELLS


def test_photos_are_rows(app: AppContext, beach: str, astronaut: Image.Image) -> None:
    photos = []
    for name, size in (("a.png", (96, 64)), ("b.png", (60, 90))):
        path = results.new_path(name)
        astronaut.resize(size).save(path)
        photos.append(str(path))
    wanted = GridRequest(photos[0], {}, ["udnie", "the_kiss"], "photo", UDNIE, photos)
    *_, (view, _, _, archive) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    assert view["rows"] == ["a.png", "b.png"]
    assert [(cell["row"], cell["photo"]) for cell in view["cells"]] == [
        (0, photos[0]), (0, photos[0]), (1, photos[1]), (1, photos[1]),
    ]  # fmt: skip
    with zipfile.ZipFile(archive.value["path"]) as file:
        assert file.namelist()[2] == "02-01-b-udnie.png"
    for photo in photos:
        results.forget(photo)
    assert not any(Path(cell["picture"]["path"]).exists() for cell in view["cells"])


def test_a_photo_that_is_no_upload_is_not_read(app: AppContext, beach: str) -> None:
    wanted = GridRequest(None, {}, ["udnie"], "photo", UDNIE, ["/etc/hostname", beach])
    *_, (view, *_) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    assert "Bring it again" in view["error"]


def test_styles_that_are_new_in_a_grid_are_painted_first(app: AppContext, beach: str) -> None:
    names = ["udnie", "the_kiss", "the_scream"]
    wanted = GridRequest(beach, {}, names, "keep_colors", UDNIE, shown=["udnie", "the_scream"])
    *_, (view, *_) = answers(app, KIND, wanted, comparison_grid.answer_handler)
    assert [cell["column"] for cell in view["cells"]] == [1, 1, 0, 2, 0, 2]
    assert view["names"] == names


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_told_by_name_or_by_a_label_of_any_language(name: str) -> None:
    labels = [one.messages[comparison_grid.ROW_NAMES[name]] for one in CATALOGS.values()]
    assert {comparison_grid.row_name(value) for value in (name, *labels)} == {name}
    assert comparison_grid.row_name(None) == "strength"
