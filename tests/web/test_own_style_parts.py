"""A visitor's own styles, the slow work in its own process, and films: without a browser."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from stylize import Style, StyleError, Stylizer, VideoError, styles
from stylize.cpu import available_cores
from stylize.errors import TrainingError
from stylize.paths import MODELS
from stylize.web.app import Settings
from stylize.web.components import comparison, controls, own_style, own_style_training, style_gallery, video_tab, viewer
from stylize.web.locale import catalog
from stylize.web.paint_options import Choice
from stylize.web.services import jobs, own_styles
from stylize.web.services.own_styles import Sitting
from stylize.web.state import Studio

UDNIE = Choice({"udnie": 1.0}).controls


@pytest.fixture
def studio(painter: Stylizer) -> Studio:
    catalog.add_titles(painter.styles)
    return Studio(painter.for_strangers(), Settings(styles=("the_scream", "udnie"), film_seconds=1))


@pytest.fixture
def mine(painter: Stylizer) -> Style:
    """A style that is on no wall."""
    vector = painter.vector({"udnie": 0.5, "the_scream": 0.5})
    return Style("my_mix", "My <mix>", painter=painter.styles["udnie"].painter, vector=vector)


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> str:
    path = tmp_path / "beach.jpg"
    astronaut.resize((160, 96)).save(path)
    return str(path)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What visitors are warned of."""
    told: list[str] = []
    monkeypatch.setattr("gradio.Warning", told.append)
    return told


def request(language: str = "en", session: str = "one") -> Any:
    return SimpleNamespace(session_hash=session, headers={"accept-language": language})


def wanted() -> bool:
    return False


def clip(path: Path, frames: int, rate: int = 12) -> str:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(frames):
            pixels = np.full((48, 64, 3), 4 * i % 256, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return str(path)


def test_a_style_file_comes_home(studio: Studio, mine: Style, tmp_path: Path, beach: str) -> None:
    path = Path(own_styles.take_home(mine))
    assert path.name == "my_mix.safetensors"
    *_, (style, sitting, view, _) = own_style.bringing(studio)(request(), str(path), beach, {})
    assert (style.id, style.title) == ("my_mix", "My <mix>")
    assert np.array_equal(style.vector, mine.vector)
    assert sitting == Sitting("my_mix", "My <mix>")
    assert view["state"] == "own_opened"
    assert Path(view["picture"]["path"]).is_file()
    kept, made = own_style.keeping({}, style)
    assert (list(kept), made) == (["my_mix"], None)


def test_a_file_with_the_name_of_a_painters_style_gets_another(studio: Studio, mine: Style, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    styles.save(replace(mine, id="udnie"), path)
    assert own_styles.open_file(studio, str(path), {}).id == "udnie-2"


@pytest.mark.parametrize("fault", ["other painter", "cut", "nan", "large", "words"])
def test_a_bad_style_file_gets_its_sentence(
    studio: Studio, mine: Style, tmp_path: Path, said: list[str], fault: str
) -> None:
    path = tmp_path / "bad.safetensors"
    data = styles.dumps(mine)
    if fault == "other painter":
        data = styles.dumps(replace(mine, painter="0" * 64))
    elif fault == "nan":
        data = styles.dumps(replace(mine, vector=mine.vector * np.float32("nan")))
    path.write_bytes({"cut": data[:-9], "large": data + bytes(10**5), "words": b"words"}.get(fault, data))
    *_, (style, _, view, _) = own_style.bringing(studio)(request(), str(path), None, {})
    assert not isinstance(style, Style)
    assert view["state"] == "own_failed"
    assert len(said) == 1
    assert "bad.safetensors" in said[0]
    list(own_style.bringing(studio)(request("zh-CN"), str(path), None, {}))
    assert said[1] == catalog.CHINESE["error_style"]


def test_a_painting_is_a_style_at_once(
    studio: Studio, mine: Style, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def predict(self: Stylizer, painting: Any, id: str = "own", title: str = "") -> Style:  # noqa: A002
        seen.append(painting)
        return replace(mine, id=id, title=title)

    expected: list[bool] = []
    monkeypatch.setattr(jobs, "expect", lambda: expected.append(True))
    monkeypatch.setattr(Stylizer, "predict", predict)
    steps = list(own_style.bringing(studio)(request(), beach, None, {}))
    assert expected == [True]
    states = [view["state"] for _, _, view, _ in steps[1:]]
    assert states == ["own_looking", "own_instant_done"]
    style, sitting = steps[-1][0], steps[1][1]
    assert (style.id, style.title) == (sitting.id, sitting.title) == ("beach", "Beach")
    assert sitting.is_there
    assert isinstance(seen[0], Image.Image)  # never a path that a visitor named


def test_without_an_encoder_a_painting_can_still_be_taught(
    studio: Studio, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stylizer, "can_predict", False)
    *_, (_, _, view, _) = own_style.bringing(studio)(request(), beach, None, {})
    assert view["state"] == "own_no_instant"
    assert view["slow"] is jobs.is_open()


def test_an_own_style_behaves_like_any_other(studio: Studio, mine: Style, beach: str) -> None:
    owned = {mine.id: mine}
    hung = [step for step, _ in style_gallery.hanging(studio)(beach, owned, request()) if "tiles" in step]
    assert [tile["id"] for tile in hung[-1]["tiles"]] == ["my_mix", "the_scream", "udnie"]
    assert hung[-1]["state"] == "wall_done"
    blend = Choice({"my_mix": 0.5, "udnie": 0.5}, strength=0.5).controls
    *_, (_, _, plaque, png, _) = viewer.painting(studio)(request(), beach, None, owned, *blend)
    assert "My &lt;mix&gt; 50% + Udnie 50%" in plaque
    assert 'data-query=""' in plaque  # nobody else has it: there is no link
    assert Path(png).name == "beach-my_mix-udnie.png"
    *_, last = comparison.painting(studio)(request(), beach, owned, ["my_mix", "udnie"], *UDNIE)
    assert last[3].choices[1] == ("My <mix>", "my_mix")


def test_own_styles_are_one_visitors(studio: Studio, mine: Style, beach: str, said: list[str]) -> None:
    controls = Choice({"my_mix": 1.0}).controls
    assert list(viewer.painting(studio)(request(session="other"), beach, None, {}, *controls)) == [viewer.KEEP]
    assert "my_mix" in said[0]
    assert "my_mix" not in studio.painter.styles
    assert "my_mix" not in {tile["id"] for tile in style_gallery.waiting(studio, {})["tiles"]}


@pytest.mark.parametrize("name", ["/etc/passwd", "../models/README.md", "photo.jpg"])
def test_what_visitors_name_is_never_a_path(studio: Studio, beach: str, said: list[str], name: str) -> None:
    name = beach if name == "photo.jpg" else name
    with pytest.raises(StyleError):
        studio.parts({name: 1.0})
    list(viewer.painting(studio)(request(), beach, None, {}, *Choice({name: 1.0}).controls))
    list(comparison.painting(studio)(request(), beach, {}, [name, "udnie"], *UDNIE))
    assert len(said) == 2
    assert all("There is no style" in sentence for sentence in said)


def test_a_removed_style_leaves_nothing_behind(studio: Studio, mine: Style) -> None:
    rest, sitting, *_ = own_style.removing({mine.id: mine}, Sitting(mine.id, mine.title))
    assert (rest, sitting) == ({}, None)
    chosen, second, _ = controls.settling(studio)(rest, "my_mix", "my_mix", "udnie", request())
    assert chosen == "the_scream"
    assert second.value == ""


def test_there_is_room_for_so_many(studio: Studio, mine: Style, tmp_path: Path, said: list[str]) -> None:
    full = {f"s{number}": replace(mine, id=f"s{number}") for number in range(own_styles.MOST)}
    path = own_styles.take_home(mine)
    *_, (_, _, view, _) = own_style.bringing(studio)(request(), path, None, full)
    assert view["state"] == "own_failed"
    assert str(own_styles.MOST) in said[0]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces the process of the workshop by a few lines of Python."""
    monkeypatch.setattr(jobs, "is_open", lambda: True)

    jobs._bench.clear()  # what another test may have expected

    def use(code: str) -> None:
        monkeypatch.setattr(jobs, "COMMAND", (sys.executable, "-c", "import json, sys, time, os\n" + code))

    return use


STEP = "print(json.dumps({'step': %d, 'steps': 2, 'loss': 1.0, 'vector': [0.5] * %d}), flush=True)\n"


def test_the_workshop_tells_what_it_is_asked_and_what_comes(command: Any) -> None:
    command("print(json.dumps({'asked': json.loads(sys.stdin.readline())}), flush=True)")
    (line,) = jobs.work({"task": "teach"}, 60, wanted)
    assert line == {"asked": {"task": "teach", "threads": available_cores()}}


ECHO = "print(json.dumps({'process': os.getpid(), 'asked': sys.stdin.readline()}), flush=True)"


def test_work_that_was_expected_is_done_by_the_process_that_waits(command: Any) -> None:
    command(ECHO)
    jobs.expect()
    waiting = jobs._bench._spare
    assert waiting is not None
    jobs.expect()
    assert jobs._bench._spare is waiting
    assert os.getpriority(os.PRIO_PROCESS, waiting.process.pid) == jobs.NICENESS
    (line,) = jobs.work({"task": "teach"}, 60, wanted)
    assert line["process"] == waiting.process.pid
    assert json.loads(line["asked"])["task"] == "teach"
    assert not waiting.waits
    (line,) = jobs.work({}, 60, wanted)  # and the next one by a new one
    assert line["process"] != waiting.process.pid


def test_a_process_that_waited_in_vain_or_died_is_no_hindrance(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    command(ECHO)
    jobs.expect()
    dead = jobs._bench._spare
    assert dead is not None
    dead.process.kill()
    dead.process.wait()
    (line,) = jobs.work({}, 60, wanted)
    assert line["process"] != dead.process.pid
    monkeypatch.setattr(jobs, "SPARE_FOR", 0.05)
    jobs.expect()
    gone = jobs._bench._spare
    jobs._bench._timer.join(10)
    assert gone is not None
    assert not gone.waits


def test_nobody_waits_behind_work_that_goes_on(command: Any) -> None:
    command(ECHO)
    for _ in jobs.work({}, 60, wanted):
        jobs.expect()
        assert jobs._bench._spare is None


@pytest.mark.parametrize("seconds", [60, 0.6])
def test_the_workshop_ends_when_nobody_waits_or_time_is_up(command: Any, seconds: float) -> None:
    command("print(json.dumps({'process': os.getpid()}), flush=True)\ntime.sleep(600)")
    lines: list[Any] = []
    for line in jobs.work({}, seconds, lambda: seconds > 1 and bool(lines)):
        lines.append(line)
    (line,) = lines or [{"process": None}]
    if line["process"]:
        assert not Path(f"/proc/{line['process']}/cmdline").exists()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("print(json.dumps({'error': 'Too blank.'}))", "Too blank."), ("os._exit(9)", "try again"), ("print('?')", "try")],
)
def test_the_workshop_says_what_went_wrong(command: Any, code: str, sentence: str) -> None:
    command(code)
    with pytest.raises(TrainingError, match=sentence):
        list(jobs.work({}, 60, wanted))


def taught(studio: Studio, sitting: Sitting, ticket: Any = wanted) -> Iterator[tuple[Any, ...]]:
    return own_style_training.teaching(studio)(request(), None, {}, sitting, ticket)


def test_the_slow_work_ends_with_the_page(mine: Style, beach: str) -> None:
    ask = {"task": "teach", "painting": beach, "start": mine.vector.tolist(), "steps": 100_000, "threads": 1}
    ask["models"] = str(MODELS)
    with subprocess.Popen(jobs.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as worker:
        worker.communicate(json.dumps(ask).encode() + b"\n", timeout=120)  # and closes the pipe, as a page that is gone
        assert worker.returncode == 0


def test_a_taught_style_is_previewed_and_kept(studio: Studio, beach: str, command: Any) -> None:
    size = len(studio.painter.styles["udnie"].vector)
    command(STEP % (1, size) + STEP % (2, size))
    steps = list(taught(studio, Sitting("beach", "Beach", beach)))
    states = [view["state"] for _, _, view, _ in steps[1:]]
    assert states == ["own_starting", "own_teaching", "own_teaching", "own_taught_done"]
    assert [view["share"] for _, _, view, _ in steps[2:]] == [0.5, 1, None]
    style = steps[-1][0]
    assert (style.id, style.title) == ("beach", "Beach")
    assert style.painter == studio.painter.styles["udnie"].painter


def test_stopping_keeps_what_was_learnt(studio: Studio, beach: str, command: Any) -> None:
    command(STEP % (1, len(studio.painter.styles["udnie"].vector)) + "time.sleep(600)")
    over: list[bool] = []
    for step in taught(studio, Sitting("beach", "Beach", beach), lambda: bool(over)):
        if step[2].get("state") == "own_teaching":
            over.append(True)
    assert step[2]["state"] == "own_taught_done"
    assert isinstance(step[0], Style)


def test_a_painting_that_was_deleted_is_asked_for_again(studio: Studio) -> None:
    *_, (_, _, view, _) = taught(studio, Sitting("beach", "Beach", "/gone.png"))
    assert view["state"] == "own_gone"


def test_who_gives_the_ticket_back_is_not_worked_for(studio: Studio) -> None:
    ticket, view = own_style.waiting(studio)(request(), Sitting("beach", "Beach"))
    assert view["state"] == "own_waiting"
    assert not ticket()
    own_style.stopping(studio)(request(), None)
    assert ticket()


def test_a_film_is_painted_in_an_own_style(studio: Studio, mine: Style, tmp_path: Path) -> None:
    source = clip(tmp_path / "sea.mp4", 6)
    steps = list(video_tab.painting(studio)(request(), source, "my_mix", wanted, {mine.id: mine}, *UDNIE))
    view, button = steps[-1]
    assert view["state"] == "film_done"
    assert Path(button.value["path"] if isinstance(button.value, dict) else button.value).name == "sea-my_mix.mp4"
    with av.open(view["film"]["path"]) as painted:
        assert sum(1 for _ in painted.decode(video=0)) == 6


@pytest.mark.parametrize("kind", ["long", "words"])
def test_a_film_that_cannot_be_painted_gets_its_sentence(
    studio: Studio, tmp_path: Path, said: list[str], kind: str
) -> None:
    source = str(tmp_path / "sea.mp4")
    if kind == "long":
        clip(Path(source), 48)
    else:
        Path(source).write_text("words")
    *_, (view, _) = video_tab.painting(studio)(request(), source, "", wanted, {}, *UDNIE)
    assert view["state"] == "film_stopped"
    assert "sea.mp4" in said[0]
    assert kind == "words" or "at most 1" in said[0]


def test_a_film_that_lies_about_its_length_ends(
    studio: Studio, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylize.video.container.length", lambda path: 0.0)
    monkeypatch.setattr(video_tab, "FRAMES", 20)
    source = clip(tmp_path / "sea.mp4", 60)
    *_, (view, _) = video_tab.painting(studio)(request(), source, "", wanted, {}, *UDNIE)
    assert view["state"] == "film_stopped"
    assert "too many" in said[0]


def test_a_film_ends_when_nobody_waits(studio: Studio, tmp_path: Path) -> None:
    source = clip(tmp_path / "sea.mp4", 12)
    asked: list[int] = []

    def unwanted() -> bool:
        asked.append(1)
        return len(asked) > 3

    *_, (view, _) = video_tab.painting(studio)(request(), source, "", unwanted, {}, *UDNIE)
    assert view["state"] == "film_stopped"


def test_the_length_of_a_film_is_known_before_it_is_painted(tmp_path: Path) -> None:
    from stylize.video import container

    assert container.length(Path(clip(tmp_path / "sea.mp4", 24))) == pytest.approx(2, abs=0.1)
    with pytest.raises(VideoError):
        container.length(tmp_path / "none.mp4")
