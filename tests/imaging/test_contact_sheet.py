from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylize.imaging import fonts
from stylize.imaging.contact_sheet import Tile, contact_sheet

RED, BLUE = (200, 0, 0), (0, 0, 200)


def tile(size, colour, *caption):
    return Tile(Image.new("RGB", size, colour), *caption)


def test_without_captions_the_pictures_touch_at_their_own_sizes():
    sheet = contact_sheet([tile((30, 20), RED), tile((50, 20), BLUE), tile((30, 10), BLUE)], columns=2)
    assert sheet.size == (80, 30)
    assert [sheet.getpixel(at) for at in ((29, 19), (30, 0), (0, 20), (79, 29))] == [RED, BLUE, BLUE, (255,) * 3]


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 4), (16, 4)])
def test_captioned_pictures_stand_in_rows_that_fit(count, columns):
    sheet = contact_sheet([tile((40, 20), RED, "Title", "Artist")] * count, width=100, heading="Easel")
    pixels = np.asarray(sheet)
    red = (pixels == RED).all(2)
    assert (red.any(0)).sum() == 100 * columns
    assert (red.any(1)).sum() == 50 * -(-count // columns)
    dark = (pixels.astype(int).sum(2) < 300) & ~red
    assert dark[:, : sheet.width // 2].any()  # heading and captions


def test_a_caption_stays_under_its_picture():
    long = contact_sheet([tile((90, 40), RED, "A title that is far too long for its picture" * 2)], heading="")
    short = contact_sheet([tile((90, 40), RED, "A")], heading="")
    assert long.size == short.size
    assert (np.asarray(long)[:, -56:] == np.asarray(short)[:, -56:]).all()


def test_transparency_shows_the_paper():
    sheet = contact_sheet([Tile(Image.new("RGBA", (8, 8)), "Title")])
    assert sheet.getpixel((60, 60)) == sheet.getpixel((0, 0))


def test_what_the_pages_fonts_lack_is_written_in_a_font_of_this_machine(monkeypatch):
    other = Path("other.ttf")
    asked = []
    monkeypatch.setattr(fonts, "_others", lambda: (other,))
    own = fonts.font_for("Great Wave", "newsreader.woff2", 24)
    monkeypatch.setattr(fonts, "_other", lambda path, size: asked.append((path, size)) or own)
    assert fonts.font_for("Café, c. 1831", "newsreader.woff2", 24) is own
    assert not asked
    assert not fonts.has(own, "神")
    assert fonts.font_for("神奈川", "newsreader.woff2", 24) is own  # where none has it
    assert asked == [(other, 24)]
    monkeypatch.setattr(fonts, "has", lambda face, text: face == "that one")
    monkeypatch.setattr(fonts, "_other", lambda path, size: "that one")
    assert fonts.font_for("神奈川", "newsreader.woff2", 24) == "that one"
