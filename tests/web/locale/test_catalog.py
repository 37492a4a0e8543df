"""Every catalogue has every text, with the same things to fill in; and none that nobody asks for."""

import re
import string
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from stylize import Cancelled, Style, StyleError, StylizeError, Stylizer
from stylize.callbacks import Note, NoteKind
from stylize.grid import NUMBERS
from stylize.web.app_context import EXAMPLES
from stylize.web.components import difference_view, viewer_regions
from stylize.web.components.comparison_grid import DOWNLOADS
from stylize.web.components.viewer import VIEWS
from stylize.web.locale import catalog
from stylize.web.locale.catalog import CATALOGS, DEFAULT, ERROR_KEYS

from ..visitors import visit

OTHERS = sorted(set(CATALOGS) - {DEFAULT})
WEB = Path(str(files("stylize.web")))
# Keys that the sources put together.
COMPOSED = {f"view_{name}" for name in VIEWS} | {f"example_{name}" for name in EXAMPLES}
COMPOSED |= {f"{name}_{part}" for name in ("second", "third") for part in ("style", "share")}
COMPOSED |= {f"grid_{ending[1:]}" for ending in DOWNLOADS}
COMPOSED |= {f"difference_{view}" for view in difference_view.VIEWS}
COMPOSED |= {f"number_{name}{part}" for name in NUMBERS for part in ("", "_info")}
COMPOSED |= {f"regions_{choice}" for choice in viewer_regions.CHOICES}
COMPOSED |= {f"own_{name}_cost" for name in ("instant", "taught", "optimised", "artist")}


def fields(text: str) -> set[str]:
    """The names in braces in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("tag", OTHERS)
def test_a_language_has_the_same_texts(tag: str) -> None:
    english, other = CATALOGS[DEFAULT].messages, CATALOGS[tag].messages
    assert list(english) == list(other)
    assert {key: fields(text) for key, text in english.items()} == {key: fields(text) for key, text in other.items()}
    assert [key for key, text in other.items() if not text.strip()] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_language_has_a_sentence_for_every_kind_of_error(tag: str) -> None:
    kinds = set(StylizeError.__subclasses__()) - {Cancelled}
    assert kinds == set(ERROR_KEYS)
    assert set(CATALOGS[tag].errors) == set(ERROR_KEYS.values())
    assert set(CATALOGS[tag].notes) == set(get_args(NoteKind))


def test_every_text_is_used() -> None:
    sources = "".join(path.read_text() for path in [*WEB.rglob("*.py"), *WEB.glob("static/*.js")])
    used = set(re.findall(r"[\"'](\w+)[\"']", sources)) | COMPOSED
    used |= {f"{key}_tap" for key in used}  # its words where nothing can be dropped
    assert set(CATALOGS[DEFAULT].messages) - used == set()


def test_every_text_that_is_asked_for_is_there() -> None:
    sources = "".join(path.read_text() for path in [*WEB.rglob("*.py"), *WEB.glob("static/*.js")])
    asked = set(re.findall(r"\b(?:i18n|element|translate|view_value)\(\s*[\"'](\w+)[\"']", sources))
    assert len(asked) > 50
    assert asked - set(CATALOGS[DEFAULT].messages) == set()


@pytest.mark.parametrize("tag", CATALOGS)
def test_the_shipped_styles_have_a_title_of_their_own(tag: str, painter: Stylizer) -> None:
    styles = CATALOGS[tag].styles
    assert set(styles) == {style.id for style in painter.styles}
    titles = [style["title"] for style in styles.values()]
    assert sorted(set(titles)) == sorted(titles)


def test_the_english_titles_are_those_of_the_style_files(painter: Stylizer) -> None:
    known = CATALOGS[DEFAULT].styles
    for style in painter.styles:
        assert {"id": style.id, **known[style.id]} == style.as_dict()


def test_a_host_s_own_painting_keeps_its_title() -> None:
    style = Style("starry_night", "Night over Arles", "Anna", "2026")
    assert catalog.style_label(style) == "Night over Arles"
    assert catalog.style_title(style, visit("zh-CN")) == "Night over Arles"
    assert catalog.style_artist(style, visit("zh-CN")) == "Anna，2026"


def test_a_handler_speaks_the_visitor_s_language(painter: Stylizer) -> None:
    style = painter.styles["starry_night"]
    assert catalog.style_title(style, visit("zh-CN")) == "星夜"
    assert catalog.style_title(style, visit("zh-TW,zh;q=0.9")) == "The Starry Night"
    assert catalog.translate("compare_left", visit("zh-CN")) == "左"
    error = StyleError("There is no style 'x'.")
    assert catalog.translate_error(error, visit("en")) == "There is no style 'x'."
    assert catalog.translate_error(error, visit("zh-CN")) == CATALOGS["zh-CN"].errors["style"]
    note = Note("frames", "Only the first of 3 frames is used.")
    assert catalog.translate_note(note, visit("en")) == note.text
    assert catalog.translate_note(note, visit("zh-CN")) == CATALOGS["zh-CN"].notes["frames"]
