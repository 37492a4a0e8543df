"""A batch goes on whatever happens, replaces nothing that it should not, and leaves nothing behind."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylize import imaging
from stylize.callbacks import Note
from stylize.cli.batch import Batch
from stylize.cli.output_plan import Input, Kind, Output, plan_outputs
from stylize.cli.terminal import Terminal
from stylize.errors import PictureError
from stylize.imaging import Picture
from stylize.options import PaintOptions


class Stub:
    """In place of a Stylizer and its reader: raises what a file is told to raise, else gives a black picture."""

    def __init__(self) -> None:
        self.raises: dict[str, BaseException] = {}
        self.notes: dict[str, tuple[Note, ...]] = {}
        self.opened: list[str] = []

    def read(self, path: Path) -> Picture:
        self.opened.append(path.name)
        if path.name in self.raises:
            raise self.raises[path.name]
        return Picture(np.zeros((8, 8, 3), np.uint8), notes=self.notes.get(path.name, ()))

    def paint(self, picture: Picture, options: PaintOptions, progress: object) -> Image.Image:
        return picture.as_image()

    def video(self, source: Path, target: Path, style: str, **_: object) -> None:
        self.read(source)
        target.write_bytes(b"film")


def is_painted(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def stub(monkeypatch):
    stub = Stub()
    monkeypatch.setattr(imaging, "read", stub.read)
    return stub


@pytest.fixture
def run(stub, tmp_path):
    """Paints inputs of these names, which exist, in tmp_path."""

    def run(
        *names: str, out: Path | None = None, output: Path | None = None, styles: str = "s", **options: bool
    ) -> int:
        sources = [Input(tmp_path / name, Kind.FILM if name.endswith("mp4") else Kind.PICTURE) for name in names]
        for source in sources:
            if not source.path.exists():
                source.path.write_text("original")
        plan = [Output(sources[0], "s", output)] if output else plan_outputs(sources, list(styles), out)
        return Batch(stub, {style: PaintOptions(style) for style in styles}, Terminal(), **options).run(plan)

    return run


SURPRISES = [
    PictureError("a.jpg is damaged."),
    AttributeError("'NoneType' object has no attribute\n'name'"),
    MemoryError(),
    RecursionError("maximum recursion depth exceeded"),
    OSError(28, "No space left on device", "x"),
    ValueError(),
    KeyError("codec"),
]


@pytest.mark.parametrize("surprise", SURPRISES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["a.jpg", "a.mp4"])
def test_one_surprise_is_one_line_and_never_ends_a_batch(run, stub, tmp_path, capsys, surprise, name):
    stub.raises[name] = surprise
    assert run(name, "b.jpg", "c.mp4") == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(tmp_path / "b-s.png"), str(tmp_path / "c-s.mp4")]
    (line,) = told.err.splitlines()
    assert line.startswith("error: ")
    assert name in line


def test_ctrl_c_ends_it_and_says_how_to_go_on(run, stub, capsys):
    stub.raises["b.jpg"] = KeyboardInterrupt()
    assert run("a.jpg", "b.jpg", "c.jpg") == 1
    assert stub.opened == ["a.jpg", "b.jpg"]
    assert capsys.readouterr().err == "error: interrupted after 1 of 3. The same call with --skip-existing goes on.\n"
    stub.raises.clear()
    assert run("a.jpg", "b.jpg", "c.jpg", skip_existing=True) == 0
    assert stub.opened == ["a.jpg", "b.jpg", "b.jpg", "c.jpg"]
    assert capsys.readouterr().err == "note: 1 of 3 are there already and were skipped.\n"


def test_a_file_that_exists_is_kept_and_the_others_are_painted(run, stub, tmp_path, capsys):
    (tmp_path / "a-s.png").write_text("mine")
    assert run("a.jpg", "b.jpg") == 1
    assert stub.opened == ["b.jpg"]
    assert (tmp_path / "a-s.png").read_text() == "mine"
    told = capsys.readouterr().err
    assert all(part in told for part in ("a-s.png", "--overwrite", "--skip-existing"))
    assert run("a.jpg", overwrite=True) == 0
    assert is_painted(tmp_path / "a-s.png")


@pytest.mark.parametrize("way", ["itself", "link", "hard link"])
def test_an_input_is_replaced_only_when_asked(run, tmp_path, way):
    target = tmp_path / "x.png"
    if way != "itself":
        run("x.png", output=tmp_path / "elsewhere.png")
        target = tmp_path / "other.png"
        (target.symlink_to if way == "link" else target.hardlink_to)(tmp_path / "x.png")
    assert run("x.png", output=target) == 1
    assert (tmp_path / "x.png").read_text() == "original"
    assert run("x.png", output=target, overwrite=True) == 0
    assert target.is_symlink() == (way == "link")
    assert is_painted(target)


def test_an_input_is_never_replaced_by_the_painting_of_another(run, tmp_path, capsys):
    assert run("a.jpg", "a-s.png", overwrite=True) == 1
    assert (tmp_path / "a-s.png").read_text() == "original"
    assert (tmp_path / "a-s-s.png").exists()
    assert f"{tmp_path / 'a-s.png'} is to be painted, too" in capsys.readouterr().err


def test_no_folder_is_left_behind_by_what_could_not_be_painted(run, stub, tmp_path):
    stub.raises = {"a.jpg": PictureError("no"), "b.mp4": PictureError("no")}
    assert run("a.jpg", "b.mp4", out=tmp_path / "day:1" / "deep") == 1
    assert not (tmp_path / "day:1").exists()
    stub.raises = {"d.jpg": KeyboardInterrupt()}
    assert run("d.jpg", out=tmp_path / "day:2" / "deep") == 1
    assert not (tmp_path / "day:2").exists()
    assert run("c.jpg", "d.jpg", out=tmp_path / "day:1" / "deep") == 1
    assert [path.name for path in (tmp_path / "day:1" / "deep").iterdir()] == ["c-s.png"]


def test_what_cannot_be_written_to_is_told_before_painting(run, stub, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run("a.jpg", out=tmp_path / "file" / "deep") == 1
    assert run("a.jpg", output=tmp_path) == 1
    assert not stub.opened
    assert all("folder" in line for line in capsys.readouterr().err.splitlines())


def test_a_folder_that_belongs_to_others_is_told_before_painting(run, stub, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)  # root may write anywhere
    assert run("a.jpg", out=tmp_path / "theirs") == 1
    assert not stub.opened
    assert str(tmp_path / "theirs") in capsys.readouterr().err


def test_who_is_numbered_is_told(run, tmp_path, capsys):
    assert run("x.jpg", "x.png") == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(tmp_path / "x-s.png"), str(tmp_path / "x-s-2.png")]
    (line,) = told.err.splitlines()
    assert all(str(tmp_path / name) in line for name in ("x.png", "x-s-2.png", "x.jpg"))


def test_a_picture_is_read_once_for_all_styles_and_its_notes_are_told_once(run, stub, tmp_path, capsys):
    stub.notes["a.jpg"] = (Note("frames", "Only the first of 3 frames is used."),)
    stub.raises["b.jpg"] = PictureError("b.jpg is damaged.")
    assert run("a.jpg", "b.jpg", "c.jpg", styles="xyz") == 1
    assert stub.opened == ["a.jpg", *["b.jpg"] * 3, "c.jpg"]
    assert capsys.readouterr().err.splitlines() == [
        f"note: {tmp_path / 'a.jpg'}: Only the first of 3 frames is used.",
        f"error: {tmp_path / 'b.jpg'} is damaged.",
    ]
