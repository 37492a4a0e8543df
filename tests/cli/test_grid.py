"""`stylize grid`."""

import zipfile

import pytest
from PIL import Image

from stylize.cli import main


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "a.xyz"], "ending must be one of"),
        (["-o", "{there}"], "use --overwrite"),
        (["-o", "a.png", "--strength", "2"], "strength is 2"),
        (["-o", "a.png", "--strength", "much"], "invalid"),
        (["-o", "a.png", "--colors", "both"], "painting, photo or both"),
        (["-o", "a.png", "--styles", "monet"], "monet"),
        (["-o", "a.png", "--columns", "artist"], "no axis 'artist'"),
        (["-o", "a.png", "--size", "0"], "size is 0"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(photo_file, tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_bytes(b"mine")
    with pytest.raises(SystemExit) as ended:
        main(["grid", photo_file, *(option.format(there="there.png") for option in options)])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beach.png", "there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"mine"


def test_a_photo_that_cannot_be_read_is_one_line(tmp_path, capsys):
    assert main(["grid", str(tmp_path / "none.jpg"), "--styles", "udnie", "-o", str(tmp_path / "a.png")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "a.png").exists()
