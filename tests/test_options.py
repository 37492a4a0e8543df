import contextlib
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylize import CorrectedRegion, OptionError, PaintOptions, RegionStyle, Style, StyleError
from stylize.options import (
    MAX_WEIGHT,
    MAX_WORD,
    format_regions,
    format_style,
    look_words,
    parse_region,
    parse_regions,
    parse_style,
    shares,
)

NUMBER = st.floats(1e-3, 1e3)
IDS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    "option",
    [
        *({"strength": value} for value in (-0.1, 1.1, 10**400, float("nan"), "1", None, True, np.zeros(2))),
        *({"brush": value} for value in (0, 0.2, 1e9, 10**400, float("nan"), "big", True)),
        *({"keep_colors": value} for value in ("no", None, 1, np.zeros(3))),
        *({"mask": value} for value in ("mask.png", np.zeros((4, 4), np.uint8))),
    ],
    ids=str,
)
def test_a_bad_option_is_one_kind_of_error(option):
    with pytest.raises(OptionError, match="must be") as refusal:
        PaintOptions("udnie", **option)
    assert len(str(refusal.value)) < 200


def test_good_options_are_taken_and_stay():
    mask = Image.new("L", (2, 2))
    options = PaintOptions({"a": np.float32(0.5), Path("b.jpg"): np.int64(1)}, np.float32(0.5), np.True_, None, mask)
    assert options.mask is mask
    with pytest.raises(FrozenInstanceError):
        options.strength = 2


@pytest.mark.parametrize("choice", [{}, 3, None, ["wave"], {3: 1.0}, {None: 1.0}], ids=str)
def test_what_names_no_style_is_a_style_error(choice):
    for check in (shares, PaintOptions):
        with pytest.raises(StyleError):
            check(choice)


@pytest.mark.parametrize("weight", [-1, 10**400, float("nan"), "1", 0, True, None, 2 * MAX_WEIGHT], ids=str)
def test_bad_weights_are_option_errors(weight):
    with pytest.raises(OptionError, match="weight"):
        PaintOptions({"wave": weight})


def test_shares_sum_to_one_and_leave_out_what_has_none():
    assert shares({"a": 3, "b": 1, "c": 0}) == [("a", 0.75), ("b", 0.25)]
    assert shares("a") == [("a", 1.0)]


@given(st.dictionaries(IDS, NUMBER, min_size=1, max_size=4))
def test_a_choice_survives_its_text(blend):
    again = dict(shares(parse_style(format_style(blend))))
    assert again == pytest.approx(dict(shares(blend)), rel=1e-4)


def test_texts_of_choices():
    assert parse_style(" a ") == "a"
    assert parse_style("a=0.6, b.jpg=0.4") == {"a": 0.6, "b.jpg": 0.4}
    assert parse_style("a,b=3") == {"a": 1.0, "b": 3.0}
    assert parse_style("x=y.jpg=0.5") == {"x=y.jpg": 0.5}
    assert format_style({"a": 3, "b": 1}) == "a=0.75,b=0.25"
    assert format_style({"a": 3, "b": 0}) == format_style(Style("a", "A")) == "a"
    assert format_style({"a": 1, Style("a", "A"): 1}) == "a"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", StyleError, "lacks the name"),
        ("a,,b", StyleError, "lacks the name"),
        ("=1", StyleError, "lacks the name"),
        ("a=1,a=2", StyleError, "names a twice"),
        ("a=b", OptionError, "not a number"),
        ("a=", OptionError, "not a number"),
        ("a=-1,b=2", OptionError, "must be a number"),
        ("a=nan", OptionError, "must be a number"),
        ("a=0,b=0", OptionError, "all be zero"),
    ],
)
def test_bad_texts_get_a_sentence(text, kind, words):
    with pytest.raises(kind, match=words):
        parse_style(text)


@given(st.text(max_size=40))
def test_any_text_is_a_choice_or_a_sentence(text):
    with contextlib.suppress(StyleError, OptionError):
        assert sum(share for _, share in shares(parse_style(text))) == pytest.approx(1)


def test_texts_of_regions():
    assert parse_region("person=udnie") == ("person", RegionStyle("udnie"))
    assert parse_region(" background = a=0.6,b=0.4@0.5") == ("background", RegionStyle({"a": 0.6, "b": 0.4}, 0.5))


def test_texts_of_several_regions():
    assert parse_regions(" person=udnie@0.5 ; faces;") == [("person", RegionStyle("udnie", 0.5)), ("faces", None)]
    assert parse_regions(" ") is None


def test_regions_have_a_text_that_is_read_again():
    regions = [("person", RegionStyle({"a": 0.6, "b": 0.4}, 0.5)), ("cat", RegionStyle("udnie")), ("faces", None)]
    assert format_regions(regions) == "person=a=0.6,b=0.4@0.5;cat=udnie;faces"
    assert parse_regions(format_regions(regions)) == regions
    assert format_regions({"person": "udnie"}) == "person=udnie"
    assert format_regions(None) == ""
    with pytest.raises(OptionError, match="no text"):
        format_regions([(Image.new("L", (4, 4)), "udnie")])
    with pytest.raises(OptionError, match="given twice"):
        PaintOptions("udnie", regions=[("cat", None), (CorrectedRegion("cat", Image.new("LA", (4, 4))), "udnie")])
    with pytest.raises(OptionError, match="must be a PIL image"):
        CorrectedRegion("cat", "mask.png")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person", "lacks a name or a style"),
        ("=udnie", "lacks a name or a style"),
        ("person=", "lacks a name or a style"),
        ("person=udnie@x", "is not a number"),
        ("person=udnie@2", "must be a number from 0"),
    ],
)
def test_bad_texts_of_regions_get_a_sentence(text, words):
    with pytest.raises(OptionError, match=words):
        parse_region(text)


@pytest.mark.parametrize("regions", [3, "person", [("person",)], [(3, "udnie")], {"person": 3}, {"a": {}}], ids=str)
def test_bad_regions_are_errors(regions):
    with pytest.raises((OptionError, StyleError)):
        PaintOptions("udnie", regions=regions)


def test_regions_take_what_they_do_not_say_from_the_rest():
    options = PaintOptions("a", 0.5, True, 2.0, regions={"person": None, "cat": "b", "dog": RegionStyle("c", 0.9)})
    assert options.by_region() == [
        ("person", None),
        ("cat", PaintOptions("b", 0.5, True, 2.0)),
        ("dog", PaintOptions("c", 0.9, True, 2.0)),
    ]
    with pytest.raises(OptionError, match="given twice"):
        PaintOptions("a", regions=[("cat", "b"), ("cat", None)])
    with pytest.raises(OptionError, match="16 at most"):
        PaintOptions("a", regions={str(number): "b" for number in range(17)})


def test_paths_have_no_text():
    with pytest.raises(StyleError, match="not an id"):
        format_style({"a": 1, Path("my,own.jpg"): 1})


@pytest.mark.parametrize(
    ("style", "regions", "words"),
    [
        ("udnie", None, ["udnie"]),
        ({"udnie": 1, "great_wave": 2}, None, ["udnie", "great_wave"]),
        ("photo", {"person": "udnie", "faces": None}, ["regions-person-udnie-faces-photo"]),
        (
            "udnie",
            [("background", {"great_wave": 1, "the_kiss": 1})],
            ["udnie", "regions-background-great_wave-the_kiss"],
        ),
        ("udnie", [(Image.new("L", (2, 2)), RegionStyle(Path("a/own.jpg")))], ["udnie", "regions-mask-own"]),
    ],
)
def test_a_look_has_words_for_a_file_name(style, regions, words):
    assert look_words(PaintOptions(style, regions=regions)) == words


def test_words_of_many_regions_are_short_and_their_own():
    first, second = (
        look_words(PaintOptions("photo", regions={f"region-{i}": style for i in range(16)}))[0]
        for style in ("great_wave", "udnie")
    )
    assert len(first) == MAX_WORD
    assert first[:-8] != second[:-8] or first[-8:] != second[-8:]
