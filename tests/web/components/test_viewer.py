"""The viewer without a browser or a server."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from stylize import Style, StyleError
from stylize.web.app_context import AppContext
from stylize.web.components import viewer
from stylize.web.components.viewer import ViewerRequest
from stylize.web.locale.catalog import CATALOGS
from stylize.web.share import ControlValues

from ..visitors import UDNIE, answers, ask


def paint(
    app: AppContext,
    photo: str | None,
    chosen: ControlValues = UDNIE,
    *,
    mask: str = "",
    own_styles: Mapping[str, Style] = MappingProxyType({}),
    language: str = "en",
) -> list[tuple[Any, ...]]:
    """What the viewer's handler yields for one request."""
    wanted = ViewerRequest(photo, mask, own_styles, chosen)
    return list(answers(app, viewer.KIND, wanted, viewer.answer_handler, language))


def data_address(image: Image.Image) -> str:
    png = io.BytesIO()
    image.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


def test_a_painting_ends_with_downloads_at_full_size(app: AppContext, beach: str) -> None:
    blend = ControlValues("the_scream", "udnie", 0.5, strength=0.5, keep_colors=True)
    picture, caption, png, status = paint(app, beach, blend)[-1]
    assert Path(png).name == "beach-the_scream-udnie.png"
    assert "The Scream 50% + Udnie 50%" in caption
    assert status["state"] == "painted"
    assert (picture["request"], picture["size"]) == (status["request"], (160, 96))
    for path in (picture["photo"]["path"], picture["painting"]["path"], png):
        with Image.open(path) as image:
            assert image.size == (160, 96)


def test_a_large_photo_shows_a_preview_first(app: AppContext, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (1600, 900), "teal").save(path)
    (small, preview, _, first), (large, full, _, last) = paint(app, str(path))
    assert small["size"] == large["size"] == (1600, 900)
    assert small["whole"] is None
    assert 'data-i18n="preview"' in preview
    assert 'data-i18n="painted"' in full
    assert (first["state"], last["state"]) == ("preview", "painted")
    assert first["request"] == last["request"] > 0


def test_a_mask_keeps_the_photo_where_it_is_black(app: AppContext, beach: str) -> None:
    *_, png, _ = paint(app, beach, mask=data_address(Image.new("L", (16, 16))))[-1]
    with Image.open(png) as painting, Image.open(beach) as photo:
        assert painting.convert("RGB").tobytes() == photo.tobytes()


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (data_address(Image.new("RGB", (8, 6))), (8, 6)),
        (data_address(Image.new("RGB", (2000, 6))), None),
        ("data:image/png;base64,AAAA", None),
        ("data:image/svg+xml,<svg/>", None),
        ("", None),
    ],
)
def test_a_mask_is_a_small_png(data: str, size: tuple[int, int] | None) -> None:
    mask = viewer.read_mask(data)
    assert (mask and mask.size) == size


@pytest.mark.parametrize(("language", "sentence"), [("en-GB,en", "notes.txt"), ("zh-CN,zh;q=0.9", "picture")])
def test_an_error_is_told_in_the_language_of_the_browser(
    app: AppContext, tmp_path: Path, language: str, sentence: str
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("words")
    ((*unchanged, status),) = paint(app, str(text), language=language)
    assert status["state"] == "failed"
    assert CATALOGS["zh-CN"].errors.get(sentence, sentence) in status["error"]
    assert unchanged == [gr.skip()] * 3


def test_only_the_newest_request_is_shown_in_the_end(
    app: AppContext, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ViewerRequest(beach, "", {}, ControlValues("the_scream"))
    real, painted = type(app.painter).paint, []

    def slow(self: Any, *arguments: Any, **named: Any) -> Any:
        painted.append(real(self, *arguments, **named))
        if len(painted) == 1:
            painted.append(ask(app, viewer.KIND, newer))  # a newer request comes meanwhile
            ask(app, viewer.KIND, newer, session="another")  # which is none of this visitor's business
        return painted[0] if len(painted) == 2 else painted[-1]

    monkeypatch.setattr(type(app.painter), "paint", slow)
    ((_, caption, png, status),) = paint(app, beach)
    assert "The Scream" in caption
    assert Path(png).name == "beach-the_scream.png"
    assert status["request"] == painted[1]


def test_an_own_style_is_blended_and_has_no_link(app: AppContext, own_style: Style, beach: str) -> None:
    blend = ControlValues("my_mix", "udnie", 0.5, strength=0.5)
    *_, (_, caption, png, *_) = paint(app, beach, blend, own_styles={own_style.id: own_style})
    assert "My &lt;mix&gt; 50% + Udnie 50%" in caption
    assert 'data-query=""' in caption  # nobody else has it
    assert Path(png).name == "beach-my_mix-udnie.png"


def test_own_styles_are_one_visitors(app: AppContext, own_style: Style, beach: str) -> None:
    ((*_, status),) = paint(app, beach, ControlValues("my_mix"))
    assert status["state"] == "failed"
    assert "my_mix" in status["error"]
    assert "my_mix" not in app.painter.styles


@pytest.mark.parametrize("name", ["/etc/passwd", "../models/README.md", "a photo"])
def test_what_visitors_name_is_never_a_path(app: AppContext, beach: str, name: str) -> None:
    name = beach if name == "a photo" else name
    with pytest.raises(StyleError):
        app.weighted_styles({name: 1.0})
    ((*_, status),) = paint(app, beach, ControlValues(name))
    assert status["state"] == "failed"
    assert "There is no style" in status["error"]
