"""A monkey at the page: bursts of random steps, after each of which the page must be right or say what it waits for.

    python -m benchmarks.monkey --bursts 300 --width 1440 390 --busy 0 2 --out docs/reliability.md
    python -m benchmarks.monkey --bursts 1 --seed 4711 --width 390      one again, step by step

Drops, replacements, removals, tiles, sliders by mouse and key, blends, masks, tabs, comparisons, reloads, Back and
short losses of the network, in a real Chromium against `python app.py`, beside other processes on the same cores.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import report, serving
from benchmarks.monkey.bursts import HEIGHTS, Tally, photos, run
from benchmarks.monkey.invariant import Reference

STYLES = ("great_wave", "starry_night", "the_kiss", "the_scream", "udnie")  # few, so that a gallery is soon painted
SPIN = "while True: pass"


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if a burst ended on a wrong page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monkey", description=__doc__.split("\n")[0])
    parser.add_argument("--bursts", type=int, default=300, help="for each width and load (default %(default)s)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which no further burst begins, each")
    parser.add_argument("--width", type=int, nargs="+", default=list(HEIGHTS), choices=HEIGHTS, help="of the window")
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 2], help="processes that keep the cores busy")
    parser.add_argument("--seed", type=int, default=0, help="of the first burst (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    seeds, tallies = range(arguments.seed, arguments.seed + arguments.bursts), []
    environment = {"STYLIZE_STYLES": ",".join(STYLES), "STYLIZE_DEVICE": "cpu"}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, serving.page(environment) as address:
        browser = playwright.chromium.launch(executable_path=serving.chromium(), args=["--no-sandbox"])
        reference = Reference(photos(Path(folder)), STYLES)
        for width in arguments.width:
            for busy in arguments.busy:
                with spinning(busy):
                    end = time.monotonic() + 60 * arguments.minutes
                    tallies.append(run(browser, address, reference, Tally(width, busy), seeds, end))
        browser.close()
    report.publish("monkey", _written(tallies, arguments.bursts, arguments.minutes), arguments.out)
    return int(any(tally.wrong for tally in tallies))


@contextmanager
def spinning(count: int) -> Iterator[None]:
    """So many processes that use all the time they get."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", SPIN]))
            stack.callback(process.kill)
        yield


def _written(tallies: list[Tally], bursts: int, minutes: float) -> str:
    rows = [
        [one.width, one.busy, one.bursts, one.steps, one.retried, f"{sorted(one.seconds)[len(one.seconds) // 2]:.1f}",
         f"{max(one.seconds):.1f}", one.wrong]
        for one in tallies if one.seconds
    ]  # fmt: skip
    head = [
        "window, px",
        "busy processes",
        "bursts",
        "steps",
        "tried again",
        "quiet after, median s",
        "longest s",
        "wrong",
    ]
    limit = f" --minutes {minutes:g}" if math.isfinite(minutes) else ""
    command = f"`python -m benchmarks.monkey --bursts {bursts}{limit}`"
    return f"## Random visitors\n\n{report.table(head, rows)}\n\nOn {report.machine()} {command}.\n"


if __name__ == "__main__":
    sys.exit(main())
