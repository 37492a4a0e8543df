"""Styles that one visitor brings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from stylize import Style, imaging, styles
from stylize.web.app_context import AppContext
from stylize.web.services import own_styles


def test_a_file_with_the_id_of_a_painters_style_gets_another(app: AppContext, own_style: Style, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    styles.save(replace(own_style, id="udnie"), path)
    assert own_styles.read_style_file(app, str(path), {}).id == "udnie-2"


def test_what_the_browser_keeps_comes_back_and_nothing_else_does(app: AppContext, own_style: Style) -> None:
    mine = {name: replace(own_style, id=name) for name in ("mine", "udnie")}  # one has become the host's meanwhile
    other = replace(own_style, id="other", painter="0" * 64)
    back = own_styles.from_kept(app, own_styles.to_keep({**mine, "other": other}))
    assert list(back) == ["mine", "udnie-2"]
    np.testing.assert_array_equal(back["mine"].vector, own_style.vector)
    assert back["mine"].title == own_style.title
    many = {f"s{number}": replace(own_style, id=f"s{number}") for number in range(own_styles.MAX_STYLES + 1)}
    assert list(own_styles.from_kept(app, own_styles.to_keep(many))) == list(many)[1:]
    for text in ("", "no JSON", "[1]", '{"a": 1}', '{"a": "#"}', '{"a": "AAAA"}'):
        assert own_styles.from_kept(app, text) == {}


def test_a_painting_is_named_after_its_file(app: AppContext, own_style: Style, beach: str) -> None:
    source, (image,) = own_styles.read_paintings(app, [beach], {"beach": replace(own_style, id="beach")})
    assert (source.id, source.title) == ("beach-2", "Beach")
    assert source.has_painting
    assert image.size == (160, 96)
    assert source.files == (source.painting,)
    Path(source.painting).unlink()
    assert not source.has_painting


def test_several_paintings_are_one_source_that_shows_them_all(app: AppContext, beach: str, tmp_path: Path) -> None:
    other = tmp_path / "Red hills.png"
    Image.effect_noise((90, 120), 60).convert("RGB").save(other)
    source, images = own_styles.read_paintings(app, [str(other), beach], {})
    assert (source.id, source.title) == ("red-hills", "Red hills")
    assert [image.size for image in images] == [(90, 120), (160, 96)]
    assert imaging.read(source.painting).size == (2 * own_styles.CELL, own_styles.CELL)
    assert [imaging.read(file).size for file in source.files] == [(90, 120), (160, 96)]
    style = own_styles.predict(app, source, images)
    each = [app.painter.predict(image).vector for image in images]
    np.testing.assert_allclose(style.vector, np.mean(each, 0), rtol=1e-5, atol=1e-5)
    assert (style.id, style.title, style.painting) == ("red-hills", "Red hills", None)
    Path(source.several[1]).unlink()
    assert not source.has_painting


def test_a_style_made_from_a_painting_says_nothing_of_another_artist(app: AppContext) -> None:
    named = own_styles.name_after(own_styles.StyleSource("beach", "Beach"), app.painter.styles["udnie"])
    assert (named.id, named.title, named.artist, named.year) == ("beach", "Beach", "", "")
