"""The gallery without a browser or a server."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
import pytest

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import style_gallery
from stylize.web.components.style_gallery import GalleryRequest, PaintedTiles
from stylize.web.services.pace import Pace

from ..visitors import answers, ask

NONE: Mapping[str, Style] = MappingProxyType({})
IDS = ["the_scream", "udnie", "the_kiss"]


def wanted(photo: str | None, own: Mapping[str, Style] = NONE, painted: PaintedTiles | None = None) -> GalleryRequest:
    return GalleryRequest(photo, own, painted or PaintedTiles())


def paint(app: AppContext, request: GalleryRequest) -> Iterator[Any]:
    return answers(app, style_gallery.KIND, request, style_gallery.answer_handler)


def ready(gallery: Any) -> list[bool]:
    return [tile["ready"] for tile in gallery["tiles"]]


def test_the_gallery_fills_tile_by_tile(app: AppContext, beach: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "is_due", lambda pace: True)
    *steps, (_, _, sheet) = paint(app, wanted(beach))
    shown = [gallery for gallery, _, _ in steps]
    assert [ready(step) for step in shown] == [
        [False] * 3,
        [True, False, False],
        [True, True, False],
        *[[True] * 3] * 2,
    ]
    assert shown[-1]["state"] == "gallery_done"
    files = [tile["picture"]["path"] for tile in shown[-1]["tiles"]]
    assert [Path(path).name for path in files] == ["beach-the_scream.jpg", "beach-udnie.jpg", "beach-the_kiss.jpg"]
    assert steps[0][2].visible is False  # the sheet of the last photo is no longer there
    assert Path(sheet.value["path"]).name == "beach-wall.png"


def test_a_new_photo_takes_the_place_of_the_old_one(app: AppContext, beach: str, tmp_path: Path) -> None:
    other = Path(beach).rename(tmp_path / "other.jpg")
    steps = paint(app, wanted(str(other)))
    next(step for step, _, _ in steps if any(ready(step)))
    number = ask(app, style_gallery.KIND, wanted(str(other)))
    rest = [step for step, _, _ in steps if "tiles" in step]
    assert {step["request"] for step in rest} == {number}
    assert ready(rest[0]) == [False] * 3
    assert rest[-1]["state"] == "gallery_done"


def test_another_visitor_ends_nothing(app: AppContext, beach: str) -> None:
    steps = paint(app, wanted(beach))
    next(steps)
    ask(app, style_gallery.KIND, wanted(beach), session="another")
    assert "gallery_done" in [step.get("state") for step, _, _ in steps]


def test_a_photo_that_cannot_be_painted_keeps_the_last_gallery(app: AppContext, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("words")
    *_, (last, painted, _) = paint(app, wanted(str(text)))
    assert last["state"] == "gallery_kept"
    assert all(tile["ready"] and tile["picture"] is None for tile in last["tiles"])
    assert painted == gr.skip()


def test_a_new_own_style_comes_first_and_the_others_are_not_painted_again(
    app: AppContext, own_style: Style, beach: str
) -> None:
    painted = next(painted for _, painted, _ in paint(app, wanted(beach)) if isinstance(painted, PaintedTiles))
    own = {own_style.id: own_style}
    first, *_, (last, again, _), _ = paint(app, wanted(beach, own, painted))
    assert ready(first[0]) == [False, True, True, True]
    assert [tile["id"] for tile in last["tiles"]] == ["my_mix", *IDS]
    assert [tile["own"] for tile in last["tiles"]] == [True, False, False, False]
    assert {name: again.files[name] for name in IDS} == painted.files


def test_without_a_photo_the_examples_are_back(app: AppContext, own_style: Style) -> None:
    *_, (last, _, _) = paint(app, wanted(None, {own_style.id: own_style}))
    assert last["state"] == "gallery_example"
    assert [Path(tile["picture"]["path"]).stem for tile in last["tiles"]] == ["chelsea-my_mix", *IDS]
    at_once = style_gallery.waiting(app, wanted(None), 3)
    assert (at_once["state"], at_once["request"]) == ("gallery_example", 3)


def test_the_tiles_of_another_photo_are_not_reused(app: AppContext, beach: str) -> None:
    painted = PaintedTiles("another.jpg", {"udnie": beach, "the_kiss": "/gone.jpg"})
    assert painted.of(beach, app.styles) == {}
    assert painted.of("another.jpg", app.styles) == {"udnie": Path(beach)}
