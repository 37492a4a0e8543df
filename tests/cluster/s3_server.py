"""An S3 server on this machine, as far as pyarrow asks it: an object is there once all of its parts are."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class S3Server(ThreadingHTTPServer):
    """`objects` by their keys, such as "bucket/a/b.png". Once `denies`, it answers as to a stranger."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.denies = False
        self.fails_on = ""  # a key: uploads of what contains it break off

    def address(self, path: str) -> str:
        """That of a path that begins with the bucket's name."""
        return f"s3://someone:secret@{path}?endpoint_override=127.0.0.1:{self.server_port}&scheme=http&region=us-east-1"


@contextmanager
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3Server

    def log_message(self, *_: object) -> None:
        pass

    def _handle(self) -> None:
        address = urlsplit(self.path)
        self.key, self.query = unquote(address.path).strip("/"), parse_qs(address.query, keep_blank_values=True)
        body = self._body()
        if self.server.denies:
            return self._answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        if self.server.fails_on and self.server.fails_on in self.key and self.command == "PUT":
            return self._answer(403, b"<Error><Code>QuotaExceeded</Code><Message>no room</Message></Error>")
        return getattr(self, f"_{self.command.lower()}")(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815

    def _get(self, _: bytes) -> None:
        if "list-type" in self.query:
            return self._list()
        if self.key not in self.server.objects:
            return self._answer(404)
        content = self.server.objects[self.key]
        if found := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(found[1]), int(found[2] or len(content) - 1)
            return self._answer(206, content[first : last + 1])
        return self._answer(200, content)

    _head = _get

    def _list(self) -> None:
        prefix = f"{self.key}/{self.query['prefix'][0]}"
        found = [key for key in sorted(self.server.objects) if key.startswith(prefix)]
        entries = "".join(
            f"<Contents><Key>{escape(key.removeprefix(f'{self.key}/'))}</Key><Size>{len(self.server.objects[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key in found
        )
        told = f"<KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>{entries}"
        self._answer(200, f"<ListBucketResult>{told}</ListBucketResult>".encode())

    def _put(self, body: bytes) -> None:
        self.server.parts[self.key][int(self.query["partNumber"][0])] = body
        self._answer(200)

    def _post(self, _: bytes) -> None:
        if "uploads" in self.query:
            self.server.parts[self.key] = {}
            return self._answer(
                200, b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            )
        self.server.objects[self.key] = b"".join(part for _, part in sorted(self.server.parts.pop(self.key).items()))
        return self._answer(200, b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")

    def _delete(self, _: bytes) -> None:
        self.server.parts.pop(self.key, None)
        self._answer(204)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        raw, content = b"", b""
        while size := int(self.rfile.readline(), 16):
            raw += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return raw
        while raw:  # chunks within chunks: SIZE[;signature] CRLF content CRLF, and a checksum at the end
            head, _, raw = raw.partition(b"\r\n")
            size = int(head.partition(b";")[0], 16)
            if not size:
                break
            content, raw = content + raw[:size], raw[size + 2 :]
        return content

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/xml")
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
