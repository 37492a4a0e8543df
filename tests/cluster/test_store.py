"""`stylize paint --ray` over what pyarrow opens: files of a store are read, and written whole. There is no cluster."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylize import PaintOptions
from stylize.cli import main
from stylize.cluster.manifest import NAME
from stylize.cluster.store import Store, is_address
from stylize.errors import ClusterError
from tests.cluster.conftest import WHY
from tests.cluster.s3_server import s3_server

pytest.importorskip("pyarrow", reason=WHY)
pytest.importorskip("ray", reason=WHY)

from stylize.cli import cluster_batch
from stylize.cli.inputs import Found
from stylize.cli.output_plan import Kind
from stylize.cli.store_inputs import add_stored
from stylize.cluster.spread import Finished

KINDS = ("file", "memory", "s3")


@pytest.fixture(scope="module")
def s3():
    with s3_server() as server:
        yield server


@pytest.fixture
def address(request, tmp_path, s3):
    """Makes addresses of folders: on this machine, in fsspec's memory, on an S3 server."""
    made = {
        "file": lambda name: f"file://{tmp_path}/stored/{name}",
        "memory": lambda name: f"fsspec+memory://{tmp_path}/{name}",
        "s3": lambda name: s3.address(f"bucket{tmp_path}/{name}"),
    }
    s3.denies, s3.fails_on = False, ""
    return made[getattr(request, "param", "memory")]


@pytest.fixture
def put(tmp_path):
    """Puts bytes or a picture into a store."""

    def put(store: Store, name: str, content: bytes | Image.Image, **options: object) -> None:
        source = tmp_path / f"source{Path(name).suffix}"
        if isinstance(content, Image.Image):
            content.save(source, **options)
        else:
            source.write_bytes(content)
        store.put(source, Path(name))

    return put


@pytest.fixture
def paint(monkeypatch):
    """Calls the command with workers that are this process; returns its status."""

    def spread(function, tasks, *_):
        return (Finished(number, function(task), 1) for number, task in enumerate(tasks))

    monkeypatch.setattr(cluster_batch, "spread", spread)
    monkeypatch.setattr(cluster_batch, "connected", lambda address: nullcontext())

    def paint(source: object, out: str, *options: str) -> int:
        return main([str(source), "--style", "udnie", "--brush", "0", "--out-dir", out, "--ray", "auto", *options])

    return paint


def content(store, name, tmp_path):
    store.fetch(Path(name), tmp_path / "copy")
    return (tmp_path / "copy").read_bytes()


@pytest.mark.parametrize("address", KINDS, indirect=True)
def test_files_are_put_listed_and_fetched(address, put, tmp_path):
    store = Store(address("photos"))
    assert store.files() == {}
    assert store.version(Path("a.bin")) is None
    put(store, "a.bin", b"one")
    put(store, "wïthin/b c.bin", b"")
    assert list(store.files()) == [Path("a.bin"), Path("wïthin/b c.bin")]
    before = store.version(Path("a.bin"))
    assert before == store.files()[Path("a.bin")]
    put(store, "a.bin", b"other")
    assert store.version(Path("a.bin")) != before
    assert content(store, "a.bin", tmp_path) == b"other"
    with store.open(Path("a.bin")) as file:
        assert (file.seek(1), file.read(2)) == (1, b"th")
    assert store.file() is None
    folder, name = Store(address("photos/a.bin")).file()
    assert content(folder, name, tmp_path) == b"other"


@pytest.mark.parametrize("address", KINDS, indirect=True)
def test_what_cannot_be_put_leaves_no_half_of_it(address, put, s3, monkeypatch):
    store = Store(address("photos"))
    put(store, "taken/a.bin", b"before")
    s3.fails_on = "photos/taken"
    write = Store._write

    def half(self, source, path):
        source.write_bytes(source.read_bytes()[:10])
        write(self, source, path)
        raise OSError("no room")

    if "s3" not in str(store):  # the server refuses by itself
        monkeypatch.setattr(Store, "_write", half)
    with pytest.raises(ClusterError, match=r"a\.bin cannot be written \(.*(no room|HTTP status 403)"):
        put(store, "taken/a.bin", b"after" * 1000)
    assert {path: size for path, (_, size) in store.files().items()} == {Path("taken/a.bin"): len(b"before")}
    s3.fails_on = ""


def test_what_a_killed_worker_left_is_removed_and_nothing_else(address, put):
    store = Store(address("out"))
    mine, others = ".a-udnie-0123abcd.png", (".b-0123abcd.png", ".a-udnie-0123.png", "a-udnie.png")
    for name in (mine, *others):
        put(store, name, b"x")
    store.remove_parts([Path("a-udnie.png")])
    assert set(store.files()) == {Path(name) for name in others}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("s3://b", True), ("fsspec+memory:///x", True), ("s3:/b", False), ("C:\\photos", False), ("photos/a.jpg", False)],
)
def test_an_address_is_no_path(text, expected):
    assert is_address(text) is expected


def test_what_is_said_of_a_store_keeps_its_secrets(s3):
    store = Store(s3.address("bucket/photos/"))
    assert str(store) == "s3://bucket/photos"
    assert store.address_of(Path("a/b.png")) == "s3://bucket/photos/a/b.png"
    assert str(Store("abfs://container@account.dfs.core.windows.net/x")).startswith("abfs://container@account")
    s3.denies = True
    with pytest.raises(
        ClusterError, match=r"s3://bucket/photos cannot be opened \(.*ACCESS_DENIED.*credentials"
    ) as told:
        store.file()
    s3.denies = False
    assert "secret" not in str(told.value)
    with pytest.raises(ClusterError, match=r"s3://bucket cannot be opened \(.*Accepted are s3://") as told:
        Store("s3://someone:a/secret@bucket").files()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("ftp://host/photos", "Accepted are s3://, gs://"),
        ("fsspec+nothing://host/photos", "Protocol not known: nothing"),
        ("fsspec+memory:///no/such/folder", "fsspec+memory:///no/such/folder does not exist."),
    ],
)
def test_a_store_that_is_not_there_is_a_sentence(paint, place, said, tmp_path, capsys):
    assert paint(place, str(tmp_path / "out")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_the_extra_is_named(paint, photo, monkeypatch, tmp_path, capsys):
    photo.save(tmp_path / "photo.png")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert paint("s3://bucket/photos", str(tmp_path / "out")) == 1
    assert paint(tmp_path / "photo.png", "s3://bucket/out") == 1
    said = 'needs pyarrow, which is not installed here: pip install "stylize[ray]"'
    assert capsys.readouterr().err.splitlines() == [
        f"error: s3://bucket/photos {said}",
        f"error: s3://bucket/out {said}",
    ]


@pytest.mark.parametrize("option", ["--out-dir", "-o"])
def test_without_a_cluster_a_store_is_wrong_usage(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["photo.jpg", option, "s3://bucket/out"])
    assert "s3://bucket/out is no file of this machine; --ray auto" in capsys.readouterr().err


def test_nothing_is_painted_for_a_store_that_takes_nothing(paint, s3, photo, tmp_path, capsys):
    photo.save(tmp_path / "photo.png")
    s3.fails_on = NAME
    assert paint(tmp_path / "photo.png", s3.address("bucket/closed")) == 1
    s3.fails_on = ""
    assert f"s3://bucket/closed/{NAME} cannot be written" in capsys.readouterr().err
    assert not [key for key in s3.objects if "closed" in key]


def test_the_ending_tells_what_a_file_is_and_the_content_whether_it_moves(address, put, photo):
    store = Store(address("photos"))
    frames = [photo, photo.rotate(90), photo.rotate(180)]
    put(store, "moves.gif", photo, save_all=True, append_images=frames)
    put(store, "moves.png", photo, save_all=True, append_images=frames)
    for name in ("a.jpg", "still.gif", "a-udnie.png", "within/b.webp", ".hidden/c.jpg", "out/d.jpg"):
        put(store, name, photo)
    for name in ("notes.txt", "film.mp4", "damaged.png"):
        put(store, name, b"x" * 100)
    found = Found()
    add_stored(found, [store, Store(address("photos/within/b.webp"))], ["udnie"], Store(address("photos/out")))
    assert {str(one.path): one.kind for one in found.inputs[:-1]} == {
        "a.jpg": Kind.PICTURE,
        "damaged.png": Kind.PICTURE,
        "film.mp4": Kind.FILM,
        "moves.gif": Kind.ANIMATION,
        "moves.png": Kind.ANIMATION,
        "still.gif": Kind.PICTURE,
        "within/b.webp": Kind.PICTURE,
    }
    assert found.inputs[-1].address == store.address_of(Path("within/b.webp"))
    assert (found.painted, found.others, found.errors) == (1, 1, [])


@pytest.mark.parametrize("address", KINDS, indirect=True)
def test_a_folder_is_painted_told_and_gone_on_with(address, paint, put, photo, painter, tmp_path, capsys):
    photos, out = Store(address("photos")), Store(address("painted"))
    put(photos, "0.png", photo)
    put(photos, "within/1.png", photo.rotate(90))
    put(photos, "bad.jpg", b"no picture")
    assert paint(photos.address, out.address) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"{out}/0-udnie.png", f"{out}/within/1-udnie.png"]
    (error,) = said.err.splitlines()
    assert error.startswith(f"error: {photos}/bad.jpg is not a picture")
    assert set(out.files()) == {Path("0-udnie.png"), Path("within/1-udnie.png"), Path(NAME)}
    with out.open(Path("0-udnie.png")) as file, Image.open(file) as made:
        alone = painter.paint(photo, PaintOptions("udnie", brush=None))
        assert np.array_equal(np.asarray(made), np.asarray(alone))

    def lines():
        return [json.loads(line) for line in content(out, NAME, tmp_path).splitlines()]

    assert [(line["output"], line["status"]) for line in lines()] == [
        (f"{out}/0-udnie.png", "painted"),
        (f"{out}/bad-udnie.png", "failed"),
        (f"{out}/within/1-udnie.png", "painted"),
    ]
    assert "secret" not in content(out, NAME, tmp_path).decode()
    put(photos, "2.png", photo.rotate(180))
    put(photos, "bad.jpg", photo)
    before = out.files()
    assert paint(photos.address, out.address, "--skip-existing") == 0
    after = out.files()
    assert set(after) - set(before) == {Path("2-udnie.png"), Path("bad-udnie.png")}
    assert all(after[path] == version for path, version in before.items() if path != Path(NAME))
    assert len(lines()) == 5
    assert paint(photos.address, out.address) == 1  # and what is there is not replaced unasked
    assert capsys.readouterr().err.count("exists. Give --overwrite") == 4
    assert out.files() == after


def test_one_side_may_be_a_folder_of_this_machine(address, paint, put, photo, tmp_path, capsys):
    store = Store(address("both"))
    put(store, "one.png", photo)
    assert paint(f"{store.address}/one.png", str(tmp_path / "here")) == 0
    assert paint(tmp_path / "here", store.address) == 0
    there = [f"{tmp_path}/here/one-udnie.png", f"{store}/one-udnie-udnie.png"]
    assert capsys.readouterr().out.splitlines() == there
    assert Path("one-udnie-udnie.png") in store.files()
    with Image.open(tmp_path / "here" / "one-udnie.png") as image:
        assert image.size == photo.size
