"""What is painted: what was named, what lies in folders, and what is left out of them."""

import io
import os

import av
import numpy as np
import pytest

from stylize.cli.inputs import STDIN, find_inputs, kind_of, read_standard_input
from stylize.cli.output_plan import Kind


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((24, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    return path.rename(tmp_path / "made")


@pytest.fixture
def tree(tmp_path, photo):
    """A folder with a picture, a hidden one, one without an ending, a damaged one, notes, and one in a folder."""
    for name in ("1.jpg", ".2.jpg", ".hidden/3.jpg", "sub/4.png", "sub/5"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        photo.save(tmp_path / "tree" / name, "PNG" if name.endswith("png") else "JPEG")
    (tmp_path / "tree" / "damaged.heic").write_bytes(b"no picture")
    (tmp_path / "tree" / "sub" / "notes.txt").write_text("no picture")
    (tmp_path / "tree" / "sub" / "notes.pdf").write_bytes(b"%PDF-1.7")
    return tmp_path / "tree"


def names(found, root):
    return [str(source.path.relative_to(root)) for source in found.inputs]


def test_the_content_says_what_a_file_is(film, photo, tmp_path):
    photo.save(tmp_path / "picture.mp4", "PNG")
    photo.save(tmp_path / "turning.gif", save_all=True, append_images=[photo.rotate(9)])
    photo.save(tmp_path / "still.gif")
    (tmp_path / "notes").write_text("no picture")
    assert kind_of(film) is Kind.FILM
    assert kind_of(film.rename(tmp_path / "film.jpg")) is Kind.FILM
    assert kind_of(tmp_path / "picture.mp4") is Kind.PICTURE
    assert kind_of(tmp_path / "turning.gif") is Kind.ANIMATION
    assert kind_of(tmp_path / "still.gif") is Kind.PICTURE
    assert kind_of(tmp_path / "notes") is None
    assert kind_of(tmp_path / "gone") is None


def test_a_folder_is_walked_in_order_and_what_is_left_out_is_counted(tree):
    found = find_inputs([tree], True, ["udnie"])
    assert names(found, tree) == ["1.jpg", "damaged.heic", "sub/4.png", "sub/5"]
    assert [str(source.folder) for source in found.inputs] == [".", ".", "sub", "sub"]
    assert (found.others, found.painted, found.errors) == (2, 0, [])


def test_paintings_made_before_are_not_painted_again(tree, photo):
    for name in ("1-udnie.png", "1-udnie-2.png", "sub/4-the_kiss.png", "sub/other-udnie.png", "sub/4-mine.png"):
        photo.save(tree / name)
    found = find_inputs([tree], True, ["udnie", "the_kiss"])
    assert names(found, tree) == [
        "1.jpg",
        "damaged.heic",
        "sub/4-mine.png",
        "sub/4.png",
        "sub/5",
        "sub/other-udnie.png",
    ]
    assert found.painted == 3


def test_the_folder_of_the_paintings_is_not_walked(tree, photo):
    (tree / "out").mkdir()
    photo.save(tree / "out" / "any.png")
    (tree / "loop").symlink_to(tree)
    assert "out/any.png" not in names(find_inputs([tree], True, [], tree / "sub" / ".." / "out"), tree)
    assert "out/any.png" in names(find_inputs([tree], True, []), tree)


def test_what_cannot_be_painted_is_told_with_what_would_work(tree, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing.jpg")
    paths = [tree, tmp_path / "gone.jpg", tree / "1.jpg" / "2.jpg", tmp_path / "dangling.jpg", tree / "1.jpg"]
    found = find_inputs(paths, False, [])
    assert [source.path for source in found.inputs] == [tree / "1.jpg"]
    assert found.errors == [
        f"{tree} is a folder. Give --recursive to paint what is in it.",
        f"{tmp_path / 'gone.jpg'} does not exist.",
        f"{tree / '1.jpg' / '2.jpg'} does not exist.",
        f"{tmp_path / 'dangling.jpg'} does not exist.",
    ]
    assert find_inputs([tmp_path / "empty"], True, []).errors == [
        f"{tmp_path / 'empty'} holds neither pictures nor films."
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert kind_of(tmp_path / "pipe.jpg") is None


def test_standard_input_is_what_it_holds(film, photo, tmp_path):
    data = io.BytesIO()
    photo.save(data, "WEBP")
    for content, kind in ((film.read_bytes(), Kind.FILM), (data.getvalue(), Kind.PICTURE), (b"", Kind.PICTURE)):
        source = read_standard_input(io.BytesIO(content), tmp_path)
        assert (source.kind, str(source), source.path.read_bytes()) == (kind, STDIN, content)
