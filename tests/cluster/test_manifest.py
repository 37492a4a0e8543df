"""A manifest has whole lines, and one call at a time writes it."""

import json

import pytest

from stylize.cluster.manifest import NAME, open_manifest
from stylize.errors import ClusterError


def test_lines_are_added_and_known_to_the_next_call(tmp_path):
    folder = tmp_path / "a" / "b"
    with open_manifest(folder) as manifest:
        manifest.add(output="x.png", status="painted")
        manifest.add(output="ü\udcff.png", status="failed", error="it is damaged")
    with open_manifest(folder) as manifest:
        assert manifest.known == {"x.png"}
        manifest.add(output="y.png", status="painted")
    lines = (folder / NAME).read_bytes().splitlines()
    assert [json.loads(line.decode("utf-8", "surrogateescape"))["output"] for line in lines] == [
        "x.png",
        "ü\udcff.png",
        "y.png",
    ]


def test_a_line_that_a_killed_call_left_half_is_cut_off(tmp_path):
    (tmp_path / NAME).write_text('{"output": "x.png", "status": "painted"}\nno json\n{"output": "y.p')
    with open_manifest(tmp_path) as manifest:
        assert manifest.known == {"x.png"}
        manifest.add(output="z.png", status="painted")
    assert [line[:8] for line in (tmp_path / NAME).read_text().splitlines()] == ['{"output', "no json", '{"output']


def test_a_second_call_is_refused(tmp_path):
    with (
        open_manifest(tmp_path),
        pytest.raises(ClusterError, match="Another call is painting into"),
        open_manifest(tmp_path),
    ):
        pass
    with open_manifest(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ClusterError, match="cannot be written"), open_manifest(tmp_path / "file"):
        pass
