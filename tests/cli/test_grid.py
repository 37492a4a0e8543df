"""`stylize grid`."""

import csv
import os
import shutil
import sys
import zipfile

import pytest
from PIL import Image

from stylize import Stylizer
from stylize.cli import main
from stylize.grid import NUMBERS


@pytest.fixture
def photo_file(tmp_path, photo):
    photo.save(tmp_path / "beach.png")
    return str(tmp_path / "beach.png")


def test_a_grid_is_one_page_or_one_zip(photo_file, tmp_path, capsys):
    options = [photo_file, "--styles", "great_wave,udnie", "--strength", "0.5,1", "--size", "64", "-o"]
    for name in ("a.png", "a.pdf", "a.zip"):
        assert main(["grid", *options, str(tmp_path / name)]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / name) for name in ("a.png", "a.pdf", "a.zip")]
    with Image.open(tmp_path / "a.png") as page:
        assert page.width > 2 * 64
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert len(archive.namelist()) == 4 + 1


def test_numbers_are_columns_of_the_table(photo_file, tmp_path):
    options = ["grid", photo_file, "--styles", "great_wave,udnie", "--size", "96", "-o"]
    assert main([*options, str(tmp_path / "plain.csv")]) == 0
    assert main([*options, str(tmp_path / "a.csv"), "--numbers"]) == 0
    assert main([*options, str(tmp_path / "a.zip"), "--numbers"]) == 0
    plain, numbered = (
        list(csv.DictReader((tmp_path / name).read_text().splitlines())) for name in ("plain.csv", "a.csv")
    )
    assert list(numbered[0]) == [*plain[0], *NUMBERS]
    assert [row["style"] for row in numbered] == ["great_wave", "udnie"]
    assert all(0 < float(row[name]) < 100 for row in numbered for name in NUMBERS if name != "style_quarter")
    assert {row["style_quarter"] for row in numbered} == {""}  # a cell so small has none
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("settings.csv").decode().splitlines()[0].endswith(",".join(NUMBERS))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "a.xyz"], "ending must be one of"),
        (["-o", "a.png", "--strength", "2"], "strength is 2"),
        (["-o", "a.png", "--strength", "much"], "invalid"),
        (["-o", "a.png", "--colors", "both"], "painting, photo, or painting,photo"),
        (["-o", "a.png", "--styles", "monet"], "monet"),
        (["-o", "a.png", "--columns", "artist"], "no axis 'artist'"),
        (["-o", "a.png", "--size", "0"], "size is 0"),
        (["-o", "a.png", "--numbers"], "ends in .zip or .csv"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(photo_file, tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_bytes(b"mine")
    with pytest.raises(SystemExit) as ended:
        main(["grid", photo_file, *options])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beach.png", "there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"mine"


def test_a_file_that_exists_is_kept_as_when_painting(photo_file, tmp_path, capsys):
    there = tmp_path / "there.png"
    there.write_bytes(b"mine")
    assert main(["grid", photo_file, "--styles", "udnie", "-o", str(there)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert there.read_bytes() == b"mine"
    assert main(["grid", photo_file, "--styles", "udnie", "--size", "32", "-o", str(there), "--overwrite"]) == 0
    assert there.read_bytes() != b"mine"


def test_where_nothing_can_be_written_is_told_before_anything_is_painted(photo_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Stylizer, "grid", lambda *_, **__: pytest.fail("painted"))
    (tmp_path / "file").write_text("no folder")
    for output, words in (("file/grid.png", "is no folder"), ("folder.png", "is a folder")):
        (tmp_path / "folder.png").mkdir(exist_ok=True)
        assert main(["grid", photo_file, "--styles", "udnie", "-o", str(tmp_path / output)]) == 1
        assert words in capsys.readouterr().err


def test_a_brush_of_0_is_that_of_a_cell_at_its_own_size_and_a_folder_is_made(photo_file, tmp_path):
    tables = []
    for name, options in (("plain", []), ("zero", ["--brush", "0"])):
        table = tmp_path / "new" / f"{name}.csv"
        assert (
            main(["grid", photo_file, "--styles", "udnie", "--size", "32", "--numbers", *options, "-o", str(table)])
            == 0
        )
        with table.open(newline="") as file:
            tables.append([row | {"seconds": ""} for row in csv.DictReader(file)])
    assert tables[0] == tables[1]


def test_what_of_a_photo_is_not_used_is_told_once(tmp_path, capsys):
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("teal", "red")]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    options = ["--styles", "udnie,great_wave", "--size", "32", "-o", str(tmp_path / "a.png")]
    assert main(["grid", str(tmp_path / "two.gif"), *options]) == 0
    assert capsys.readouterr().err == "note: two.gif: Only the first of 2 frames is used.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file's name is text")
def test_a_photo_whose_name_is_no_text_is_shown_all_the_same(photo_file, tmp_path):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/be\xffach.png")
    shutil.copy(photo_file, strange)
    for name in ("a.png", "a.pdf", "a.zip"):
        options = ["--styles", "udnie", "--size", "32", "-o", str(tmp_path / name)]
        assert main(["grid", photo_file, strange, *options]) == 0


def test_a_photo_that_cannot_be_read_is_one_line(tmp_path, capsys):
    assert main(["grid", str(tmp_path / "none.jpg"), "--styles", "udnie", "-o", str(tmp_path / "a.png")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "a.png").exists()
