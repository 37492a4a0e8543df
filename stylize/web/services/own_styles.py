"""A visitor's own styles: from a painting or a style file, kept in their session, never among the painter's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from stylize import imaging, styles
from stylize.styles import PHOTO, Style
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.services import results

SUFFIX = ".safetensors"  # of a style file
MAX_STYLES = 8  # of one visitor
PAINTING_SIDE = 1024  # longer side of a painting as it is kept for teaching, pixels
PREVIEW_SIDE = 960  # longer side of a photo painted in an own style while it is looked at, pixels


@dataclass(frozen=True)
class StyleSource:
    """What an own style is made from: its id and title, and the file of its painting if there is one."""

    id: str
    title: str
    painting: str = ""

    @property
    def has_painting(self) -> bool:
        """Whether its painting is still where it was saved; files are deleted within the hour."""
        return bool(self.painting) and Path(self.painting).is_file()


def is_style_file(path: str) -> bool:
    """Whether a visitor's file is a style rather than a painting."""
    return path.lower().endswith(SUFFIX)


def read_style_file(app: AppContext, path: str, own_styles: OwnStyles) -> Style:
    """The style in a visitor's style file, under an id that no painter's style has.

    Raises StyleError for a file that is broken, or was made for another painter.
    """
    identity = app.painter.styles[PHOTO]
    style = styles.load(Path(path), identity.painter, len(identity.vector))
    if style.id in app.painter.styles:
        style = replace(style, id=_free_id(style.id, app, own_styles))
    return style


def read_painting(app: AppContext, path: str, own_styles: OwnStyles) -> tuple[StyleSource, Image.Image]:
    """A visitor's painting, made small and named after its file.

    Raises PictureError for what cannot be read.
    """
    picture = imaging.read(path, max_pixels=app.config.max_pixels)
    image = Image.fromarray(picture.pixels)
    image.thumbnail((PAINTING_SIDE, PAINTING_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    name = Path(path).stem
    title = re.sub(r"[\s_-]+", " ", name).strip()[:60]
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "painting"
    saved = results.save_image(image, f"{results.stem(path)}.png")
    return StyleSource(_free_id(plain, app, own_styles), title[:1].upper() + title[1:], str(saved)), image


def name_after(source: StyleSource, style: Style) -> Style:
    """A predicted or taught style under the id and title of its source."""
    painting = Path(source.painting) if source.painting else None
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


def is_full(own_styles: OwnStyles, style_id: str) -> bool:
    """Whether there is no room for a style of this id: a visitor has as many as one may have."""
    return style_id not in own_styles and len(own_styles) >= MAX_STYLES


def paint_preview(app: AppContext, photo: str | None, style: Style) -> tuple[str, Image.Image]:
    """The path of a visitor's photo, and the photo in a style, as large as the page shows it."""
    path, picture = app.read_photo(photo)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return path, app.painter(picture, style)


def _free_id(plain: str, app: AppContext, own_styles: OwnStyles) -> str:
    taken = {PHOTO, *own_styles, *(style.id for style in app.painter.styles)}  # also of styles that the host hides
    names = (plain, *(f"{plain}-{number}" for number in range(2, MAX_STYLES + 3)))
    return next(name for name in names if name not in taken)
