"""`stylize paint FOLDER --ray ADDRESS` writes what the command writes without it, whatever is killed."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from stylize import Stylizer, imaging
from stylize.cli import main
from stylize.cli.terminal import Terminal
from stylize.cluster.manifest import NAME, open_manifest
from tests.cli.test_paint import make_film
from tests.cluster.conftest import WHY, processes

pytest.importorskip("ray", reason=WHY)

from stylize.cli.cluster_task import PaintTask, Workers, paint_task, version_of
from stylize.cli.output_plan import Input
from stylize.options import PaintOptions

COUNT = 6  # photos


@pytest.fixture
def folder(tmp_path, photo):
    """Small photos that are painted at their own size, some in a folder within."""
    (tmp_path / "photos" / "within").mkdir(parents=True)
    for number in range(COUNT):
        photo.rotate(number * 10).save(tmp_path / "photos" / ("within" if number % 2 else "") / f"{number}.png")
    return tmp_path / "photos"


@pytest.fixture
def paint(folder, cluster):
    """Calls the command; returns its status."""
    out = folder.parent / "painted"

    def paint(*options: str, style: str = "udnie") -> int:
        arguments = [str(folder), "--style", style, "--brush", "0", "--out-dir", str(out), "--ray", cluster, *options]
        return main(arguments)

    return paint


def painted(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def lines(folder):
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()]


def names(style="udnie"):
    return {f"{'within/' if number % 2 else ''}{number}-{style}.png" for number in range(COUNT)}


def test_photos_and_films_are_painted_as_without_a_cluster(folder, paint, capsys, tmp_path):
    make_film(folder / "film.mp4")
    (folder / "bad.jpg").write_text("no picture")
    assert paint() == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == [line for line in said.err.splitlines() if str(folder / "bad.jpg") in line]
    assert len(said.err.splitlines()) == 1
    out = tmp_path / "painted"
    assert painted(out) == {*names(), "film-udnie.mp4", NAME}
    assert sorted(said.out.splitlines()) == sorted(str(out / name) for name in painted(out) - {NAME})
    alone = Stylizer(device="cpu", threads=1)(folder / "0.png", "udnie", brush=None)
    assert np.array_equal(np.asarray(Image.open(out / "0-udnie.png")), np.asarray(alone))
    told = {line["output"]: line for line in lines(out)}
    assert len(told) == len(lines(out)) == COUNT + 2
    assert {line["status"] for line in told.values()} == {"painted", "failed"}
    assert "not a picture" in told[str(out / "bad-udnie.png")]["error"]


def test_killed_workers_cost_only_what_they_had_not_finished(folder, paint, capsys, tmp_path, monkeypatch):
    written = Terminal.written
    killed = []

    def kill(terminal, path):
        written(terminal, path)
        if not killed:
            killed.extend(processes("paint_task"))
            for process in killed:
                os.kill(process, signal.SIGKILL)

    monkeypatch.setattr(Terminal, "written", kill)
    assert paint() == 0
    assert killed
    out = tmp_path / "painted"
    assert painted(out) == {*names(), NAME}
    assert all(imaging.read(out / name).size == (96, 72) for name in names())
    told = lines(out)
    assert sorted(line["output"] for line in told) == sorted(str(out / name) for name in names())
    assert {line["status"] for line in told} == {"painted"}
    assert told[0]["attempts"] == 1
    assert max(line["attempts"] for line in told) == 2
    assert "begun again" in capsys.readouterr().err


def test_an_interrupted_call_is_gone_on_with(folder, paint, capsys, tmp_path, monkeypatch):
    written = Terminal.written

    def interrupt(terminal, path):
        written(terminal, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Terminal, "written", interrupt)
        assert paint() == 1
    assert f"interrupted after 1 of {COUNT}" in capsys.readouterr().err
    out = tmp_path / "painted"
    (first,) = [line["output"] for line in lines(out)]
    before = {name: version_of(out, out / name) for name in painted(out) - {NAME}}
    missing = (out / min(names() - set(before))).with_suffix("")
    missing.parent.mkdir(exist_ok=True)
    missing.with_name(f".{missing.name}-{'0' * 8}.png").touch()  # as a killed machine leaves it
    assert paint("--skip-existing") == 0
    assert painted(out) == {*names(), NAME}
    assert {name: version_of(out, out / name) for name in before} == before
    assert lines(out)[0]["output"] == first
    assert sorted(line["output"] for line in lines(out)) == sorted(str(out / name) for name in names())


def test_a_second_call_into_the_folder_is_refused(paint, capsys, tmp_path):
    with open_manifest(tmp_path / "painted"):
        assert paint() == 1
    assert "Another call is painting into" in capsys.readouterr().err
    assert painted(tmp_path / "painted") == {NAME}


def test_files_of_a_store_are_painted_by_the_workers(folder, cluster, capsys, tmp_path):
    make_film(folder / "film.mp4")
    call = [f"file://{folder}", "--style", "udnie", "--brush", "0", "--out-dir", f"file://{tmp_path}/painted"]
    assert main([*call, "--ray", cluster]) == 0
    assert painted(tmp_path / "painted") == {*names(), "film-udnie.mp4", NAME}
    assert all(imaging.read(tmp_path / "painted" / name).size == (96, 72) for name in names())
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        f"file://{tmp_path}/painted/{name}" for name in (*names(), "film-udnie.mp4")
    )
    told = lines(tmp_path / "painted")
    assert {line["status"] for line in told} == {"painted"}
    assert {line["source"].rpartition("/")[0] for line in told} == {f"file://{folder}", f"file://{folder}/within"}


def test_what_an_attempt_has_finished_is_not_written_again(folder, tmp_path):
    (tmp_path / "out.png").write_bytes(b"an earlier painting")
    source, path = Input(folder / "0.png"), tmp_path / "out.png"
    options = PaintOptions("udnie", brush=None)
    task = PaintTask(
        0, source, path, version_of(tmp_path, path), options, Workers("auto", device="cpu"), tmp_path, None
    )
    assert not paint_task(task).error
    finished = version_of(tmp_path, path)
    assert finished != task.version
    assert not paint_task(task).error
    assert version_of(tmp_path, path) == finished
    lost = replace(task, folder=tmp_path / "elsewhere")
    assert "must see the same files" in paint_task(lost).error
