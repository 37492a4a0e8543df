"""The serving path with the lowest versions that requirements.txt admits, in an environment of its own, without torch.

python -m benchmarks.floors

Runs the tests of the library and the command there, then the page with two clients, who must get their paintings.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVING = "# serving"  # the section of requirements.txt
TESTS = ("pictures", "styles", "stylizer", "tiles", "network", "enlarge", "video", "command")


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the status of what failed first, or 0."""
    argparse.ArgumentParser(prog="python -m benchmarks.floors", description=__doc__.split("\n")[0]).parse_args(argv)
    begin = time.perf_counter()
    pins = [f"{name}=={version}" for name, version in floors((ROOT / "requirements.txt").read_text()).items()]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        steps = [
            ["-m", "pip", "install", "-q", *pins, "pytest", "hypothesis"],
            ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is not None)"],
            ["-m", "pytest", "-p", "no:cacheprovider", *(f"tests/test_{name}.py" for name in TESTS)],
            ["-m", "benchmarks.load", "--clients", "2", "--minutes", "0.1"],
        ]
        for step in steps:
            if status := subprocess.run([python, *step], cwd=ROOT).returncode:
                print(f"failed: python {' '.join(step)}", file=sys.stderr)
                return status
    print(f"{', '.join(pins)}: all well after {time.perf_counter() - begin:.0f} s")
    return 0


def floors(requirements: str, section: str = SERVING) -> dict[str, str]:
    """The lowest version of each package in a section of requirements.txt; of all sections if that is empty."""
    found, inside = {}, not section
    for line in requirements.splitlines():
        if line.startswith("#"):
            inside = not section or line.startswith(section)
        elif inside and (match := re.match(r"([\w.-]+)>=([\d.]+)", line)):
            found[match[1].lower()] = match[2]
    return found


if __name__ == "__main__":
    sys.exit(main())
