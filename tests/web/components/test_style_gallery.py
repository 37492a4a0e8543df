"""The gallery without a browser or a server."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stylize import Style
from stylize.web.components import style_gallery
from stylize.web.state import AppState, session_id

from ..visitors import visit


def galleries(steps: Iterable[Any]) -> list[Any]:
    """What is shown, without the answers that change nothing."""
    return [gallery for gallery, _ in steps if "tiles" in gallery]


def test_the_gallery_fills_tile_by_tile(app: AppState, beach: str) -> None:
    shown = galleries(style_gallery.paint_handler(app)(beach, {}, visit()))
    ready = [[tile["ready"] for tile in step["tiles"]] for step in shown]
    assert ready == [[False] * 3, [True, False, False], [True, True, False], [True] * 3, [True] * 3]
    assert shown[-1]["state"] == "gallery_done"
    files = [tile["picture"]["path"] for tile in shown[-1]["tiles"]]
    assert [Path(path).name for path in files] == ["beach-the_scream.jpg", "beach-udnie.jpg", "beach-the_kiss.jpg"]


def test_a_new_photo_ends_the_old_gallery(app: AppState, beach: str) -> None:
    old = style_gallery.paint_handler(app)(beach, {}, visit())
    for step, _ in old:
        if "tiles" in step and step["tiles"][0]["ready"]:
            break
    app.requests.begin(session_id(visit()), "gallery")
    assert galleries(old) == []


def test_another_visitor_ends_nothing(app: AppState, beach: str) -> None:
    steps = style_gallery.paint_handler(app)(beach, {}, visit(session="one"))
    for step, _ in steps:
        if "tiles" in step:
            break
    app.requests.begin(session_id(visit(session="another")), "gallery")
    assert galleries(steps)[-1]["state"] == "gallery_done"


def test_a_photo_that_cannot_be_painted_keeps_the_last_gallery(app: AppState, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("words")
    *_, last = galleries(style_gallery.paint_handler(app)(str(text), {}, visit()))
    assert last["state"] == "gallery_kept"
    assert all(tile["ready"] and tile["picture"] is None for tile in last["tiles"])


def test_own_styles_come_first(app: AppState, own_style: Style, beach: str) -> None:
    *_, last = galleries(style_gallery.paint_handler(app)(beach, {own_style.id: own_style}, visit()))
    assert [tile["id"] for tile in last["tiles"]] == ["my_mix", "the_scream", "udnie", "the_kiss"]
    assert last["state"] == "gallery_done"


def test_a_new_own_style_is_painted_beside_the_others(app: AppState, own_style: Style, beach: str) -> None:
    files = {"udnie": "udnie.jpg", "gone": "gone.jpg"}
    gallery, merged = style_gallery.paint_own_styles_handler(app)(beach, {own_style.id: own_style}, files, visit())
    assert [(tile["id"], tile["own"]) for tile in gallery["tiles"]] == [("my_mix", True)]
    assert gallery["state"] is None
    assert list(merged) == ["my_mix", "udnie"]


def test_nobody_elses_styles_hang_in_a_gallery(app: AppState) -> None:
    assert {tile["id"] for tile in style_gallery.waiting(app, {})["tiles"]} == {"the_scream", "udnie", "the_kiss"}
