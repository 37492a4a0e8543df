"""How long a grid of four styles by four settings takes against the wall of all styles, for a photo of one megapixel.

    python -m benchmarks.grid
    python -m benchmarks.grid --rounds 9 --out docs/performance.md

Every cell and every tile has the page's size. The goal is for the page's first grid, that of strengths: at most twice
the wall. Exit status 1 if it is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import report
from stylize import Stylizer
from stylize.grid import Grid
from stylize.web.components.comparison_grid import FIRST_STYLES, ROWS
from stylize.web.config import WebConfig

SIZE = (1155, 866)  # of the photo: one megapixel
GOAL = 2.0  # times the wall


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="grids of each kind (default %(default)s)")
    parser.add_argument("--threads", type=int, help="CPU threads; default: the cores there are")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    painter = Stylizer(device="cpu", threads=arguments.threads)
    times = report.interleaved(_contenders(painter), arguments.rounds)
    wall, first = (next(time for name, time in times.items() if word in name) for word in ("wall", "strength"))
    rows = [[name, f"{time:.2f}", f"{time / wall:.2f}"] for name, time in times.items()]
    text = (
        f"## A grid\n\n`python -m benchmarks.grid` on {report.machine()} A photo of {SIZE[0]}x{SIZE[1]}, medians of "
        f"{arguments.rounds}. The goal: a grid of strengths takes at most {GOAL:g} times the wall.\n\n"
        f"{report.table(['what', 'seconds', 'times the wall'], rows)}"
    )
    report.publish("grid", text, arguments.out)
    return int(first > GOAL * wall)


def _contenders(painter: Stylizer) -> dict[str, Callable[[], object]]:
    """The wall, the page's grids, and the numbers of one."""
    photo, side = report.photo(*SIZE), WebConfig.tile_size
    styles = list(painter.styles)[:FIRST_STYLES]
    strengths, brushes = ROWS["strength"], ROWS["brush"]
    by_strength, by_brush = Grid([photo], styles, strengths), Grid([photo], styles, brushes=brushes)
    cells = list(painter.grid(by_strength, side))
    small = np.asarray(photo.resize(cells[0].image.size))
    return {
        f"the wall, {len(painter.styles)} styles": lambda: list(painter.gallery(photo, size=side)),
        "a grid by strength": lambda: list(painter.grid(by_strength, side)),
        "a grid by brush": lambda: list(painter.grid(by_brush, side)),
        "the numbers of a grid": lambda: [
            painter.numbers(np.asarray(cell.image), small, cell.options.style) for cell in cells
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
