"""A grid as a ZIP: every painting as a file, and a table of their settings; or the table alone."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from stylize import imaging
from stylize.errors import PictureError
from stylize.grid.layout import Grid, GridCell
from stylize.grid.numbers import NUMBERS

TABLE = "settings.csv"
COLUMNS = ("file", "row", "column", "photo", "style", "strength", "brush", "keep_colors")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same grid is the same file


def write_archive(path: Path, grid: Grid, cells: Sequence[GridCell], names: Sequence[str]) -> Path:
    """Write `cells` of `grid` as PNG files with `TABLE`, which counts rows and columns from 1.

    `names` are those of the styles, in their order. Where cells have numbers, the table has them, too. The file appears
    whole or not at all. Raises PictureError if it cannot be written.
    """
    try:
        with imaging.atomic_path(path) as part, zipfile.ZipFile(part, "w") as archive:
            for cell in cells:
                picture = io.BytesIO()
                cell.image.save(picture, "PNG")
                archive.writestr(zipfile.ZipInfo(_file(grid, cell, names), _FIXED_TIME), picture.getvalue())
            archive.writestr(zipfile.ZipInfo(TABLE, _FIXED_TIME), table(grid, cells, names))
    except OSError as error:
        raise PictureError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def read_images(path: Path) -> Iterator[Image.Image]:
    """The pictures of `write_archive`'s file, in the order of its cells. Raises PictureError if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name != TABLE:
                    yield Image.open(io.BytesIO(archive.read(name)))
    except (OSError, zipfile.BadZipFile) as error:
        raise PictureError(f"{path} cannot be read.") from error


def write_table(path: Path, grid: Grid, cells: Sequence[GridCell], names: Sequence[str]) -> Path:
    """Write the table of `write_archive` alone. Raises PictureError if it cannot be written."""
    try:
        with imaging.atomic_path(path) as part:
            part.write_text(table(grid, cells, names), encoding="utf-8", newline="")
    except OSError as error:
        raise PictureError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def table(grid: Grid, cells: Sequence[GridCell], names: Sequence[str]) -> str:
    """The settings of `cells`, and their numbers if they have any, as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    numbered = any(cell.numbers is not None for cell in cells)
    writer.writerow([*COLUMNS, *(NUMBERS if numbered else ())])
    for cell in cells:
        options = cell.options
        brush = "" if options.brush is None else f"{options.brush:g}"
        writer.writerow(
            [
                _file(grid, cell, names), cell.row + 1, cell.column + 1, Path(grid.photo_name(cell.photo)).stem,
                names[cell.style], f"{options.strength:g}", brush, str(bool(options.keep_colors)).lower(),
                *(cell.numbers.texts() if cell.numbers is not None else ()),
            ]
        )  # fmt: skip
    return text.getvalue()


def _file(grid: Grid, cell: GridCell, names: Sequence[str]) -> str:
    """The name of a cell's file: one that every system takes."""
    name = f"{cell.row + 1:02}-{cell.column + 1:02}-{Path(grid.photo_name(cell.photo)).stem}-{names[cell.style]}"
    return re.sub(r"[^\w.+=-]+", "_", name)[:120] + ".png"
