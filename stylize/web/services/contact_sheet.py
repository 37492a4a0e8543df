"""Contact sheets: several paintings of one photo on one page, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from stylize.web.theme import STATIC

# In pixels, and in the page's colours.
TILE = 480  # width of a picture
GAP = 28
MARGIN = 56
PAPER, INK, QUIET = "#f6f2ea", "#1f1b17", "#675e53"
TITLE_SIZE, AUTHOR_SIZE, HEAD_SIZE = 24, 18, 44


class Captioned(NamedTuple):
    """A painting with what stands under it."""

    image: Image.Image
    title: str
    author: str


def contact_sheet(paintings: Sequence[Captioned], heading: str) -> Image.Image:
    """Lay out at least one painting of one photo, all of the same shape: RGB, up to four in a row."""
    columns = 2 if len(paintings) in (2, 4) else min(4, len(paintings))
    rows = -(-len(paintings) // columns)
    width, height = paintings[0].image.size
    tall = max(1, min(3 * TILE, round(TILE * height / width)))
    cell = tall + 14 + TITLE_SIZE + 8 + AUTHOR_SIZE + GAP
    top = MARGIN + HEAD_SIZE + GAP
    size = (2 * MARGIN + columns * TILE + (columns - 1) * GAP, top + rows * cell + MARGIN - GAP)
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN - 12), heading, INK, _font("newsreader.woff2", HEAD_SIZE))
    for number, painting in enumerate(paintings):
        x = MARGIN + (number % columns) * (TILE + GAP)
        y = top + (number // columns) * cell
        tile = painting.image.resize((TILE, tall), Image.Resampling.LANCZOS)
        page.paste(tile, (x, y), tile if tile.mode == "RGBA" else None)
        title, author = _font("newsreader.woff2", TITLE_SIZE), _font("source-sans-3.woff2", AUTHOR_SIZE)
        pen.text((x, y + tall + 10), _fitting(painting.title, title), INK, title)
        pen.text((x, y + tall + 14 + TITLE_SIZE + 4), _fitting(painting.author, author), QUIET, author)
    return page


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(STATIC / "fonts" / file), size)
    font.set_variation_by_axes([500])
    return font


def _fitting(text: str, font: ImageFont.FreeTypeFont) -> str:
    while font.getlength(text) > TILE and len(text) > 1:
        text = text[:-2].rstrip() + "…"
    return text
