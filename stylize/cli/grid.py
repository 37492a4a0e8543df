"""`stylize grid`: photos, styles and settings beside one another, as one captioned page or a ZIP.

    stylize grid *.jpg --styles great_wave,udnie,the_scream -o grid.png
    stylize grid photo.jpg --styles all -o wall.pdf
    stylize grid photo.jpg --styles great_wave,udnie --strength 0.25,0.5,1 --columns strength -o strengths.pdf
    stylize grid a.jpg b.jpg --styles udnie,my_painting.jpg --brush 1,2 -o cells.zip
    stylize grid photo.jpg --styles all --numbers -o numbers.csv

Every combination is one cell, 100 at most. A ZIP holds every cell as a PNG, and a table of their settings; a CSV is the
table alone. --numbers adds how far each cell is from its style (our loss network's style loss at full, half and quarter
size; 0 is the painting itself), its SSIM to the photo, how far colours moved (100 is black to white), and seconds.

Exit status: 0 on success, 1 when something failed, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stylize.cli.arguments import path_argument, several
from stylize.cli.terminal import Terminal
from stylize.errors import OptionError, StyleError, StylizeError
from stylize.grid import Axis, Grid, GridCell
from stylize.grid.archive import write_archive, write_table
from stylize.grid.labels import labels
from stylize.grid.sheet import Sheet
from stylize.imaging import WRITABLE
from stylize.imaging.atomic import obstacle
from stylize.inference.session import PROVIDERS
from stylize.stylizer import GALLERY_SIDE, Stylizer

ARCHIVE, TABLE = ".zip", ".csv"
_COLORS = {"painting": False, "photo": True}


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status; wrong usage exits with 2 from argparse."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    output: Path = arguments.output
    endings = (*WRITABLE, ARCHIVE, TABLE)
    if output.suffix.lower() not in endings:
        parser.error(f"{output.name} cannot be written: its ending must be one of {', '.join(endings)}")
    if arguments.numbers and output.suffix.lower() not in (ARCHIVE, TABLE):
        parser.error("--numbers are written into a table: give an output that ends in .zip or .csv")
    if output.suffix.lower() == ".pdf":
        importlib.import_module("reportlab")  # found missing before anything is painted
    terminal = Terminal()
    if error := obstacle(output, arguments.overwrite):
        terminal.error(error)
        return 1
    with terminal.logging():
        try:
            stylizer = Stylizer(arguments.models, arguments.device, arguments.threads)
            names = [style.id for style in stylizer.styles] if arguments.styles == ["all"] else arguments.styles
            grid = Grid(
                arguments.inputs, names, arguments.strength, [value or None for value in arguments.brush],
                [_COLORS[name] for name in arguments.colors], arguments.columns,
            )  # fmt: skip
            cells = _painted(stylizer.grid(grid, arguments.size, numbers=arguments.numbers), grid, terminal)
            output.parent.mkdir(parents=True, exist_ok=True)
            _write(output, stylizer, grid, cells, arguments.heading)
        except (OptionError, StyleError) as error:
            parser.error(str(error))
        except StylizeError as error:
            terminal.error(error)
            return 1
    terminal.written(output)
    return 0


def _parser() -> argparse.ArgumentParser:
    description, *examples = (__doc__ or "").split("\n\n")
    parser = argparse.ArgumentParser(
        prog="stylize grid",
        description=description,
        epilog="\n\n".join(examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inputs", nargs="+", type=path_argument, metavar="PHOTO", help="pictures")
    parser.add_argument(
        "--styles", type=several(str), default=["all"], metavar="A,B", help="ids or pictures; default all"
    )
    parser.add_argument("--strength", type=several(float), default=[1.0], metavar="N,N", help="0 to 1; default 1")
    parser.add_argument(
        "--brush", type=several(float), default=[0.0], metavar="N,N",
        help="stroke sizes relative to the picture; default 0: each cell is painted at its own size, quickly",
    )  # fmt: skip
    parser.add_argument(
        "--colors", type=several(_color), default=["painting"], metavar="WHOSE",
        help="painting, photo, or painting,photo; default painting",
    )  # fmt: skip
    parser.add_argument(
        "--columns", type=several(str), default=[], metavar="AXIS", help=f"what runs across: {', '.join(Axis)}"
    )
    parser.add_argument("--size", type=int, default=GALLERY_SIDE, help="longer side of a cell, pixels (%(default)s)")
    parser.add_argument("--numbers", action="store_true", help="measure each cell, for a .zip or .csv")
    parser.add_argument("--heading", default="", help="stands above all")
    parser.add_argument(
        "-o", "--output", type=path_argument, required=True, metavar="FILE", help=".pdf, .zip, .csv or a picture"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    parser.add_argument("--models", type=Path, help="folder of the networks")
    parser.add_argument("--device", choices=["auto", *PROVIDERS], help="default $STYLIZE_DEVICE, else auto")
    parser.add_argument("--threads", type=int, help="CPU threads; default: the cores there are")
    return parser


def _color(text: str) -> str:
    if text not in _COLORS:
        raise argparse.ArgumentTypeError(f"there is no choice {text!r}; give painting, photo, or painting,photo")
    return text


def _painted(cells: Iterator[GridCell], grid: Grid, terminal: Terminal) -> list[GridCell]:
    """All cells; the progress, and what of a photo is not used, are told on the terminal."""
    columns, rows = grid.size
    painted: list[GridCell] = []
    told: set[int] = set()  # the photos whose notes were
    terminal.start()
    for cell in cells:
        painted.append(cell)
        for note in cell.notes if cell.photo not in told else ():
            terminal.note(f"{grid.photo_name(cell.photo)}: {note}")
        told.add(cell.photo)
        terminal.progress("cells", len(painted), columns * rows, 1.0)
    return painted


def _write(path: Path, stylizer: Stylizer, grid: Grid, cells: list[GridCell], heading: str) -> None:
    parts = [[style for style, _ in stylizer.parts(choice)] for choice in grid.styles]
    if path.suffix.lower() in (ARCHIVE, TABLE):
        write = write_archive if path.suffix.lower() == ARCHIVE else write_table
        write(path, grid, cells, ["-".join(style.id for style in styles) for styles in parts])
        return
    across, down = labels(grid, [" + ".join(style.title or style.id for style in styles) for styles in parts])
    replace(Sheet.of(grid, cells, across, down), heading=heading).write(path)
