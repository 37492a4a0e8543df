"""Videos without a browser or a server."""

from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import video_tab
from stylize.web.components.video_tab import VideoRequest

from ..videos import write_video
from ..visitors import UDNIE, answers


def paint(app: AppContext, file: str, style: str = "", **own_styles: Style) -> Any:
    """The last thing that the handler yields: view and download."""
    wanted = VideoRequest(file, style, own_styles, UDNIE)
    *_, last = answers(app, video_tab.VIDEO, wanted, video_tab.answer_handler)
    return last


def test_a_video_is_painted_in_an_own_style(app: AppContext, own_style: Style, tmp_path: Path) -> None:
    view, download = paint(app, write_video(tmp_path / "sea.mp4", 6), "my_mix", my_mix=own_style)
    assert view["state"] == "video_done"
    assert Path(view["video"]["path"]).name == "sea-my_mix.mp4"
    assert download.visible
    with av.open(view["video"]["path"]) as painted:
        assert sum(1 for _ in painted.decode(video=0)) == 6


def test_a_video_has_the_regions_of_the_look_on_the_easel(app: AppContext, tmp_path: Path) -> None:
    source = write_video(tmp_path / "sea.mp4", 3)
    look = UDNIE._replace(regions="subject; background")  # all of it stays
    wanted = VideoRequest(source, "", {}, look)
    *_, (view, _) = answers(app, video_tab.VIDEO, wanted, video_tab.answer_handler)
    first, painted = (next(av.open(str(path)).decode(video=0)) for path in (source, view["video"]["path"]))
    assert abs(first.to_ndarray(format="rgb24").astype(int) - painted.to_ndarray(format="rgb24")).mean() < 6


def test_what_a_video_loses_is_said_beside_it(app: AppContext, tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (64, 48), (200, 40 * i, 0, 90 * i)) for i in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100, disposal=2)
    view, _ = paint(app, str(tmp_path / "a.gif"))
    assert view["note"] == "The transparent parts of a.gif are white in the painted film."


@pytest.mark.parametrize("kind", ["long", "words"])
def test_a_video_that_cannot_be_painted_gets_its_sentence(app: AppContext, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "sea.mp4"
    if kind == "long":
        write_video(source, 48)
    else:
        source.write_text("words")
    view, _ = paint(app, str(source))
    assert (view["state"], view["retry"]) == ("video_failed", "video")
    assert "sea.mp4" in view["error"]
    assert kind == "words" or "at most 1" in view["error"]


def test_a_video_that_lies_about_its_length_ends(
    app: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylize.video.film.length", lambda path: 0.0)
    monkeypatch.setattr(video_tab, "MAX_FRAME_RATE", 20)
    view, _ = paint(app, write_video(tmp_path / "sea.mp4", 60))
    assert view["state"] == "video_failed"
    assert "too many" in view["error"]


def test_a_stopped_video_ends(app: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stylize.video.film.length", lambda path: 0.0)
    monkeypatch.setattr(video_tab, "POLL_SECONDS", 0.0)
    wanted = VideoRequest(write_video(tmp_path / "sea.mp4", 100), "", {}, UDNIE)
    steps = answers(app, video_tab.VIDEO, wanted, video_tab.answer_handler)
    first, _ = next(steps)
    app.requests.stop("one", video_tab.VIDEO, 10**6)
    *_, (last, _) = steps
    assert (first["state"], last["state"]) == ("video_busy", "video_stopped")


def test_without_a_file_there_is_nothing_to_wait_for() -> None:
    assert [video_tab.waiting(file)["state"] for file in ("sea.mp4", None)] == ["video_waiting", "video_missing"]
