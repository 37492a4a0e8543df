"""A grid as one captioned page: a picture, or a PDF whose text stays text.

Geometry is decided once, in pixels, and drawn by Pillow or by ReportLab, which has its own fonts: Pillow writes a PDF's
text as pixels only.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

from stylize import imaging
from stylize.errors import PictureError
from stylize.grid.layout import Grid, GridCell
from stylize.imaging.contact_sheet import INK, PAPER, fitting
from stylize.imaging.fonts import font_for

GAP, MARGIN = 16, 48  # pixels
HEADING, LABEL, LINE = 40, 22, 28  # sizes of text, and from line to line of labels, pixels
ROW_WIDTH = 180  # of the labels beside the rows, pixels
POINTS = 0.5  # of a PDF's page for each pixel: pictures are printed at 144 dpi
_TITLE_FONT, _LABEL_FONT = "newsreader.woff2", "source-sans-3.woff2"
_PDF_FONTS = {_TITLE_FONT: "Times-Roman", _LABEL_FONT: "Helvetica"}  # every reader has them
_PDF_CJK = "STSong-Light"


class _Text(NamedTuple):
    left: int
    top: int
    width: int
    text: str
    size: int
    font: str


class _Placed(NamedTuple):
    left: int
    top: int
    image: Image.Image


@dataclass(frozen=True)
class Sheet:
    """Pictures row by row, with what stands above the columns and beside the rows, in one line or several.

    None is a cell without a picture.
    """

    pictures: Sequence[Sequence[Image.Image | None]]
    columns: Sequence[str]
    rows: Sequence[str]
    heading: str = ""

    @classmethod
    def of(cls, grid: Grid, cells: Iterable[GridCell], columns: Sequence[str], rows: Sequence[str]) -> Sheet:
        """The page of a grid's cells."""
        pictures: list[list[Image.Image | None]] = [[None] * grid.size[0] for _ in range(grid.size[1])]
        for cell in cells:
            pictures[cell.row][cell.column] = cell.image
        return cls(pictures, columns, rows)

    def image(self) -> Image.Image:
        """The page as a picture, RGB."""
        size, texts, placed = self._arranged()
        page = Image.new("RGB", size, PAPER)
        pen = ImageDraw.Draw(page)
        for one in placed:
            page.paste(one.image, (one.left, one.top), one.image if one.image.mode == "RGBA" else None)
        for text in texts:
            face = font_for(text.text, text.font, text.size)
            pen.text((text.left, text.top), fitting(text.text, face.getlength, text.width), INK, face)
        return page

    def write(self, path: Path) -> Path:
        """Write the page by the path's ending: a PDF with its text as text, or a picture as `imaging.write` does.

        Raises PictureError if it cannot be written, ModuleNotFoundError for a PDF without ReportLab.
        """
        if path.suffix.lower() != ".pdf":
            return imaging.write(self.image(), path)
        pdf = self.pdf()
        try:
            with imaging.atomic_path(path) as part:
                part.write_bytes(pdf)
        except OSError as error:
            raise PictureError(f"{path} cannot be written ({error.strerror}).") from error
        return path

    def pdf(self) -> bytes:
        """The page as a PDF. Raises ModuleNotFoundError without ReportLab."""
        from reportlab.lib.colors import HexColor
        from reportlab.lib.utils import ImageReader
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.pdfgen.canvas import Canvas

        pdfmetrics.registerFont(UnicodeCIDFont(_PDF_CJK))
        (width, height), texts, placed = self._arranged()
        file = io.BytesIO()
        page = Canvas(file, (width * POINTS, height * POINTS), invariant=True)
        page.setTitle(self.heading)
        page.setFillColor(HexColor(PAPER))
        page.rect(0, 0, width * POINTS, height * POINTS, stroke=0, fill=1)
        for one in placed:
            bottom = height - one.top - one.image.height
            box = (one.left * POINTS, bottom * POINTS, one.image.width * POINTS, one.image.height * POINTS)
            page.drawImage(ImageReader(_packed(one.image)), *box, mask="auto")
        page.setFillColor(HexColor(INK))
        for text in texts:
            name, size = _pdf_font(text), text.size * POINTS
            length = partial(pdfmetrics.stringWidth, fontName=name, fontSize=size)
            page.setFont(name, size)
            shown = fitting(text.text, length, text.width * POINTS)
            page.drawString(text.left * POINTS, (height - text.top) * POINTS - size, shown)
        page.save()
        return file.getvalue()

    def _arranged(self) -> tuple[tuple[int, int], list[_Text], list[_Placed]]:
        """Size of the page, and where everything stands."""
        known = [image for row in self.pictures for image in row if image is not None]
        side = max((image.width for image in known), default=1)
        left = MARGIN + (ROW_WIDTH + GAP) * any(self.rows)
        top, texts = MARGIN, []
        width = left + len(self.columns) * (side + GAP) - GAP + MARGIN
        if self.heading:
            texts.append(_Text(MARGIN, top, width - 2 * MARGIN, self.heading, HEADING, _TITLE_FONT))
            top += HEADING + 2 * GAP
        if any(self.columns):
            for i, label in enumerate(self.columns):
                texts += _lines(left + i * (side + GAP), top, side, label)
            top += max(label.count("\n") + 1 for label in self.columns) * LINE + GAP // 2
        placed = []
        for label, row in zip(self.rows, self.pictures, strict=True):
            texts += _lines(MARGIN, top, ROW_WIDTH, label)
            placed += [_Placed(left + i * (side + GAP), top, image) for i, image in enumerate(row) if image is not None]
            tallest = max((image.height for image in row if image is not None), default=0)
            top += max(tallest, (label.count("\n") + 1) * LINE) + GAP
        return (width, top - GAP + MARGIN), texts, placed


def _packed(image: Image.Image) -> Image.Image | io.BytesIO:
    """A picture as a PDF takes it: as a JPEG, which stays one in the file, unless something is transparent."""
    if image.mode == "RGBA":
        return image
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    file.seek(0)
    return file


def _lines(left: int, top: int, width: int, label: str) -> list[_Text]:
    lines = label.split("\n") if label else []
    return [_Text(left, top + i * LINE, width, line, LABEL, _LABEL_FONT) for i, line in enumerate(lines)]


def _pdf_font(text: _Text) -> str:
    """The font of a text in a PDF: that of its kind, or one for Chinese where it lacks a sign."""
    known = text.text.encode("cp1252", "ignore").decode("cp1252") == text.text
    return _PDF_FONTS[text.font] if known else _PDF_CJK
