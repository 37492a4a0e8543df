"""The page as a host runs it, for benchmarks that visit it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def chromium() -> str:
    """The path of the browser. Ends the command with a sentence if there is none."""
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    return path


@contextmanager
def page(environment: Mapping[str, str] = {}) -> Iterator[str]:
    """Start `python app.py` with these environment variables, give its address, and end it."""
    given = os.environ | {"PYTHONUNBUFFERED": "1"} | environment
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"Running on local URL:\s+(http://\S+)", line):
                    yield found[1].rstrip("/") + "/"
                    break
            else:
                raise RuntimeError("app.py ended without an address")
        finally:
            process.terminate()
