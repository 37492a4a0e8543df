"""Styles that one visitor brings."""

from dataclasses import replace
from pathlib import Path

from stylize import Style, styles
from stylize.web.app_context import AppContext
from stylize.web.services import own_styles


def test_a_file_with_the_id_of_a_painters_style_gets_another(app: AppContext, own_style: Style, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    styles.save(replace(own_style, id="udnie"), path)
    assert own_styles.read_style_file(app, str(path), {}).id == "udnie-2"


def test_a_painting_is_named_after_its_file(app: AppContext, own_style: Style, beach: str) -> None:
    source, image = own_styles.read_painting(app, beach, {"beach": replace(own_style, id="beach")})
    assert (source.id, source.title) == ("beach-2", "Beach")
    assert source.has_painting
    assert image.size == (160, 96)
    Path(source.painting).unlink()
    assert not source.has_painting


def test_a_style_made_from_a_painting_says_nothing_of_another_artist(app: AppContext) -> None:
    named = own_styles.name_after(own_styles.StyleSource("beach", "Beach"), app.painter.styles["udnie"])
    assert (named.id, named.title, named.artist, named.year) == ("beach", "Beach", "", "")
