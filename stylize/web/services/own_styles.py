"""A visitor's own styles: from paintings or a style file, kept in their session, never among the painter's.

Their browser keeps them, too (static/kept_photos.js), and brings them to a page that does not know them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from PIL import Image, ImageOps

from stylize import imaging, styles
from stylize.errors import StyleError
from stylize.imaging.contact_sheet import contact_sheet
from stylize.styles import PHOTO, Style
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.services import results

SUFFIX = ".safetensors"  # of a style file
MAX_STYLES = 8  # of one visitor
MAX_PAINTINGS = 12  # of one style
CELL = 320  # side of each on the sheet that shows several, pixels
MAX_TITLE = 60  # characters, of what a file's name gives
PAINTING_SIDE = 1024  # longer side of a painting as it is kept for teaching, pixels
PREVIEW_SIDE = 960  # longer side of a photo painted in an own style while it is looked at, pixels


@dataclass(frozen=True)
class StyleSource:
    """What an own style is made from: its id and title, and the files of its painting, or of several of one hand.

    `painting` is what the page shows: of several a sheet.
    """

    id: str
    title: str
    painting: str = ""
    several: tuple[str, ...] = ()

    @classmethod
    def of(cls, style: Style) -> StyleSource:
        """That of a style that was made before, with its painting, if it is of one that is known."""
        return cls(style.id, style.title, str(style.painting or ""))

    @property
    def files(self) -> tuple[str, ...]:
        """The paintings to learn from."""
        return self.several or ((self.painting,) if self.painting else ())

    @property
    def has_painting(self) -> bool:
        """Whether its paintings are still where they were saved; files are deleted within the hour."""
        return bool(self.files) and all(Path(file).is_file() for file in (self.painting, *self.files))


def is_style_file(path: str) -> bool:
    """Whether a visitor's file is a style rather than a painting."""
    return path.lower().endswith(SUFFIX)


def read_style_file(app: AppContext, path: str, own_styles: OwnStyles) -> Style:
    """The style in a visitor's style file, under an id that no painter's style has.

    Raises StyleError for a file that is broken, or was made for another painter.
    """
    return _checked(app, styles.load(Path(path), *_made_for(app)), own_styles)


def read_paintings(
    app: AppContext, paths: Sequence[str], own_styles: OwnStyles
) -> tuple[StyleSource, list[Image.Image]]:
    """A visitor's paintings of one hand, one at least, made small and named after the first one's file.

    Raises PictureError for what cannot be read.
    """
    images, saved = [], []
    for path in paths:
        image = Image.fromarray(imaging.read(path, max_pixels=app.config.max_pixels).pixels)
        image.thumbnail((PAINTING_SIDE, PAINTING_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        images.append(image)
        saved.append(str(results.save_image(image, f"{results.stem(path)}.png")))
    name = Path(paths[0]).stem
    title = re.sub(r"[\s_-]+", " ", name).strip()
    title = title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "painting"
    title = _free_title(title[:1].upper() + title[1:], own_styles)
    source = StyleSource(_free_id(plain, app, own_styles), title, saved[0])
    if len(images) > 1:
        sheet = contact_sheet([ImageOps.fit(image, (CELL, CELL)) for image in images])
        shown = results.save_image(sheet, f"{results.stem(paths[0])}-sheet.png")
        source = replace(source, painting=str(shown), several=tuple(saved))
    return source, images


def predict(app: AppContext, source: StyleSource, images: Sequence[Image.Image]) -> Style:
    """The style of paintings at once: the mean of what the encoder sees in each.

    Raises PictureError for a picture that shows no style.
    """
    found = [app.painter.predict(image) for image in images]
    return name_after(source, replace(found[0], vector=styles.average(found)))


def name_after(source: StyleSource, style: Style) -> Style:
    """A predicted or taught style under the id and title of its source.

    Of several paintings it names none: what a style's numbers compare with is one.
    """
    painting = Path(source.painting) if source.painting and not source.several else None
    named = replace(style, id=source.id, title=source.title or source.id, painting=painting)
    return replace(named, artist="", year="", licence="", network=None)


def at_once_id(style_id: str) -> str:
    """The id of what a taught style was before, when it was made at once."""
    return f"{style_id}-at-once"


def save_style_file(style: Style) -> str:
    """The path of a style file to download."""
    path = results.new_path(f"{style.id}{SUFFIX}")
    styles.save(style, path)
    return str(path)


def to_keep(own_styles: OwnStyles) -> str:
    """A visitor's styles as text for their browser: JSON of style files, in base64, by id."""
    return json.dumps({name: base64.b64encode(styles.dumps(style)).decode() for name, style in own_styles.items()})


def from_kept(app: AppContext, text: str) -> OwnStyles:
    """The styles of a text of `to_keep`, under ids that no painter's style has.

    What is broken or was made for another painter is left out: it could be used no more.
    """
    found: dict[str, Style] = {}
    try:
        files = [base64.b64decode(file) for file in json.loads(text).values()] if text else []
    except (ValueError, TypeError, AttributeError, RecursionError):  # somebody else's text
        return found
    for file in files[-MAX_STYLES:]:
        with suppress(StyleError):
            style = _checked(app, styles.loads(file, "", *_made_for(app)), found)
            found[style.id] = style
    return found


def is_full(own_styles: OwnStyles, style_id: str) -> bool:
    """Whether there is no room for a style of this id: a visitor has as many as one may have."""
    return style_id not in own_styles and len(own_styles) >= MAX_STYLES


def paint_preview(app: AppContext, photo: str | None, style: Style) -> tuple[str, Image.Image]:
    """The path of a visitor's photo, and the photo in a style, as large as the page shows it."""
    path, picture = app.read_photo(photo)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return path, app.painter(picture, style)


def _made_for(app: AppContext) -> tuple[str, int]:
    """The painter that a style has to be made for, and the size of its vector."""
    identity = app.painter.styles[PHOTO]
    return identity.painter, len(identity.vector)


def _checked(app: AppContext, style: Style, own_styles: OwnStyles) -> Style:
    """A style from a file under an id that no painter's style has."""
    return replace(style, id=_free_id(style.id, app, own_styles)) if style.id in app.painter.styles else style


def _free_title(title: str, own_styles: OwnStyles) -> str:
    """The title, with a number where another style of the visitor's has it."""
    taken = {style.title for style in own_styles.values()}
    return next(one for one in chain([title], (f"{title} {number}" for number in count(2))) if one not in taken)


def _free_id(plain: str, app: AppContext, own_styles: OwnStyles) -> str:
    taken = {PHOTO, *own_styles, *(style.id for style in app.painter.styles)}  # also of styles that the host hides
    names = (plain, *(f"{plain}-{number}" for number in range(2, MAX_STYLES + 3)))
    return next(name for name in names if name not in taken)
