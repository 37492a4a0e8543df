"""Which command does what: the first word decides, and what is missing is told with the way to get it."""

import importlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

import av
import pytest

import stylize
from stylize import cli
from stylize.cli import COMMANDS, main

ROOT = Path(stylize.__file__).parents[1]


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, in a folder that is not the checkout."""
    given = os.environ | {"PYTHONPATH": str(ROOT), "STYLIZE_DEVICE": "cpu", **environment}
    command = [sys.executable, "-m", "stylize", *arguments]
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, timeout=120)


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said and command.does in said for name, command in COMMANDS.items())


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"stylize {stylize.__version__}\n"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.training if command.extra == "train" else ())
        for name, command in COMMANDS.items()
    ],
)
def test_every_command_tells_its_options_by_its_own_name(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("usage: stylize" if name == "paint" else f"usage: stylize {name} ")


@pytest.mark.parametrize(
    ("arguments", "module", "given"),
    [
        (["a.jpg", "-o", "b.png"], "stylize.cli.paint", ["a.jpg", "-o", "b.png"]),
        (["paint", "serve"], "stylize.cli.paint", ["serve"]),
        (["./serve"], "stylize.cli.paint", ["./serve"]),
        (["serve", "--port", "80"], "stylize.web.serve", ["--port", "80"]),
        pytest.param(["train", "paint"], "stylize.training.tasks.train", ["paint"], marks=pytest.mark.training),
        ([], "stylize.cli.paint", []),
    ],
)
def test_the_first_word_decides(arguments, module, given, monkeypatch):
    monkeypatch.setattr(importlib.import_module(module), "main", lambda argv: argv)
    assert main(arguments) == given


@pytest.mark.parametrize("kind", ["web", "site"])
def test_what_is_written_for_browsers_replaces_nothing_unasked(kind, tmp_path, capsys):
    mine = tmp_path / "index.html"
    mine.write_text("mine")
    for out, said in ((str(tmp_path), "--overwrite"), ("", "it is empty")):
        with pytest.raises(SystemExit, match="2"):
            main(["export", kind, "--out", out])
        assert said in capsys.readouterr().err
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "missing", "extra"),
    [
        ("serve", "gradio", "page"),
        ("train", "torch", "train"),
        pytest.param("optimise", "tqdm", "train", marks=pytest.mark.training),
    ],
)
def test_a_missing_package_is_one_sentence_that_names_the_extra(name, missing, extra, tmp_path):
    (tmp_path / "without" / missing).mkdir(parents=True)
    (tmp_path / "without" / missing / "__init__.py").write_text(
        f"raise ModuleNotFoundError('No module named {missing}', name='{missing}')"
    )
    done = run(name, "--help", cwd=tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path / "without"), str(ROOT)]))
    assert done.returncode == 1
    assert done.stderr == (
        f'error: stylize {name} needs {missing}, which is not installed here: pip install "stylize[{extra}]"\n'
    )


def test_a_module_of_our_own_that_is_missing_is_no_missing_extra(monkeypatch):
    monkeypatch.setitem(cli.COMMANDS, "serve", cli.Command("stylize.web.gone", "", "page"))
    with pytest.raises(ModuleNotFoundError, match=r"stylize\.web\.gone"):
        main(["serve"])


def test_it_paints_from_any_folder_and_says_nothing_but_the_path(tmp_path, photo):
    photo.save(tmp_path / "a.jpg")
    done = run("a.jpg", "--style", "udnie", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a-udnie.png\n", "")


@pytest.mark.parametrize("ending", [".mkv", ".mov"])
def test_no_library_says_anything(tmp_path, ending):
    with av.open(str(tmp_path / f"a{ending}"), "w") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        film.mux(stream.encode(av.VideoFrame(32, 24, "yuv420p")))
        film.mux(stream.encode(None))
    done = run(f"a{ending}", "--style", "udnie", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"a-udnie{ending}\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes for a name")
def test_a_name_that_is_no_text_is_told_as_it_is(tmp_path, photo):
    name = os.fsdecode(b"caf\xe9.jpg")
    photo.save(tmp_path / name, "JPEG")
    command = [sys.executable, "-m", "stylize", name, "--style", "udnie"]
    given = os.environ | {"PYTHONPATH": str(ROOT), "STYLIZE_DEVICE": "cpu"}
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"caf\xe9-udnie.png\n", b"")
    assert (tmp_path / os.fsdecode(b"caf\xe9-udnie.png")).exists()


def test_who_stops_reading_stops_no_batch(tmp_path, photo):
    for name in ("a.jpg", "b.jpg"):
        photo.save(tmp_path / name)
    command = [sys.executable, "-m", "stylize", "a.jpg", "b.jpg", "--style", "udnie"]
    given = os.environ | {"PYTHONPATH": str(ROOT), "STYLIZE_DEVICE": "cpu"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=given, **pipes) as painting:
        painting.stdout.close()
        assert painting.stderr.read() == b""
        assert painting.wait(120) == 0
    assert (tmp_path / "b-udnie.png").exists()


def test_the_page_is_served_from_any_folder(tmp_path):
    given = {name: value for name, value in os.environ.items() if not name.startswith(("STYLIZE_", "GRADIO_"))}
    given |= {"PYTHONPATH": str(ROOT), "STYLIZE_DEVICE": "cpu", "STYLIZE_STYLES": "udnie", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "stylize", "serve"]
    with subprocess.Popen(command, cwd=tmp_path, env=given, stdout=subprocess.PIPE, text=True) as page:
        alarm = threading.Timer(120, page.kill)
        alarm.start()
        try:
            address = next(found[1] for line in page.stdout if (found := re.search(r"URL:\s+(http://\S+)", line)))
            with urlopen(address) as answer:
                assert b"Stylize" in answer.read()
        finally:
            alarm.cancel()
            page.terminate()


@pytest.mark.training
def test_slow_work_of_the_page_starts_from_any_folder(tmp_path):
    (tmp_path / "stylize.py").write_text("raise RuntimeError('what lies in the folder was imported')")
    asked = """if True:
        import sys
        from stylize.web.services import training_jobs
        tell = "import json, stylize.errors as found; print(json.dumps({'imported': found.__file__}))"
        training_jobs.COMMAND = (sys.executable, "-c", tell)
        print(*training_jobs.run({"task": "teach"}, 120, lambda: False))
    """
    given = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", asked]
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=240)
    assert done.stdout == f"{ {'imported': str(ROOT / 'stylize' / 'errors.py')} }\n"
