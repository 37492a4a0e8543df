"""Make the pictures that show the styles: the page's example photos and thumbnails, a sheet for the README.

    python -m stylize.training.export.thumbnails [--models models/] [--docs docs/] [--examples DIR]

The photos are those that scikit-image ships (public domain or CC0).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image
from skimage import data

from stylize import StylizeError, Stylizer, imaging
from stylize.imaging.contact_sheet import contact_sheet
from stylize.paths import MODELS

EXAMPLES = ("astronaut", "chelsea", "coffee")
EXAMPLE = 1200  # longer side, pixels: in the photos' own size, 451 to 600, strokes would be blurred on a screen
THUMBNAIL = 448  # longer side, pixels
CELL = (300, 225)  # pixels of one picture on the sheet, width and height
COLUMNS = 5


def examples(folder: Path) -> None:
    """Write the example photos, enlarged, as <folder>/<name>.jpg."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in EXAMPLES:
        photo = Image.fromarray(getattr(data, name)())
        ratio = EXAMPLE / max(photo.size)
        size = round(photo.width * ratio), round(photo.height * ratio)
        imaging.write(photo.resize(size, Image.Resampling.LANCZOS), folder / f"{name}.jpg", quality=88)


def thumbnails(painter: Stylizer, folder: Path) -> None:
    """Write <folder>/<id>.jpg for every style: a cat, painted as the page's wall paints."""
    folder.mkdir(parents=True, exist_ok=True)
    for style, image in painter.gallery(Image.fromarray(data.chelsea()), size=THUMBNAIL):
        imaging.write(image, folder / f"{style.id}.jpg", quality=88)


def style_sheet(painter: Stylizer, photo: Image.Image) -> Image.Image:
    """The photo, then the same photo in every style, in rows of `COLUMNS`."""
    cells = [photo, *(painter(photo, style.id) for style in painter.styles)]
    return contact_sheet([cell.resize(CELL, Image.Resampling.LANCZOS) for cell in cells], COLUMNS)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m stylize.training.export.thumbnails", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--examples", type=Path, default=Path("stylize/web/static/examples"))
    arguments = parser.parse_args(argv)
    try:
        painter = Stylizer(arguments.models)
        examples(arguments.examples)
        thumbnails(painter, arguments.models / "thumbnails")
        photo = Image.fromarray(data.astronaut()).crop((0, 0, 512, 384)).resize((1024, 768), Image.Resampling.LANCZOS)
        arguments.docs.mkdir(parents=True, exist_ok=True)
        imaging.write(style_sheet(painter, photo), arguments.docs / "styles.jpg", quality=85)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
