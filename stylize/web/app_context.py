"""What every part of the page shares: the painter, the host's configuration, and which requests are still wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

import gradio as gr
from PIL import Image

from stylize import Stylizer, imaging
from stylize.callbacks import CancelCheck
from stylize.errors import Cancelled, StylizeError
from stylize.imaging import Picture
from stylize.inference.regions import REGIONS
from stylize.options import PaintOptions, RegionName, RegionStyle, StyleChoice, shares
from stylize.styles import Style, StyleRegistry, most_unlike
from stylize.web.config import WebConfig
from stylize.web.hosting import heartbeats
from stylize.web.locale import catalog
from stylize.web.services import training_jobs
from stylize.web.services.requests import Request, RequestRegistry
from stylize.web.services.training_jobs import TrainingJobs

EXAMPLES = ("astronaut", "chelsea", "coffee")  # scikit-image's, public domain or CC0, enlarged
EXAMPLES_FOLDER = Path(__file__).parent / "static" / "examples"
DEFAULT_PHOTO = "chelsea"  # of EXAMPLES, shown before a visitor brings a photo
PAINT_CONCURRENCY_ID = "painting"  # the one queue of everything that runs the network

OwnStyles = Mapping[str, Style]  # the styles that one visitor brought, by id; kept in their session
WeightedStyles = list[tuple[Style, float]]  # styles and their shares, which sum to 1


class WeightedRegion(NamedTuple):
    """A region and its styles; without any the photo stays."""

    name: RegionName
    styles: WeightedStyles | None = None
    strength: float = PaintOptions.strength


Answer = TypeVar("Answer")  # what a handler yields: its outputs

_log = logging.getLogger(__name__)


def example_photo(name: str) -> Path:
    """The file of an example photo of `EXAMPLES`."""
    return EXAMPLES_FOLDER / f"{name}.jpg"


def session_id(request: gr.Request | None) -> str:
    """What tells one open page from another."""
    return str(request.session_hash) if request is not None and request.session_hash else "none"


@dataclass(frozen=True)
class AppContext:
    """Built once by `build_demo` and shared by all visitors; keeps nothing of theirs."""

    painter: Stylizer
    config: WebConfig
    training: TrainingJobs = training_jobs
    requests: RequestRegistry = field(default_factory=RequestRegistry)

    @cached_property
    def styles(self) -> list[Style]:
        """The styles on show: all, or the host's choice in the host's order."""
        names = self.config.styles
        return [self.painter.styles[name] for name in names] if names else list(self.painter.styles)

    @cached_property
    def default_style(self) -> str:
        """The id of the style that is shown before anyone chose."""
        known = [style.id for style in self.styles]
        usual = self.painter.styles.default
        return usual if usual in known else known[0]

    def some_styles(self, count: int) -> list[Style]:
        """So many styles for a first look: the first ones of the host's order, or what differs most."""
        if self.config.styles:
            return self.styles[:count]
        return most_unlike(self.styles, self.painter.styles[self.default_style], count)

    def photo_path(self, photo: str | None) -> str:
        """The path of a visitor's photo, or of the default one for None."""
        return photo or str(example_photo(DEFAULT_PHOTO))

    def read_picture(self, photo: str | None) -> tuple[str, Picture]:
        """A visitor's photo, or the default one for None: its path, and what it holds.

        Raises PictureError for what cannot be read or is larger than the host allows.
        """
        path = self.photo_path(photo)
        return path, imaging.read(path, max_pixels=self.config.max_pixels)

    def read_photo(self, photo: str | None) -> tuple[str, Image.Image]:
        """As `read_picture`, with the upright picture as an image."""
        path, picture = self.read_picture(photo)
        return path, picture.as_image()

    def registry(self, own_styles: OwnStyles | None) -> StyleRegistry:
        """The styles that a visitor can name: those on show and their own."""
        return StyleRegistry([*self.styles, *(own_styles or {}).values()])

    def weighted_styles(self, choice: StyleChoice, own_styles: OwnStyles | None = None) -> WeightedStyles:
        """The styles of a choice of ids, each looked up: a string that went to the painter might be taken for a path.

        Raises StyleError for an id that the visitor cannot name.
        """
        registry = self.registry(own_styles)
        return [(registry[name], share) for name, share in shares(choice)]

    def paint(
        self, picture: Image.Image, options: PaintOptions, own_styles: OwnStyles | None, cancelled: CancelCheck | None
    ) -> Image.Image:
        """A picture painted in styles that the visitor can name. Raises StylizeError, also Cancelled."""
        return self.painter.paint(picture, self.looked_up(options, own_styles), cancelled=cancelled)

    def looked_up(self, options: PaintOptions, own_styles: OwnStyles | None) -> PaintOptions:
        """The options with styles in place of ids. Raises StyleError as `weighted_styles`."""
        regions = [
            (one.name, None if one.styles is None else RegionStyle(dict(one.styles), one.strength))
            for one in self.weighted_regions(options, own_styles)
        ]
        return replace(options, style=dict(self.weighted_styles(options.style, own_styles)), regions=regions or None)

    def weighted_regions(self, options: PaintOptions, own_styles: OwnStyles | None = None) -> list[WeightedRegion]:
        """The regions of options, their styles looked up as in `weighted_styles`."""
        return [
            WeightedRegion(name)
            if own is None
            else WeightedRegion(name, self.weighted_styles(own.style, own_styles), own.strength)
            for name, own in options.by_region()
        ]

    @property
    def finds_regions(self) -> bool:
        """Whether the models have a network for regions."""
        return (self.painter.folder / REGIONS).is_file()

    def paint_tiles(
        self, photo: Image.Image, own_styles: OwnStyles, ids: Sequence[str], cancelled: CancelCheck | None
    ) -> Iterator[tuple[Style, Image.Image]]:
        """A photo, small, in a visitor's own styles and then in those of these ids. Raises Cancelled."""
        small = photo.copy()
        small.thumbnail((self.config.tile_size,) * 2, Image.Resampling.BICUBIC, reducing_gap=2.0)
        for style in own_styles.values():
            yield style, self.painter(small, style, brush=None, cancelled=cancelled)
        yield from self.painter.gallery(photo, ids, self.config.tile_size, cancelled=cancelled)

    def title(self, styles: WeightedStyles, request: gr.Request | None = None) -> str:
        """A painting's title, or the titles and shares of a blend, in the visitor's language."""
        if len(styles) == 1:
            return catalog.style_title(styles[0][0], request)
        return " + ".join(f"{catalog.style_title(style, request)} {share:.0%}" for style, share in styles)

    def titles(self, seen: Sequence[WeightedStyles], request: gr.Request | None = None) -> str:
        """The titles of the styles and blends of one painting."""
        return " + ".join(self.title(styles, request) for styles in seen)

    def artists(self, styles: WeightedStyles, request: gr.Request | None = None) -> str:
        """Artists and years, in the visitor's language."""
        lines = (catalog.style_artist(style, request) for style, _ in styles)
        return " + ".join(dict.fromkeys(line for line in lines if line))

    def answers(
        self,
        request: gr.Request,
        kind: str,
        paint: Callable[[Request], Iterator[Answer]],
        failed: Callable[[Request, str], Answer],
    ) -> Iterator[Answer]:
        """What `paint` yields for the newest request of a kind, and for those that come meanwhile.

        For one that fails, and is wanted still, `failed` of it and of a sentence comes last.
        """
        for asked in self.requests.answer(session_id(request), kind):
            with self.report_errors(request) as errors:
                yield from paint(asked)
            if errors and not asked.replaced():
                yield failed(asked, errors[0])

    @contextmanager
    def report_errors(self, request: gr.Request | None) -> Iterator[list[str]]:
        """What goes wrong inside becomes a sentence in the visitor's language, for the handler to show.

        The list has the sentence afterwards, and is empty if nothing failed; to be cancelled is no failure.
        """
        sentences: list[str] = []
        try:
            yield sentences
        except Cancelled:
            pass
        except StylizeError as error:
            sentences.append(catalog.translate_error(error, request))
        except Exception:
            _log.exception("a request failed")
            sentences.append(catalog.translate("failed", request))

    def end_session(self, request: gr.Request) -> None:
        """The handler of a closed page: nobody waits for what still runs, unless it has connected again meanwhile."""
        if not heartbeats.is_replaced():
            self.requests.end_session(session_id(request))
