"""The three calls, from another program."""

import json
import re
from importlib.resources import files
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from stylize import Stylizer


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


def test_compare_streams_a_gallery_of_every_style(client: Client, picture: Path, painter: Stylizer) -> None:
    job = client.submit(handle_file(picture), api_name="/compare")
    gallery = job.result(timeout=60)
    assert [entry["caption"] for entry in gallery] == [style.title for style in painter.styles]
    assert len(job.outputs()) == len(painter.styles)


def test_styles_lists_what_stylize_takes(client: Client, painter: Stylizer) -> None:
    assert client.predict(api_name="/styles") == [style.as_dict() for style in painter.styles]


def test_only_the_three_calls_are_public(client: Client) -> None:
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/stylize", "/compare", "/styles"}
    parameters = {one["parameter_name"]: one for one in named["/stylize"]["parameters"]}
    assert list(parameters) == ["image", "style", "strength", "keep_colors", "brush"]
    assert [name for name, one in parameters.items() if not one["parameter_has_default"]] == ["image"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no_such_style",), "There is no style"),
        (("great_wave", 7.0), "strength"),
        (("great_wave", 1.0, False, 99.0), "brush"),
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


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}])
def test_a_file_of_the_server_is_not_a_photo(whole: str, picture: Path, meta: dict[str, object]) -> None:
    def post(call: str, *data: object) -> str:
        body = json.dumps({"data": data}).encode()
        request = Request(f"{whole}gradio_api/call/{call}", body, {"Content-Type": "application/json"})
        with urlopen(request) as answer:
            return str(json.load(answer)["event_id"])

    inside = files("stylize.web") / "static" / "favicon.png"
    event = post("stylize", {"path": str(inside), **meta})
    with urlopen(f"{whole}gradio_api/call/stylize/{event}") as stream:
        said = stream.read().decode()
    assert "event: error" in said
    assert "event: complete" not in said


def test_a_picture_of_the_server_is_not_a_style(client: Client, picture: Path) -> None:
    inside = files("stylize.web") / "static" / "favicon.png"
    for style in (str(inside), str(picture)):
        with pytest.raises(AppError, match="There is no style"):
            client.predict(handle_file(picture), style, api_name="/stylize")
