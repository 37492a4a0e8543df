"""The viewer without a browser or a server."""

import base64
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from stylize import Style, StyleError
from stylize.web.components import viewer
from stylize.web.locale.catalog import CATALOGS
from stylize.web.share import ControlValues
from stylize.web.state import AppState, session_id

from ..visitors import UDNIE, visit


def paint(app: AppState, photo: str | None, chosen: ControlValues = UDNIE, **given: Any) -> list[tuple[Any, ...]]:
    """What the viewer's handler yields after its first, empty answer."""
    request = given.get("request", visit())
    first, *rest = viewer.paint_handler(app)(photo, None, given.get("own_styles", {}), chosen, request)
    assert first == viewer.UNCHANGED
    return rest


def test_a_painting_ends_with_downloads_at_full_size(app: AppState, beach: str) -> None:
    blend = ControlValues("the_scream", "udnie", 0.5, strength=0.5, keep_colors=True)
    pair, single_view, caption, png, jpeg = paint(app, beach, blend)[-1]
    assert Path(png).name == "beach-the_scream-udnie.png"
    assert Path(jpeg).name == "beach-the_scream-udnie.jpg"
    assert "The Scream 50% + Udnie 50%" in caption
    for path in (*pair, single_view["photo"]["path"], png, jpeg):
        with Image.open(path) as image:
            assert image.size == (160, 96)


def test_a_large_photo_shows_a_preview_first(app: AppState, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (1600, 900), "teal").save(path)
    (_, _, preview, *_), (_, _, full, *_) = paint(app, str(path))
    assert 'data-i18n="preview"' in preview
    assert 'data-i18n="painted"' in full


def test_a_mask_keeps_the_photo_where_it_is_black(app: AppState, beach: str) -> None:
    mask = Image.new("L", (16, 16))
    *_, (*_, png, _) = viewer.paint_handler(app)(beach, mask, {}, UDNIE, visit())
    with Image.open(png) as painting, Image.open(beach) as photo:
        assert painting.convert("RGB").tobytes() == photo.tobytes()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ((8, 6), (8, 6)),
        ((2000, 6), None),
        ("data:image/png;base64,AAAA", None),
        ("data:image/svg+xml,<svg/>", None),
        (None, None),
    ],
)
def test_a_mask_is_a_small_png(data: Any, size: tuple[int, int] | None) -> None:
    if isinstance(data, tuple):
        png = io.BytesIO()
        Image.new("RGB", data).save(png, "PNG")
        data = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    mask = viewer.read_mask(SimpleNamespace(data=data))
    assert (mask and mask.size) == size


@pytest.mark.parametrize(("language", "sentence"), [("en-GB,en", "notes.txt"), ("zh-CN,zh;q=0.9", "picture")])
def test_an_error_is_told_in_the_language_of_the_browser(
    app: AppState, tmp_path: Path, warnings: list[str], language: str, sentence: str
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("words")
    assert paint(app, str(text), request=visit(language)) == []
    assert CATALOGS["zh-CN"].errors.get(sentence, sentence) in warnings[0]


def test_a_painting_that_comes_late_does_not_cover_a_newer_one(
    app: AppState, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(app.painter).paint

    def slow(self: Any, *arguments: Any, **named: Any) -> Any:
        painted = real(self, *arguments, **named)
        app.requests.begin(session_id(visit(session="one")), "viewer")  # a newer request comes meanwhile
        return painted

    monkeypatch.setattr(type(app.painter), "paint", slow)
    assert paint(app, beach, request=visit(session="one")) == []
    assert len(paint(app, beach, request=visit(session="another"))) == 1


def test_an_own_style_is_blended_and_has_no_link(app: AppState, own_style: Style, beach: str) -> None:
    blend = ControlValues("my_mix", "udnie", 0.5, strength=0.5)
    *_, (_, _, caption, png, _) = paint(app, beach, blend, own_styles={own_style.id: own_style})
    assert "My &lt;mix&gt; 50% + Udnie 50%" in caption
    assert 'data-query=""' in caption  # nobody else has it
    assert Path(png).name == "beach-my_mix-udnie.png"


def test_own_styles_are_one_visitors(app: AppState, own_style: Style, beach: str, warnings: list[str]) -> None:
    assert paint(app, beach, ControlValues("my_mix")) == []
    assert "my_mix" in warnings[0]
    assert "my_mix" not in app.painter.styles


@pytest.mark.parametrize("name", ["/etc/passwd", "../models/README.md", "a photo"])
def test_what_visitors_name_is_never_a_path(app: AppState, beach: str, warnings: list[str], name: str) -> None:
    name = beach if name == "a photo" else name
    with pytest.raises(StyleError):
        app.weighted_styles({name: 1.0})
    assert paint(app, beach, ControlValues(name)) == []
    assert "There is no style" in warnings[0]
