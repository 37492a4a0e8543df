"""The five calls, from another program."""

import base64
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from stylize import Stylizer
from stylize.grid import NUMBERS
from stylize.web.components import about

from .conftest import FEW


@pytest.fixture(scope="module")
def client(whole: str) -> Client:
    return Client(whole, verbose=False)


@pytest.fixture
def picture(photo: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "beach.png"
    photo.save(path)
    return path


def test_stylize_answers_a_picture_of_the_same_size(client: Client, picture: Path) -> None:
    plain = client.predict(handle_file(picture), api_name="/stylize")
    weak = client.predict(handle_file(picture), "the_scream", 0.5, True, 2.0, api_name="/stylize")
    with Image.open(plain) as first, Image.open(weak) as second, Image.open(picture) as photo:
        assert first.format == second.format == "PNG"
        assert first.size == second.size == photo.size
        assert first.tobytes() != second.tobytes()


def test_a_blend_and_a_brush_of_0_are_what_they_are_elsewhere(
    client: Client, astronaut: Image.Image, tmp_path: Path, painter: Stylizer
) -> None:
    photo = astronaut.resize((96, 80))
    photo.save(tmp_path / "small.png")
    made = client.predict(handle_file(tmp_path / "small.png"), "great_wave=0.6,udnie=0.4", brush=0, api_name="/stylize")
    wanted = painter(photo, {"great_wave": 0.6, "udnie": 0.4}, brush=None)
    with Image.open(made) as image:
        assert Path(made).name == "small-great_wave-udnie.png"
        assert np.abs(np.asarray(image, int) - np.asarray(wanted, int)).max() <= 2


def test_without_a_style_what_no_region_holds_stays_as_it_is(
    client: Client, astronaut: Image.Image, tmp_path: Path, painter: Stylizer
) -> None:
    astronaut.resize((160, 160)).save(tmp_path / "small.png")
    picture, regions = handle_file(tmp_path / "small.png"), "subject=udnie"
    made = client.predict(picture, regions=regions, api_name="/stylize")
    wanted = painter(tmp_path / "small.png", None, regions={"subject": "udnie"})
    with Image.open(made) as image:
        assert Path(made).name == "small-regions-subject-udnie.png"
        assert np.abs(np.asarray(image, int) - np.asarray(wanted, int)).max() <= 2
    made = client.predict(picture, "great_wave", regions=regions, api_name="/stylize")
    assert Path(made).name == "small-great_wave-regions-subject-udnie.png"


def test_compare_streams_a_gallery_of_every_style(client: Client, picture: Path, painter: Stylizer) -> None:
    job = client.submit(handle_file(picture), api_name="/compare")
    gallery = job.result(timeout=60)
    assert [entry["caption"] for entry in gallery] == [style.title for style in painter.styles]
    sizes = [len(part) for part in job.outputs()]
    assert sizes == sorted(set(sizes))
    assert (sizes[0], sizes[-1]) == (1, len(painter.styles))


def test_grid_answers_one_page(client: Client, picture: Path) -> None:
    page = client.predict(handle_file(picture), "udnie,the_scream", "0.5,1", api_name="/grid")
    with Image.open(page) as sheet, Image.open(picture) as photo:
        assert sheet.width > 2 * photo.width
        assert sheet.height > 2 * photo.height


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("udnie", "much"), "numbers with commas"), (("nobody", "1"), "There is no style"), (("udnie", "2"), "strength")],
)
def test_a_grid_of_wrong_values_gets_our_sentence(
    client: Client, picture: Path, arguments: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(AppError, match=re.compile(sentence)):
        client.predict(handle_file(picture), *arguments, api_name="/grid")


def test_numbers_are_those_of_the_library(client: Client, astronaut: Image.Image, tmp_path: Path) -> None:
    astronaut.resize((160, 120)).save(tmp_path / "beach.png")
    found = client.predict(handle_file(tmp_path / "beach.png"), "udnie,the_scream", "0,1", api_name="/numbers")
    assert [(one["style"], one["strength"]) for one in found] == [
        ("udnie", 0), ("the_scream", 0), ("udnie", 1), ("the_scream", 1),
    ]  # fmt: skip
    assert set(found[0]) == {"style", "strength", *NUMBERS}
    assert found[0]["ssim"] == pytest.approx(1)
    assert found[0]["style_quarter"] is None  # so small a picture has none
    assert found[2]["style_full"] < found[0]["style_full"]


def test_styles_lists_what_stylize_takes(client: Client, painter: Stylizer) -> None:
    assert client.predict(api_name="/styles") == [style.as_dict() for style in painter.styles]


def test_only_the_five_calls_are_public(client: Client) -> None:
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/stylize", "/compare", "/grid", "/numbers", "/styles"}
    parameters = {one["parameter_name"]: one for one in named["/stylize"]["parameters"]}
    assert list(parameters) == ["image", "style", "strength", "keep_colors", "brush", "regions"]
    assert [name for name, one in parameters.items() if not one["parameter_has_default"]] == ["image"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no_such_style",), "There is no style"),
        (("great_wave=0.6,no_such_style=0.4",), "There is no style"),
        (("great_wave=much",), "not a number"),
        (("great_wave", 7.0), "strength"),
        (("great_wave", 1.0, False, 99.0), "brush"),
        (("great_wave", 1.0, False, 1.0, "unicorn=udnie"), "There is no region"),
        (("great_wave", 1.0, False, 1.0, "person=no_such_style"), "There is no style"),
    ],
)
def test_a_wrong_value_gets_our_sentence(
    client: Client, picture: Path, arguments: tuple[object, ...], sentence: str
) -> None:
    with pytest.raises(AppError, match=re.compile(sentence)):
        client.predict(handle_file(picture), *arguments, api_name="/stylize")


def test_a_file_that_is_no_picture_gets_our_sentence(client: Client, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    with pytest.raises(AppError, match=r"notes\.png"):
        client.predict(handle_file(text), api_name="/stylize")


def post(url: str, call: str, *data: object) -> str:
    """The last event of a call as curl would make it."""
    body = json.dumps({"data": data}).encode()
    request = Request(f"{url}gradio_api/call/{call}", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{url}gradio_api/call/{call}/{event}") as stream:
        return str(stream.read().decode()).rstrip().rsplit("event: ", 1)[-1]


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}])
def test_a_file_of_the_server_is_not_a_photo(whole: str, meta: dict[str, object]) -> None:
    inside = files("stylize.web") / "static" / "favicon.png"
    said = post(whole, "stylize", {"path": str(inside), **meta})
    assert said.startswith("error")
    assert "is no picture that was uploaded here" in said


def test_what_has_a_default_may_be_left_out_or_null(whole: str, picture: Path) -> None:
    sent = base64.b64encode(picture.read_bytes()).decode()
    for data in ([sent], [f"data:image/png;base64,{sent}", "udnie"], [{"url": f"data:;base64,{sent}"}, None, None]):
        assert post(whole, "stylize", *data).startswith("complete")


@pytest.mark.parametrize(
    ("call", "data", "sentence"),
    [
        ("stylize", [], "No image came"),
        ("compare", [None], "No image came"),
        ("compare", ["http://127.0.0.1:1/x.png"], "http://127.0.0.1:1/x.png was not fetched"),
        ("stylize", [{"path": "https://a.b/x.png", "meta": {"_type": "gradio.FileData"}}], "https://a.b/x.png was not"),
        ("stylize", ["data:image/png;base64,AAAA", {}, [], {}, "x"], "is"),
    ],
)
def test_every_failure_is_a_sentence(whole: str, call: str, data: list[object], sentence: str) -> None:
    said = post(whole, call, *data)
    assert said.startswith("error")
    assert sentence in json.loads(said.split("data: ", 1)[1])["error"]


def test_only_the_hosts_styles_are_painted(url: str, picture: Path) -> None:
    sent = base64.b64encode(picture.read_bytes()).decode()
    assert "There is no style 'don_quixote'" in post(url, "stylize", sent, "don_quixote")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_lines_for_curl_print_what_they_promise(url: str, picture: Path, tmp_path: Path) -> None:
    with Image.open(picture) as photo:
        photo.convert("RGB").save(tmp_path / "photo.jpg")
    code = about.CURL.format(url=url.rstrip("/"), style="udnie")
    said = subprocess.run(["bash", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert said.stderr == ""
    every_style, styles = (part for part in said.stdout.split("event: complete")[1:])
    assert all(f"-{name}.jpg" in every_style for name in FEW)
    assert all(f'"id": "{name}"' in styles for name in FEW)
    with Image.open(tmp_path / "painting.png") as painting:
        assert painting.size == (96, 72)


def test_a_picture_of_the_server_is_not_a_style(client: Client, picture: Path) -> None:
    inside = files("stylize.web") / "static" / "favicon.png"
    for style in (str(inside), str(picture)):
        with pytest.raises(AppError, match="There is no style"):
            client.predict(handle_file(picture), style, api_name="/stylize")
