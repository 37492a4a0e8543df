"""The command of README.md that fills a Space, run against a stand-in for the hub on this machine.

The stand-in takes every file as a plain one: how the hub's tool sends large files to their own store is not tried here.
"""

import base64
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

ROOT = Path(__file__).resolve().parent.parent
HF = str(Path(sys.executable).with_name("hf"))  # of this environment, not another's
COMMAND = re.search(r"^hf upload .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


class Hub(BaseHTTPRequestHandler):
    """The calls of an upload: the Space is made, its card is read, each file's kind is told, a commit brings them."""

    committed: dict[str, bytes]
    calls: list[str]

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        call = self.path.split("?")[0]
        self.calls.append(call)
        if call == "/api/repos/create":
            answer = {"url": f"http://{self.headers['Host']}/spaces/me/stylize", "name": "me/stylize", "id": "0"}
        elif call == "/api/validate-yaml":
            answer = {"errors": [], "warnings": []}
        elif "/preupload/" in call:
            asked = json.loads(sent)
            ignored = GitIgnoreSpec.from_lines(asked["gitIgnore"].splitlines())
            answer = {
                "files": [
                    {"path": path, "uploadMode": "regular", "shouldIgnore": ignored.match_file(path), "oid": None}
                    for path in (file["path"] for file in asked["files"])
                ]
            }
        else:
            lines = map(json.loads, sent.splitlines())
            files = [line["value"] for line in lines if line["key"] == "file"]
            self.committed.update({file["path"]: base64.b64decode(file["content"]) for file in files})
            answer = {"commitUrl": f"http://{self.headers['Host']}/spaces/me/stylize/commit/0", "commitOid": "0" * 40}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub() -> Iterator[ThreadingHTTPServer]:
    Hub.committed, Hub.calls = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_command_brings_a_space_all_it_needs(hub, tmp_path):
    environment = os.environ | {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        "HF_TOKEN": "hf_none",
        "HF_HOME": str(tmp_path),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    command = COMMAND[0].replace("NAME/SPACE", "me/stylize").split()
    done = subprocess.run([HF, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Hub.calls[0] == "/api/repos/create"
    needed = [ROOT / "app.py", ROOT / "requirements.txt", ROOT / "README.md"]
    needed += [path for room in ("stylize", "models") for path in (ROOT / room).rglob("*") if path.is_file()]
    for path in needed:
        if "__pycache__" not in path.parts:
            assert Hub.committed[path.relative_to(ROOT).as_posix()] == path.read_bytes()
    assert not [name for name in Hub.committed if name.startswith((".git/", ".venv/", ".mypy_cache/"))]
    assert ".gitattributes" not in Hub.committed  # the Space's own says what lies in the store for large files
