"""Pictures as programs send them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from stylize.errors import PictureError
from stylize.web.services import api_image, results

CONTENT = bytes(range(256)) * 2
BASE64 = base64.b64encode(CONTENT).decode()


def content(sent: Any) -> bytes:
    return Path(api_image.receive(sent)["path"]).read_bytes()


@pytest.mark.parametrize(
    "sent",
    [
        BASE64,
        BASE64.rstrip("="),
        base64.urlsafe_b64encode(CONTENT).decode(),
        base64.encodebytes(CONTENT).decode(),
        f"data:image/png;base64,{BASE64}",
        f"data:image/png;base64,{quote(BASE64)}",
        f"data:;base64,{BASE64}",
        f"data:image/png,{quote(CONTENT)}",
        {"url": f"data:image/jpeg;base64,{BASE64}"},
        {"path": f"data:image/jpeg;base64,{BASE64}", "meta": {"_type": "gradio.FileData"}},
    ],
)
def test_a_picture_in_the_request_arrives(sent: Any) -> None:
    assert content(sent) == CONTENT


def test_an_upload_arrives_by_its_path_and_by_its_address() -> None:
    path = results.new_path("a photo.png")
    path.write_bytes(CONTENT)
    address = f"https://paint.example.org/gradio_api/file={quote(str(path))}"
    for sent in (str(path), {"path": str(path)}, address, {"path": address}, {"url": address, "path": None}):
        assert api_image.receive(sent)["path"] == str(path)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (None, "No image came"),
        ("", "No image came"),
        ({}, "No image came"),
        (7, "kind that is not taken"),
        ({"path": ["x"]}, "kind that is not taken"),
        ("http://127.0.0.1/x.png", r"http://127\.0\.0\.1/x\.png was not fetched"),
        ("file:///etc/passwd", "file:///etc/passwd was not fetched"),
        ({"path": "https://example.org/x.png"}, r"https://example\.org/x\.png was not fetched"),
        ("/etc/passwd", "/etc/passwd is no picture that was uploaded"),
        ("http://a/gradio_api/file=/etc/passwd", "/etc/passwd is no picture that was uploaded"),
        ("x\0y", "no picture that was uploaded"),
        ("data:image/png;base64", "no comma"),
        ("data:image/png;base64,AB*C", "not base64"),
    ],
)
def test_everything_else_is_refused_by_name(sent: Any, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        api_image.receive(sent)


def test_a_picture_in_the_request_may_be_as_large_as_an_upload() -> None:
    with pytest.raises(PictureError, match="at most"):
        api_image.receive(BASE64, max_bytes=len(CONTENT) - 1)
    assert api_image.receive(BASE64, max_bytes=len(CONTENT))
