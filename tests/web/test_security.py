"""Doors of the server that must be closed, tried from outside on the running page."""

import json
import os
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

import stylize

ROOT = Path(stylize.__file__).resolve().parents[1]
PAINTER = ROOT / "models" / "painter.onnx"
CLOSED = (307, 400, 403, 404, 405, 422)


def ask(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of a request whose path is sent as it is."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, path, body, headers)
    with connection.getresponse() as answer:
        found = answer.status, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize("route", ["gradio_api/file=", "file=", "gradio_api/file/", "static/", "assets/", "theme.css/"])
@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../../../../../../etc/passwd", str(PAINTER), "models/painter.onnx", "app.py", ".git/config", "/",
     "/tmp", "/proc/self/environ", "..%2f..%2f..%2f..%2fetc%2fpasswd", quote("/etc/passwd", safe=""),
     "file:///etc/passwd", "/dev/null/../etc/passwd", "....//....//etc/passwd"],
)  # fmt: skip
def test_no_file_of_the_server_is_served(url: str, route: str, target: str) -> None:
    status, body = ask(url, "GET", f"/{route}{target}")
    assert status in CLOSED, body[:200]
    assert b"root:" not in body
    assert PAINTER.read_bytes()[:64] not in body


@pytest.mark.parametrize(
    "path",
    ["monitoring", "monitoring/summary", "gradio_api/monitoring", "gradio_api/monitoring/summary", "docs", "redoc",
     "gradio_api/proxy=http://127.0.0.1:1/", "gradio_api/proxy=https://example.com/x", "proxy=http://a/",
     "gradio_api/stream/../../etc/passwd", "gradio_api/vibe-code/"],
)  # fmt: skip
def test_no_other_door_is_open(url: str, path: str) -> None:
    status, body = ask(url, "GET", f"/{path}")
    assert status in CLOSED, body[:200]


def test_an_upload_stays_in_its_folder_whatever_its_name(url: str) -> None:
    for name in ("../../../../evil.png", "/etc/evil.png", "..\\\\..\\\\evil.png", "evil.png\\0.txt", "." * 300):
        body = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nx\r\n--b--\r\n'.encode()
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, answer = ask(url, "POST", "/gradio_api/upload", body, **kind)
        if status == 200:
            (path,) = json.loads(answer)
            assert "stylize-page-" in Path(os.path.normpath(path)).parts[-3]
    assert not Path("/etc/evil.png").exists()


ODD: list[Any] = [None, True, [], {}, "", "../../models/styles/udnie.safetensors", "/etc/passwd", "x" * 100_000, -1]
ODD += [1e308, [[[]]], {"a": {}}, "NaN", {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]


@pytest.mark.parametrize("place", range(5))
def test_odd_arguments_over_http_are_refused_without_a_traceback(url: str, place: int) -> None:
    for odd in [*ODD, "NAN LITERAL", "INFINITY LITERAL"]:
        data: list[Any] = [None, "udnie", 1.0, False, 1.0]
        data[place] = odd
        text = json.dumps({"data": data}).replace('"NAN LITERAL"', "NaN").replace('"INFINITY LITERAL"', "1e999")
        kind = {"Content-Type": "application/json"}
        status, body = ask(url, "POST", "/gradio_api/call/stylize", text.encode(), **kind)
        if status == 200:
            _, body = ask(url, "GET", f"/gradio_api/call/stylize/{json.loads(body)['event_id']}")
            assert b"event: error" in body
        else:
            assert status in CLOSED
        assert b"Traceback" not in body
        assert b"root:" not in body
        assert b"site-packages" not in body


@pytest.mark.parametrize(
    "query",
    ["style=../../etc/passwd", "style=udnie%00", "strength=NaN&style=udnie", "style=" + "a" * 5000, "style=%ff%fe",
     "style=udnie=1e308,the_scream=1e308", "brush=1e999&style=udnie", "__theme=../../x",
     "style=<script>alert(1)</script>"],
)  # fmt: skip
def test_the_page_opens_whatever_its_address_says(url: str, query: str) -> None:
    status, body = ask(url, "GET", f"/?{query}")
    assert status == 200
    assert b"<script>alert(1)" not in body
