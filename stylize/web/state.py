"""What every part of the page works with: the painter, the host's settings, and who is waiting for what."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import gradio as gr
from PIL import Image

from stylize import Stylizer, imaging
from stylize.errors import Cancelled, NetworkError, StylizeError
from stylize.options import shares
from stylize.styles import Style, StyleRegistry
from stylize.web.config import Settings
from stylize.web.locale import catalog
from stylize.web.paint_options import Recipe
from stylize.web.services.cancellation import Turns

EXAMPLES = ("astronaut", "chelsea", "coffee")  # scikit-image's, public domain or CC0
WELCOME = "chelsea"  # the one on the easel before a visitor brings a photo
FIRST = "great_wave"  # the style on the easel then
PAINTING = "painting"  # the one concurrency_id of everything that runs the network

Own = Mapping[str, Style]  # the styles that one visitor brought, by id: state of the session, never of the studio
Parts = list[tuple[Style, float]]  # styles and their shares, which sum to 1

log = logging.getLogger(__name__)


def example(name: str) -> Path:
    """An example photo, from the files that scikit-image installs; the package itself is not imported."""
    spec = importlib.util.find_spec("skimage")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise NetworkError("The example photos come with scikit-image; install it with: pip install scikit-image")
    return Path(folders[0]) / "data" / f"{name}.png"


def look_of(parts: Parts) -> Style | dict[Style, float]:
    """What the painter takes for these parts."""
    return parts[0][0] if len(parts) == 1 else dict(parts)


def visitor(request: gr.Request | None) -> str:
    """What tells one open page from another."""
    return str(request.session_hash) if request is not None and request.session_hash else "nobody"


@dataclass(frozen=True)
class Studio:
    """Built once by `build_demo` and shared by all visitors; keeps nothing of theirs."""

    painter: Stylizer
    settings: Settings
    turns: Turns = field(default_factory=Turns)

    @cached_property
    def styles(self) -> list[Style]:
        """The styles on show: all, or the host's choice in the host's order."""
        chosen = self.settings.styles
        return [self.painter.styles[name] for name in chosen] if chosen else list(self.painter.styles)

    @cached_property
    def first(self) -> Recipe:
        """The style on the easel before anyone chose."""
        known = [style.id for style in self.styles]
        return {FIRST if FIRST in known else known[0]: 1.0}

    def open(self, photo: str | None) -> tuple[str, Image.Image]:
        """A visitor's photo, or the welcoming example without one: its path, and the upright picture.

        Raises PictureError for what cannot be read or is larger than the host allows.
        """
        path = photo or str(example(WELCOME))
        picture = imaging.read(path, max_pixels=self.settings.max_pixels)
        return path, picture.with_pixels(picture.pixels)

    def book(self, own: Own | None) -> StyleRegistry:
        """The styles that a visitor can name: the painter's and their own."""
        return StyleRegistry([*self.painter.styles, *(own or {}).values()])

    def parts(self, recipe: Recipe, own: Own | None = None) -> Parts:
        """The styles of a recipe. What a visitor sends is looked up here and goes to the painter as styles: a string
        might be taken for the path of a picture.

        Raises StyleError for an id that is not in the visitor's book.
        """
        book = self.book(own)
        return [(book[name], share) for name, share in shares(recipe)]

    def title(self, parts: Parts, request: gr.Request | None = None) -> str:
        """How parts are called: a painting's title, or the titles and shares of a blend."""
        chinese = catalog.is_chinese(request)
        if len(parts) == 1:
            return catalog.title(parts[0][0], chinese)
        return " + ".join(f"{catalog.title(style, chinese)} {share:.0%}" for style, share in parts)

    def author(self, parts: Parts, request: gr.Request | None = None) -> str:
        """Artists and years."""
        chinese = catalog.is_chinese(request)
        authors = (catalog.author(style, chinese) for style, _ in parts)
        return " + ".join(dict.fromkeys(author for author in authors if author))

    @contextmanager
    def excused(self, request: gr.Request | None, aloud: bool = True) -> Iterator[None]:
        """What goes wrong inside becomes a sentence for the visitor (unless another handler says it anyway)."""
        try:
            yield
        except Cancelled:
            pass
        except StylizeError as error:
            if aloud:
                gr.Warning(catalog.told_error(error, request))
        except Exception:
            log.exception("a request failed")
            gr.Warning(catalog.told("failed", request))

    def hang(
        self, photo: Image.Image, own: Own | None, cancelled: Callable[[], bool]
    ) -> Iterator[tuple[Style, Image.Image]]:
        """A photo in every style on show, small: the visitor's own first. Raises Cancelled."""
        small = photo.copy()
        small.thumbnail((self.settings.wall_size,) * 2, Image.Resampling.BICUBIC, reducing_gap=2.0)
        for style in (own or {}).values():
            yield style, self.painter(small, style, brush=None, cancelled=cancelled)
        ids = [style.id for style in self.styles]
        yield from self.painter.gallery(photo, ids, self.settings.wall_size, cancelled=cancelled)

    def stopper(self, kind: str) -> Callable[[gr.Request], None]:
        """A handler that stops this visitor's earlier request of a kind. Run it outside the queue, before the next."""

        def stop(request: gr.Request) -> None:
            self.turns.begin(visitor(request), kind)

        return stop

    def leave(self, request: gr.Request) -> None:
        """A visitor closed the page: nobody waits for what still runs."""
        self.turns.leave(visitor(request))
