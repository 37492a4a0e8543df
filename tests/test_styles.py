import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as save_tensors

from stylize import Style, StyleError, styles
from stylize.styles import DEFAULT_STYLE, StyleRegistry


@pytest.fixture
def style() -> Style:
    return Style("wave", "Wave", "Someone", "1831", "public domain", "abc", np.arange(7, dtype=np.float32))


def test_a_style_survives_its_file(tmp_path, style):
    styles.save(style, tmp_path / "wave.safetensors")
    again = styles.load(tmp_path / "wave.safetensors", "abc", 7)
    assert (again.vector == style.vector).all()
    assert replace(again, vector=style.vector).as_dict() == style.as_dict()
    assert again.licence == "public domain"


def test_one_style_is_painted_where_none_was_asked_for(style):
    others = [style, replace(style, id=DEFAULT_STYLE), replace(style, id="photo")]
    assert StyleRegistry(others).default == DEFAULT_STYLE
    assert StyleRegistry(others[::2]).default == style.id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"painter": "other"}, "another painter"),
        ({"vector": np.zeros(8, np.float32)}, "float32"),
        ({"vector": np.full(7, np.nan, np.float32)}, "no style has"),
        ({"vector": np.full(7, 1e9, np.float32)}, "no style has"),
    ],
)
def test_files_for_others_and_absurd_values_are_refused(style, change, words):
    data = styles.dumps(replace(style, **change))
    with pytest.raises(StyleError, match=words):
        styles.loads(data, "x.safetensors", "abc", 7)


def test_broken_files_are_refused(tmp_path, style):
    whole = styles.dumps(style)
    for data in (b"", whole[:-3], b"\x80\x04.", bytes(100), save_tensors({"other": np.zeros(3)})):
        with pytest.raises(StyleError, match="not a style file"):
            styles.loads(data, "x.safetensors")
    with pytest.raises(StyleError, match="too large"):
        styles.loads(bytes(styles.MAX_FILE + 1), "x")
    with pytest.raises(StyleError, match="cannot be read"):
        styles.load(tmp_path / "missing.safetensors")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_always_a_style_error(data):
    with pytest.raises(StyleError):
        styles.loads(data, "x")


@pytest.mark.parametrize("name", ["../../x", "", "A", "a b", "x" * 65, "a/b"])
def test_path_like_ids_are_refused(style, name):
    with pytest.raises(StyleError):
        styles.dumps(replace(style, id=name))
    data = save_tensors({"vector": style.vector}, {"id": name})
    with pytest.raises(StyleError, match="id"):
        styles.loads(data, "x")


def test_the_registry_finds_and_suggests(style):
    registry = StyleRegistry([style, replace(style, id="photo")])
    assert [s.id for s in registry] == ["wave"]
    assert len(registry) == 1
    assert registry["photo"].id == "photo"
    with pytest.raises(StyleError, match="Did you mean wave"):
        registry["wavve"]
    with pytest.raises(StyleError, match="Known styles: wave"):
        registry["../../etc/passwd"]


def test_blends_are_weighted_means(style):
    other = replace(style, id="other", vector=-style.vector)
    np.testing.assert_allclose(styles.blend([(style, 0.75), (other, 0.25)]), style.vector * 0.5)
    with pytest.raises(StyleError, match="different painters"):
        styles.blend([(style, 0.5), (replace(other, painter="x"), 0.5)])


def test_metadata_is_plain_text(style):
    header = styles.dumps(style)
    about = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])["__metadata__"]
    assert all(isinstance(value, str) for value in about.values())


def test_some_styles_are_the_ones_that_differ_most(style):
    known = [
        replace(style, id=name, vector=np.full(4, at, np.float32))
        for name, at in zip("abcd", (0, 1, 9, 4), strict=True)
    ]
    network = Style("network", "Another's")
    assert [one.id for one in styles.most_unlike([network, *known], known[0], 4)] == ["a", "c", "d", "b"]
    assert [one.id for one in styles.most_unlike([network, known[1]], network, 9)] == ["network", "b"]
