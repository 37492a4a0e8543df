"""The page's parts without a browser or a server."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from stylize import Stylizer
from stylize.web.app import Settings
from stylize.web.components import style_gallery, viewer
from stylize.web.locale import catalog
from stylize.web.paint_options import Choice
from stylize.web.services import results
from stylize.web.services.cancellation import Turns
from stylize.web.state import Studio

UDNIE = Choice({"udnie": 1.0}).controls


@pytest.fixture
def studio(painter: Stylizer) -> Studio:
    catalog.add_titles(painter.styles)
    return Studio(painter, Settings(styles=("the_scream", "udnie", "the_kiss")))


@pytest.fixture
def beach(astronaut: Image.Image, tmp_path: Path) -> str:
    path = tmp_path / "beach.jpg"
    astronaut.resize((160, 96)).save(path)
    return str(path)


def request(language: str = "en", session: str = "one") -> Any:
    return SimpleNamespace(session_hash=session, headers={"accept-language": language})


def walls(steps: Iterable[Any]) -> list[Any]:
    return [wall for wall, _ in steps if "tiles" in wall]


def test_the_wall_fills_tile_by_tile(studio: Studio, beach: str) -> None:
    hung = walls(style_gallery.hanging(studio)(beach, {}, request()))
    ready = [[tile["ready"] for tile in step["tiles"]] for step in hung]
    assert ready == [[False] * 3, [True, False, False], [True, True, False], [True] * 3, [True] * 3]
    assert hung[-1]["state"] == "wall_done"
    files = [tile["picture"]["path"] for tile in hung[-1]["tiles"]]
    assert [Path(path).name for path in files] == ["beach-the_scream.jpg", "beach-udnie.jpg", "beach-the_kiss.jpg"]


def test_a_new_photo_ends_the_old_wall(studio: Studio, beach: str) -> None:
    old = style_gallery.hanging(studio)(beach, {}, request())
    for step, _ in old:
        if "tiles" in step and step["tiles"][0]["ready"]:
            break
    studio.stopper("wall")(request())
    assert walls(old) == []


def test_another_visitor_ends_nothing(studio: Studio, beach: str) -> None:
    mine = style_gallery.hanging(studio)(beach, {}, request(session="mine"))
    for step, _ in mine:
        if "tiles" in step:
            break
    studio.stopper("wall")(request(session="theirs"))
    assert walls(mine)[-1]["state"] == "wall_done"


def test_a_wall_that_cannot_be_painted_keeps_the_last(studio: Studio, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("words")
    *_, last = walls(style_gallery.hanging(studio)(str(text), {}, request()))
    assert last["state"] == "wall_kept"
    assert all(tile["ready"] and tile["picture"] is None for tile in last["tiles"])


def test_the_easel_ends_with_downloads_at_full_size(studio: Studio, beach: str) -> None:
    *_, last = viewer.painting(studio)(request(), beach, None, {}, "the_scream", "udnie", 0.5, "", 0.5, 0.5, 1.0, True)
    pair, flip, plaque, png, jpeg = last
    assert Path(png).name == "beach-the_scream-udnie.png"
    assert Path(jpeg).name == "beach-the_scream-udnie.jpg"
    assert "The Scream 50% + Udnie 50%" in plaque
    for path in (*pair, flip["photo"]["path"], png, jpeg):
        with Image.open(path) as image:
            assert image.size == (160, 96)


def test_a_large_photo_shows_a_preview_first(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (1600, 900), "teal").save(path)
    steps = list(viewer.painting(studio)(request(), str(path), None, {}, *UDNIE))[1:]
    assert len(steps) == 2
    assert 'data-word="preview"' in steps[0][2]
    assert 'data-word="painted"' in steps[1][2]


def test_an_error_of_ours_is_told_in_the_language_of_the_browser(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("gradio.Warning", told.append)
    text = tmp_path / "notes.txt"
    text.write_text("words")
    for language in ("en-GB,en", "zh-CN,zh;q=0.9"):
        steps = list(viewer.painting(studio)(request(language), str(text), None, {}, *UDNIE))
        assert steps == [viewer.KEEP]
    assert "notes.txt" in told[0]
    assert told[1] == catalog.CHINESE["error_picture"]


def test_a_photo_above_the_limit_of_the_host_is_refused(painter: Stylizer, beach: str) -> None:
    studio = Studio(painter, Settings(max_megapixels=0.01))
    with pytest.raises(Exception, match=r"beach\.jpg"):
        studio.open(beach)


@pytest.mark.parametrize(
    ("photo", "name"),
    [
        ("/a/beach.jpg", "beach-udnie.png"),
        ("/a/海 滩.HEIC", "海-滩-udnie.png"),
        ("/a/../;rm -rf.png", "rm--rf-udnie.png"),
        ("/a/.png", "png-udnie.png"),
    ],
)
def test_file_names_say_photo_and_style(photo: str, name: str) -> None:
    assert results.file_name(photo, {"udnie": 1.0}, ".png") == name


def test_a_transparent_tile_stays_transparent() -> None:
    with Image.open(results.put(Image.new("RGBA", (8, 8), (255, 0, 0, 60)), "tile.jpg")) as image:
        assert image.mode == "RGBA"


def test_the_languages_have_the_same_words() -> None:
    assert set(catalog.ENGLISH) == {key for key in catalog.CHINESE if not key.startswith("error_")}
    for key, english in catalog.ENGLISH.items():
        assert catalog.fields(english) == catalog.fields(catalog.CHINESE[key]), key


def test_leaving_ends_everything() -> None:
    turns = Turns()
    cancelled = turns.begin("one", "wall")
    assert not cancelled()
    turns.leave("one")
    assert cancelled()


def test_a_painting_that_comes_late_does_not_cover_a_newer_one(studio: Studio, beach: str) -> None:
    def steps(session: str) -> list[Any]:
        late = viewer.painting(studio)(request(session=session), beach, None, {}, *UDNIE)
        next(late)
        real = studio.painter.__class__.__call__

        def slow(self: Any, *arguments: Any, **named: Any) -> Any:
            painted = real(self, *arguments, **named)
            studio.stopper("easel")(request(session="one"))  # a newer request begins while this one is at work
            return painted

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(studio.painter.__class__, "__call__", slow)
            return list(late)

    assert steps("one") == []
    assert len(steps("another")) == 1


def test_what_no_component_ever_showed_is_deleted_too(studio: Studio, beach: str) -> None:
    before = set(results.LYING)
    list(viewer.painting(studio)(request(), beach, None, {}, *UDNIE))
    new = set(results.LYING) - before
    assert new
    for path in results.LYING:  # Gradio walks it while handlers add to it
        results.LYING.add(path + "-")
        break
