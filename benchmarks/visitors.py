"""Many visitors at once: each has a wall and an easel painting made; nobody is lost, and how long the slowest waits.

    python -m benchmarks.visitors
    python -m benchmarks.visitors --visitors 10 --out docs/performance.md

Also one visitor alone while a painting is being taught for somebody else, who must not block the others.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gradio_client import Client, handle_file

from benchmarks import report, serving

SIZE = (1155, 866)  # of a visitor's photo, pixels
STYLE = "great_wave"
ALONE = 3  # visits of one visitor alone
GOAL = 8  # times one visitor alone that the slowest of many may wait


def main(argv: list[str] | None = None) -> int:
    """The command. Its exit status is 1 when a visitor was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visitors", description=__doc__.split("\n")[0])
    parser.add_argument("--visitors", type=int, default=10, help="at once (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, serving.page() as address:
        photo = Path(folder) / "photo.jpg"
        report.photo(*SIZE).save(photo, quality=92)
        text, lost = measure(address, photo, arguments.visitors)
    report.publish("visitors", text, arguments.out)
    return 1 if lost else 0


def measure(address: str, photo: Path, count: int) -> tuple[str, int]:
    """Returns Markdown, and how many visitors were lost."""
    visit(address, photo, threading.Barrier(1))  # what is done once
    alone = [visit(address, photo, threading.Barrier(1)) for _ in range(ALONE)]
    usual = statistics.median(one for one in alone if one is not None)
    together = threading.Barrier(count)
    with ThreadPoolExecutor(count) as crowd:
        waits = list(crowd.map(lambda _: visit(address, photo, together), range(count)))
    there = [wait for wait in waits if wait is not None]
    rows = [
        ["one alone", f"{usual:.2f}", f"{usual:.2f}", "", "0"],
        [
            f"{count} at once",
            f"{statistics.median(there):.2f}",
            f"{max(there):.2f}",
            f"{max(there) / usual:.1f}",
            len(waits) - len(there),
        ],
    ]
    if importlib.util.find_spec("torch") is not None:
        with teaching(photo):
            busy = [visit(address, photo, threading.Barrier(1)) for _ in range(ALONE)]
        times = [one for one in busy if one is not None]
        wait = statistics.median(times)
        name = "one, while a painting is taught"
        rows.append([name, f"{wait:.2f}", f"{max(times):.2f}", f"{max(times) / usual:.1f}", ALONE - len(times)])
    head = ["visitors", "median s", "slowest s", "times one alone", "lost"]
    text = (
        f"## Visitors at once\n\n`python -m benchmarks.visitors` on {report.machine()} Each visitor has a photo of "
        f"{SIZE[0]}x{SIZE[1]} painted in every style, then in one at full size. The goal: none lost, the slowest at "
        f"most {GOAL} times one alone.\n\n{report.table(head, rows)}\n"
    )
    return text, len(waits) - len(there)


def visit(address: str, photo: Path, start: threading.Barrier) -> float | None:
    """Seconds that one visitor waits for a wall and an easel painting; None if one of them never came."""
    client = Client(address, verbose=False, download_files=False)
    start.wait()
    began = time.perf_counter()
    try:
        wall = client.predict(handle_file(photo), api_name="/compare")
        painting = client.predict(handle_file(photo), STYLE, api_name="/stylize")
    except Exception as error:  # whatever happened, this visitor was lost
        print(f"lost: {error}", file=sys.stderr)
        return None
    return time.perf_counter() - began if len(wall) > 1 and painting else None


@contextmanager
def teaching(painting: Path) -> Iterator[None]:
    """A painting is being taught meanwhile, in the process that the page would start for it."""
    from stylize.paths import MODELS
    from stylize.web.services import training_jobs

    over, begun = threading.Event(), threading.Event()
    request = {"task": "teach", "models": str(MODELS), "painting": str(painting), "start": [], "steps": 100_000}

    def teach() -> None:
        for _ in training_jobs.run(request, 3600, over.is_set):
            begun.set()

    thread = threading.Thread(target=teach)
    thread.start()
    try:
        while thread.is_alive() and not begun.wait(0.2):
            pass
        yield
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
