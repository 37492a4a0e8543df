"""Downloads: a finished painting as a file of the visitor's choice, made when it is asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from stylize import imaging
from stylize.errors import OptionError
from stylize.web.services import results

SUFFIXES = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif", "print": ".pdf"}
LONGER_SIDES = (0, 3840, 2560, 1920, 1080)  # pixels; 0 is the painting's own size
PAPERS = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594)}  # millimetres, upright
PRINT_DPI = 300
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class DownloadOptions:
    """What a visitor asks for: a key of `SUFFIXES`, quality 1 to 100, one of `LONGER_SIDES`, a key of `PAPERS`.

    A print has a paper and no longer side; a PNG has no quality. Raises OptionError for any other value.
    """

    format: str = "jpeg"
    quality: int = 92
    longer_side: int = 0
    paper: str = "a4"

    def __post_init__(self) -> None:
        _check("format", self.format, SUFFIXES)
        _check("quality", self.quality, range(1, 101))
        _check("size", self.longer_side, LONGER_SIDES)
        _check("paper", self.paper, PAPERS)


def make(painting: Path, options: DownloadOptions) -> Path:
    """Write a painting anew, into a folder that the page may serve. Nothing is enlarged but for a print.

    Raises PictureError if the painting is gone or cannot be written.
    """
    picture = imaging.read(painting)
    image = picture.as_image()
    if options.format == "print":
        image = on_paper(image, options.paper)
    elif options.longer_side:
        image.thumbnail((options.longer_side,) * 2, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return imaging.write(image, results.new_path(painting.stem + SUFFIXES[options.format], painting), options.quality)


def on_paper(image: Image.Image, paper: str) -> Image.Image:
    """A white page of this key of `PAPERS`, upright or on its side as the picture is, the picture as large as fits."""
    short, long = (round(side / MM_PER_INCH * PRINT_DPI) for side in PAPERS[paper])
    width, height = image.size
    size = (short, long) if height >= width else (long, short)
    scale = min(size[0] / width, size[1] / height)
    fitted = image.resize(
        (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS, reducing_gap=2.0
    )
    page = Image.new("RGB", size, "white")
    place = ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2)
    page.paste(fitted, place, fitted if fitted.mode == "RGBA" else None)
    page.info["dpi"] = (PRINT_DPI, PRINT_DPI)
    return page


def _check(name: str, value: object, known: Collection[object]) -> None:
    if value not in known:
        raise OptionError(f"There is no {name} {value!r} for a download.")
