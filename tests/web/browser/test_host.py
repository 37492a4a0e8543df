"""The page as a host sets it up: its own name, colour and styles, behind a proxy path, with ten visitors at once."""

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect

from ..conftest import FEW, serving
from .steps import PAINTED, PHONE, choose, upload

PREFIX = "/deep/path"
ALONE = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}  # headers of one hop


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address, without a slash at the end, of a server of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def proxy(upstream: str) -> Iterator[str]:
    """A proxy that serves `upstream` under PREFIX, as nginx would."""

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            if not self.path.startswith(PREFIX + "/"):
                self.send_error(404)
                return
            target = http.client.HTTPConnection(urlsplit(upstream).netloc)
            length = int(self.headers.get("content-length", 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ALONE}
            headers |= {"Host": self.headers["host"], "X-Forwarded-Host": self.headers["host"]}
            body = self.rfile.read(length)
            with closing(target), suppress(http.client.HTTPException, OSError):  # either side may hang up
                target.request(self.command, self.path.removeprefix(PREFIX), body, headers)
                with target.getresponse() as answer:
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() not in ALONE:
                            self.send_header(name, value)
                    self.end_headers()
                    while part := answer.read1(65536):
                        self.wfile.write(part)
                        self.wfile.flush()

        do_GET = do_POST = do_HEAD = forward  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    with serve(Handler) as address:
        yield f"{address}{PREFIX}/"


def test_a_host_names_colours_chooses_hides_and_proxies(browser: Browser, beach: Path) -> None:
    environment = {
        "STYLIZE_TITLE": "Atelier <Nord>",
        "STYLIZE_ACCENT": "#1144aa",
        "STYLIZE_STYLES": "udnie,the_scream",
        "STYLIZE_HIDE": "own,live,about",
        "GRADIO_ROOT_PATH": PREFIX,
    }
    with serving(environment) as upstream, proxy(upstream) as url:
        page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
        outside: list[str] = []
        page.on(
            "request",
            lambda request: None if request.url.startswith((url, "data:", "blob:")) else outside.append(request.url),
        )
        page.goto(url)
        expect(page.locator(".tile")).to_have_count(2, timeout=PAINTED)
        expect(page.locator(".wordmark")).to_have_text("Atelier <Nord>")
        expect(page.get_by_role("tab")).to_have_count(2)
        accent = page.locator("#png").evaluate("button => getComputedStyle(button).backgroundColor")
        assert accent == "rgb(17, 68, 170)"
        upload(page, beach)
        choose(page, "the_scream")
        with page.expect_download() as download:
            page.locator("#png").click()
        assert download.value.suggested_filename == "beach-the_scream.png"
        page.close()
        assert outside == []


def test_ten_visitors_at_once_all_finish(url: str, beach: Path) -> None:
    def visit(_: int) -> tuple[int, str]:
        client = Client(url, verbose=False, download_files=False)
        wall = client.predict(handle_file(beach), api_name="/compare")
        return len(wall), client.predict(handle_file(beach), "udnie", api_name="/stylize")["path"]

    with ThreadPoolExecutor(10) as visitors:
        made = list(visitors.map(visit, range(10)))
    assert {count for count, _ in made} == {len(FEW)}
    assert len({path for _, path in made}) == 10


def test_another_page_may_frame_this_one(browser: Browser, url: str, beach: Path) -> None:
    with urlopen(url) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
    assert "x-frame-options" not in headers
    assert "frame-ancestors" not in headers.get("content-security-policy", "")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{url}" width="900" height="800"></iframe>'.encode())

        def log_message(self, *_: object) -> None: ...

    with serve(Handler) as address:
        page = browser.new_page()
        page.goto(address)
        frame = page.frame_locator("iframe")
        frame.locator("#photo input[type=file]").first.set_input_files(beach, timeout=PAINTED)
        done = frame.locator(".gallery-status[data-state=gallery_done]")
        expect(done).to_be_visible(timeout=PAINTED)
        page.close()
