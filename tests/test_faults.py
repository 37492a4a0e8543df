"""What a host and a user meet when a disk or a process fails: no half file, one sentence."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import faults
from stylize import StyleError, StylizeError, imaging, styles
from stylize.training.models.loss_network import random_vgg
from stylize.training.tasks import train

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = Path("/proc/nowhere")  # a folder that not even root can make


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch):
    """Processes whose disk is full or that are killed write no coverage: its file would be what does not fit."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


def test_a_process_that_is_killed_while_it_writes_leaves_no_half_file():
    found = faults.killed(0)
    assert found["half"] == 0
    assert found["whole"] == len(faults.FILES)


def test_a_disk_that_runs_full_leaves_no_half_file_and_no_traceback():
    found = faults.filled(2)
    assert found["half"] == found["traceback"] == 0
    assert found["absent"] > 0


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_picture_that_nearly_fits_is_not_written(tmp_path, astronaut, name):
    size = imaging.write(astronaut, tmp_path / name).stat().st_size
    code = f"""
import resource, sys
from PIL import Image
from stylize import PictureError, imaging
resource.setrlimit(resource.RLIMIT_FSIZE, ({size - 27}, resource.RLIM_INFINITY))
try:
    imaging.write(Image.open({str(tmp_path / "in.png")!r}), {str(tmp_path / name)!r})
except PictureError as error:
    sys.exit("cannot be written" not in str(error))
sys.exit("it was written")
"""
    astronaut.save(tmp_path / "in.png")
    before = (tmp_path / name).read_bytes()
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert (tmp_path / name).read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def command(*arguments: object, largest: int | None = None) -> tuple[int, str]:
    """Status and complaints of the command, whose files can grow to `largest` bytes."""

    def fill() -> None:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    done = subprocess.run(
        [sys.executable, "-m", "stylize", *map(str, arguments)],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, preexec_fn=fill,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("target", ["a.png", "a.mp4", "a.gif"])
def test_the_command_says_in_one_line_that_the_disk_is_full(tmp_path, astronaut, target):
    frames = [astronaut.resize((120, 90)).rotate(i) for i in range(3)]
    source = tmp_path / ("clip.gif" if target != "a.png" else "photo.png")
    frames[0].save(source, **({} if target == "a.png" else {"save_all": True, "append_images": frames[1:]}))
    status, said = command(source, "-o", tmp_path / target, largest=600)
    assert status == 1
    assert said.startswith("error: ")
    assert "cannot be written" in said
    assert len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


@pytest.mark.parametrize("where", [["--out-dir", NOWHERE / "a"], ["-o", "/proc/a.png"], ["-o", "/proc/a/b.png"]])
def test_the_command_says_in_one_line_that_it_may_not_write_there(tmp_path, photo, where):
    photo.save(tmp_path / "photo.png")
    status, said = command(tmp_path / "photo.png", *where)
    assert status == 1
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1


def test_a_style_that_cannot_be_written_is_a_sentence(painter, tmp_path):
    with pytest.raises(StyleError, match="cannot be written"):
        styles.save(painter.styles["udnie"], NOWHERE / "a.safetensors")


def test_a_film_that_cannot_be_written_is_a_sentence(painter, astronaut, tmp_path):
    frames = [astronaut.resize((40, 30)).rotate(i) for i in range(3)]
    frames[0].save(tmp_path / "clip.gif", save_all=True, append_images=frames[1:])
    for ending in (".mp4", ".gif"):
        with pytest.raises(StylizeError, match="cannot be written"):
            painter.video(tmp_path / "clip.gif", NOWHERE / f"a{ending}", "udnie")


def test_training_says_in_one_line_that_it_may_not_write_there(tmp_path, astronaut, capsys, monkeypatch):
    for name in ("photos", "paintings"):
        (tmp_path / name).mkdir()
        for side in (64, 70):
            astronaut.resize((side, side)).save(tmp_path / name / f"picture_{side}.png")
    monkeypatch.setattr(train, "load_loss_network", lambda *_, **__: random_vgg())
    folders = ["--photos", str(tmp_path / "photos"), "--paintings", str(tmp_path / "paintings")]
    assert train.main([*folders, "--out", str(NOWHERE), "--steps", "1", "--crop", "32"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("error: ")
    assert not any("Traceback" in line for line in said)
