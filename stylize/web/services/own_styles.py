"""A visitor's own styles: from a painting or a style file, kept in their session, never among the painter's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from stylize import imaging, styles
from stylize.errors import StyleError
from stylize.styles import PHOTO, Style
from stylize.web.services import results
from stylize.web.state import Own, Studio

FILE = ".safetensors"  # the ending of a style file
MOST = 8  # own styles of one visitor
PAINTING_SIDE = 1024  # longer side of a painting as it is kept for teaching, pixels
PREVIEW_SIDE = 960  # longer side of a photo painted in an own style while it is looked at, pixels


@dataclass(frozen=True)
class Sitting:
    """What is worked on: an own style, or the name that one will have, and the file of its painting if there is one."""

    id: str
    title: str
    painting: str = ""

    @property
    def is_there(self) -> bool:
        """Whether its painting still lies where it was put; files are deleted within the hour."""
        return bool(self.painting) and Path(self.painting).is_file()


def is_style_file(path: str) -> bool:
    """Whether a visitor's file is a style rather than a painting."""
    return path.lower().endswith(FILE)


def open_file(studio: Studio, path: str, own: Own) -> Style:
    """The style in a visitor's style file, under an id that no painter's style has.

    Raises StyleError for a file that is broken, or was made for another painter.
    """
    identity = studio.painter.styles[PHOTO]
    style = styles.load(Path(path), identity.painter, len(identity.vector))
    if style.id in studio.painter.styles:
        style = replace(style, id=_free(style.id, studio, own))
    return style


def sit(studio: Studio, path: str, own: Own) -> tuple[Sitting, Image.Image]:
    """A visitor's painting, opened, made small and named after its file.

    Raises PictureError for what cannot be read.
    """
    picture = imaging.read(path, max_pixels=studio.settings.max_pixels)
    image = Image.fromarray(picture.pixels)
    image.thumbnail((PAINTING_SIDE, PAINTING_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    name = Path(path).stem
    title = re.sub(r"[\s_-]+", " ", name).strip()[:60]
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "painting"
    kept = results.put(image, f"{results.stem(path)}.png")
    return Sitting(_free(plain, studio, own), title[:1].upper() + title[1:], str(kept)), image


def made(sitting: Sitting, style: Style) -> Style:
    """A predicted or taught style under the name of the painting that it was made from."""
    return replace(
        style, id=sitting.id, title=sitting.title or sitting.id, artist="", year="", licence="", network=None
    )


def take_home(style: Style) -> str:
    """The path of a style file to download."""
    path = results.place(f"{style.id}{FILE}")
    styles.save(style, path)
    return str(path)


def check_room(own: Own, style_id: str) -> None:
    """Raises StyleError if a visitor has as many styles as one may have."""
    if style_id not in own and len(own) >= MOST:
        raise StyleError(f"There are {MOST} styles of yours already, the most that are kept; remove one first.")


def preview(studio: Studio, photo: str | None, style: Style) -> tuple[str, Image.Image]:
    """The path of a visitor's photo, and the photo in a style, as large as the page shows it."""
    path, picture = studio.open(photo)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return path, studio.painter(picture, style)


def _free(plain: str, studio: Studio, own: Own) -> str:
    taken = studio.book(own)
    names = (plain, *(f"{plain}-{number}" for number in range(2, MOST + 3)))
    return next(name for name in names if name not in taken and name != PHOTO)
