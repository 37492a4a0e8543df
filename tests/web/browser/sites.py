"""The page without a server, served as a static host would."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from stylize.cli.export import write_site
from stylize.paths import MODELS


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def hosted(folder: Path, styles: Sequence[str] = ()) -> Iterator[str]:
    """The address of a site in a folder of its host, with these styles or all."""
    write_site(MODELS, folder / "demo", list(styles))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/demo/"
        finally:
            server.shutdown()
            thread.join()
