"""A grid as a ZIP: every painting as a file, and a table of their settings."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from stylize import imaging
from stylize.errors import PictureError
from stylize.grid.layout import Grid, GridCell

TABLE = "settings.csv"
COLUMNS = ("file", "row", "column", "photo", "style", "strength", "brush", "keep_colors")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same grid is the same file


def write_archive(path: Path, grid: Grid, cells: Sequence[GridCell], names: Sequence[str]) -> Path:
    """Write `cells` of `grid` as PNG files with `TABLE`, which counts rows and columns from 1.

    `names` are those of the styles, in their order. The file appears whole or not at all. Raises PictureError if it
    cannot be written.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    try:
        with imaging.atomic_path(path) as part, zipfile.ZipFile(part, "w") as archive:
            for cell in cells:
                options = cell.options
                stem, style = Path(grid.photo_name(cell.photo)).stem, names[cell.style]
                file = _plain(f"{cell.row + 1:02}-{cell.column + 1:02}-{stem}-{style}") + ".png"
                picture = io.BytesIO()
                cell.image.save(picture, "PNG")
                archive.writestr(zipfile.ZipInfo(file, _FIXED_TIME), picture.getvalue())
                brush = "" if options.brush is None else f"{options.brush:g}"
                colors = str(bool(options.keep_colors)).lower()
                writer.writerow(
                    [file, cell.row + 1, cell.column + 1, stem, style, f"{options.strength:g}", brush, colors]
                )
            archive.writestr(zipfile.ZipInfo(TABLE, _FIXED_TIME), table.getvalue())
    except OSError as error:
        raise PictureError(f"{path} cannot be written ({error.strerror}).") from error
    return path


def _plain(name: str) -> str:
    """A file's name that every system takes."""
    return re.sub(r"[^\w.+=-]+", "_", name)[:120]
