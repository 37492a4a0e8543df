"""No two outputs are one file, whatever the inputs are called; and each kind is written with an ending that it can."""

import os
import unicodedata
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stylize.cli.output_plan import ENDINGS, Input, Kind, check_ending, default_ending, plan_outputs

SIGNS = st.characters(exclude_characters="/\0", exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff")  # no text
LEGAL = st.text(SIGNS, min_size=1, max_size=70)
NAMES = LEGAL.filter(lambda name: name not in (".", "..") and len(os.fsencode(name)) <= 255)
SIMILAR = st.sampled_from(["x", "X", "é", "e\u0301", "ß", "SS", "x-2", "x-udnie", "x-udnie-2"])
ENDED = st.builds("".join, st.tuples(SIMILAR, st.sampled_from(["", ".jpg", ".JPG", ".png", ".gif", ".mp4"])))
FOLDERS = st.sampled_from(["", "a", "b", "a/b", "2024:08", "/root"])
INPUTS = st.lists(
    st.builds(
        lambda folder, name, kind, inside: Input(Path(folder) / name, kind, Path(inside)),
        FOLDERS, NAMES | ENDED, st.sampled_from(Kind), st.sampled_from(["", "c", "d:e"]),
    ),
    max_size=12,
)  # fmt: skip
STYLES = st.lists(st.sampled_from(["udnie", "udnie-2", "the kiss/", "画" * 90]), min_size=1, max_size=3, unique=True)
OUT_DIRS = st.sampled_from([None, Path("out"), Path("day:1"), Path("a")])


def one_file(path: Path) -> str:
    """The same for paths that are one file on a system that takes capitals and small letters for one (Unicode D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", absolute(path)).casefold())


def absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100, links are not what tells two inputs apart


@settings(max_examples=150, deadline=None)
@given(INPUTS, STYLES, OUT_DIRS)
@example([Input(Path("a/IMG.jpg")), Input(Path("b/IMG.jpg"))], ["udnie"], Path("out"))
@example([Input(Path("x.jpg")), Input(Path("x.png"))], ["udnie"], None)
def test_no_two_outputs_are_one_file(inputs, styles, out_dir):
    plan = plan_outputs(inputs, styles, out_dir)
    different = {absolute(source.path) for source in inputs}
    assert len(plan) == len(different) * len(styles)
    assert len({one_file(output.path) for output in plan}) == len(plan)
    assert plan_outputs(inputs, styles, out_dir) == plan


@settings(max_examples=150, deadline=None)
@given(INPUTS, STYLES, OUT_DIRS)
def test_every_output_can_be_written_where_it_was_asked_for(inputs, styles, out_dir):
    for output in plan_outputs(inputs, styles, out_dir):
        source = output.source
        assert len(os.fsencode(output.path.name)) <= 255
        assert output.path.parent == (source.path.parent if out_dir is None else out_dir / source.folder)
        assert check_ending(source, output.path.suffix) is None
        assert output.path.stem.startswith(source.path.stem[:20])


@settings(max_examples=150, deadline=None)
@given(INPUTS, STYLES, OUT_DIRS)
def test_a_number_is_told_with_the_input_that_has_the_name(inputs, styles, out_dir):
    plan = plan_outputs(inputs, styles, out_dir)
    numbered = {id(output) for output in plan if output.rival is not None}
    for output in plan:
        alone = plan_outputs([output.source], [output.style], out_dir)[0]
        assert (id(output) in numbered) == (output.path != alone.path)


def test_numbers_follow_the_order_of_the_inputs():
    inputs = [Input(Path(name)) for name in ("x.jpg", "x.png", "X.webp", "y.jpg")]
    names = [str(output.path) for output in plan_outputs(inputs, ["udnie"])]
    assert names == ["x-udnie.png", "x-udnie-2.png", "X-udnie-3.png", "y-udnie.png"]


def test_an_input_that_comes_twice_is_painted_once():
    assert len(plan_outputs([Input(Path("x.jpg")), Input(Path("./x.jpg")), Input(Path("a/../x.jpg"))], ["udnie"])) == 1


def test_folders_that_were_walked_are_kept_under_another():
    inputs = [Input(Path("trip/1.jpg")), Input(Path("trip/day:2/1.jpg"), folder=Path("day:2"))]
    names = [str(output.path) for output in plan_outputs(inputs, ["udnie"], Path("out"))]
    assert names == ["out/1-udnie.png", "out/day:2/1-udnie.png"]


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("a.jpg", Kind.PICTURE, ".png"),
        ("a.webp", Kind.PICTURE, ".png"),
        ("A.MOV", Kind.FILM, ".mov"),
        ("a.webm", Kind.FILM, ".mp4"),
        ("a", Kind.FILM, ".mp4"),
        ("2024-08-20T13:28:35.mp4", Kind.FILM, ".mp4"),
        ("a.webp", Kind.ANIMATION, ".webp"),
        ("a.gif", Kind.ANIMATION, ".gif"),
    ],
)
def test_what_moves_keeps_its_ending_where_that_can_be_written(name, kind, ending):
    source = Input(Path(name), kind)
    assert default_ending(source) == ending
    assert plan_outputs([source], ["s"])[0].path == Path(f"{Path(name).stem}-s{ending}")


@pytest.mark.parametrize(("kind", "ending"), [*product(Kind, [".gif", ".txt", ".mp4", ".jpg", ""])])
def test_a_wrong_ending_is_told_with_what_was_given_and_what_would_work(kind, ending):
    told = check_ending(Input(Path("clip.x"), kind), ending)
    assert (told is None) == (ending in ENDINGS[kind])
    if told is not None:
        assert all(part in told for part in ("clip.x", kind, ending, "-o", *ENDINGS[kind]))
