"""Contact sheets: several pictures on one page, each with its caption if it has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from stylize.imaging.fonts import font_for

TILE = 480  # width of a picture on the page's sheets, pixels

# In pixels, and in the page's colours.
_GAP, _MARGIN = 28, 56
PAPER, INK, QUIET = "#f6f2ea", "#1f1b17", "#675e53"
_TITLE_SIZE, _CREDIT_SIZE, _HEAD_SIZE = 24, 18, 44
_CAPTION = 14 + _TITLE_SIZE + 8 + _CREDIT_SIZE  # height


class Tile(NamedTuple):
    """A picture with what stands under it."""

    image: Image.Image
    title: str = ""
    credit: str = ""


def contact_sheet(
    tiles: Sequence[Tile | Image.Image], columns: int | None = None, width: int | None = None, heading: str = ""
) -> Image.Image:
    """Lay out at least one picture, row by row: RGB.

    Args:
        columns: pictures in a row; by default as many as fit well, up to four.
        width: of each picture in pixels; by default its own.
        heading: stands above all. Without it and without captions the pictures touch.
    """
    columns = columns or (2 if len(tiles) in (2, 4) else min(4, len(tiles)))
    cells = [tile if isinstance(tile, Tile) else Tile(tile) for tile in tiles]
    if width is not None:
        cells = [cell._replace(image=_at_width(cell.image, width)) for cell in cells]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    captioned = any(cell.title or cell.credit for cell in cells)
    gap, margin = (_GAP, _MARGIN) if captioned or heading else (0, 0)
    tops = [margin + (_HEAD_SIZE + gap if heading else 0)]
    for row in rows:
        tops.append(tops[-1] + max(tile.image.height for tile in row) + captioned * _CAPTION + gap)
    right = max(sum(tile.image.width for tile in row) + gap * (len(row) - 1) for row in rows)
    page = Image.new("RGB", (2 * margin + right, tops[-1] - gap + margin), PAPER if margin else "white")
    pen = ImageDraw.Draw(page)
    if heading:
        pen.text((margin, margin - 12), heading, INK, font_for(heading, "newsreader.woff2", _HEAD_SIZE))
    for row, top in zip(rows, tops, strict=False):  # the last of tops is the end
        left = margin
        for tile in row:
            page.paste(tile.image, (left, top), tile.image if tile.image.mode == "RGBA" else None)
            _write_caption(pen, tile, left, top + tile.image.height)
            left += tile.image.width + gap
    return page


def _write_caption(pen: ImageDraw.ImageDraw, tile: Tile, left: int, top: int) -> None:
    lines = (
        (tile.title, "newsreader.woff2", _TITLE_SIZE, INK, 10),
        (tile.credit, "source-sans-3.woff2", _CREDIT_SIZE, QUIET, 18 + _TITLE_SIZE),
    )
    for text, file, size, ink, below in lines:
        face = font_for(text, file, size)
        pen.text((left, top + below), fitting(text, face.getlength, tile.image.width), ink, face)


def _at_width(image: Image.Image, width: int) -> Image.Image:
    height = max(1, min(3 * width, round(width * image.height / image.width)))
    return image.resize((width, height), Image.Resampling.LANCZOS)


def fitting(text: str, length: Callable[[str], float], width: float) -> str:
    """As much of `text` as is no longer than `width` by `length`, with an ellipsis if it is not all."""
    while length(text) > width and len(text) > 1:
        text = text[:-2].rstrip() + "…"
    return text
