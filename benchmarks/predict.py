"""How long a painting takes to become a style at once: `Stylizer.predict`, from the opened picture to the vector.

python -m benchmarks.predict
python -m benchmarks.predict --rounds 41 --out docs/performance.md
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import report
from stylize import Stylizer

SIZES = ((320, 320), (640, 480), (1024, 1024), (2000, 1000), (4000, 1000))  # width, height


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.predict", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=21, help="predictions of each size (default %(default)s)")
    parser.add_argument("--threads", type=int, help="CPU threads; default: the cores there are")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    painter = Stylizer(device="cpu", threads=arguments.threads)
    paintings = {f"{width}x{height}": report.photo(width, height) for width, height in SIZES}
    contenders = {name: lambda painting=painting: painter.predict(painting) for name, painting in paintings.items()}
    times = report.interleaved(contenders, arguments.rounds)
    text = (
        f"## A style at once\n\n`python -m benchmarks.predict` on {report.machine()} Medians of {arguments.rounds}.\n\n"
        f"{report.table(['painting', 'ms'], [[name, f'{1e3 * time:.0f}'] for name, time in times.items()])}"
    )
    report.publish("predict", text, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
