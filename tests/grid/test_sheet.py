"""A grid as one page, and as a ZIP."""

import csv
import io
import re
import zipfile

import pytest
from PIL import Image, ImageChops

from stylize import PictureError, Stylizer
from stylize.grid import Grid, archive
from stylize.grid.labels import labels
from stylize.grid.sheet import Sheet


@pytest.fixture
def sheet() -> Sheet:
    pictures = [[Image.new("RGB", (60, 40), (80 * i, 90, 60 * j)) for i in range(3)] for j in range(2)]
    return Sheet(pictures, ["The Great Wave", "Udnie", "星夜"], ["beach.jpg", "strength 0.5"], "Compared")


def test_every_picture_stands_in_its_column_and_row(sheet):
    page = sheet.image()
    places = sheet._arranged()[2]
    for placed, picture in zip(places, [picture for row in sheet.pictures for picture in row], strict=True):
        box = (placed.left, placed.top, placed.left + 60, placed.top + 40)
        assert ImageChops.difference(page.crop(box), picture).getbbox() is None
    assert [placed.left for placed in places[:3]] == [placed.left for placed in places[3:]]
    assert len({placed.top for placed in places}) == 2


def test_a_pdf_holds_its_words_as_words(sheet, tmp_path):
    page = sheet.pdf()
    assert page.startswith(b"%PDF")
    assert page.count(b"/Subtype /Image") == 6
    assert page == sheet.pdf()
    assert sheet.write(tmp_path / "a.pdf").read_bytes() == page
    assert re.search(rb"/BaseFont /STSong-Light", page)
    assert re.search(rb"/BaseFont /Helvetica", page)


def test_a_cell_may_be_empty_and_a_page_without_words(tmp_path):
    picture = Image.new("RGB", (20, 10), "teal")
    Sheet([[picture, None]], ["", ""], [""]).write(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as page:
        assert page.width > 2 * 20
    with pytest.raises(PictureError, match="cannot be written"):
        Sheet([[picture]], [""], [""]).write(tmp_path / "a.png" / "b.pdf")


def test_labels_name_what_differs(photo):
    grid = Grid(["x/beach.jpg", photo], ["udnie"], strengths=(0.5, 1.0), brushes=(None, 2.0), keep_colors=(False, True))
    across, down = labels(grid, ["Udnie"])
    assert across == ["the painting's colours", "the photo's colours"]
    assert down[:3] == [
        "beach.jpg\nstrength 0.5\nbrush own size", "beach.jpg\nstrength 0.5\nbrush 2",
        "beach.jpg\nstrength 1\nbrush own size",
    ]  # fmt: skip
    assert down[-1] == "photo 2\nstrength 1\nbrush 2"
    assert labels(Grid([photo], ["udnie"]), ["Udnie"]) == ([""], [""])


def test_a_zip_holds_every_cell_and_a_table_of_the_settings(painter: Stylizer, photo, tmp_path):
    photo.save(tmp_path / "a b.png")
    grid = Grid([tmp_path / "a b.png"], ["udnie", "great_wave"], strengths=(0.25, 1.0))
    cells = list(painter.grid(grid, 48))
    archive.write_archive(tmp_path / "cells.zip", grid, cells, grid.styles)
    with zipfile.ZipFile(tmp_path / "cells.zip") as file:
        rows = list(csv.DictReader(io.StringIO(file.read(archive.TABLE).decode())))
        assert [row["file"] for row in rows] == file.namelist()[:-1]
        assert rows[0]["file"] == "01-01-a_b-udnie.png"
        assert [(row["style"], row["strength"]) for row in rows] == [
            ("udnie", "0.25"), ("great_wave", "0.25"), ("udnie", "1"), ("great_wave", "1"),
        ]  # fmt: skip
        with Image.open(io.BytesIO(file.read(rows[1]["file"]))) as image:
            assert ImageChops.difference(image, cells[1].image).getbbox() is None
