"""Every text of the page in every language there is.

Gradio's own components take `i18n(key)`, which the browser resolves. HTML of ours carries `data-i18n="key"`
(see markup.py), which static/i18n.js fills in. What a handler says goes through `translate`. All three follow the
visitor's language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from stylize.callbacks import Note
from stylize.errors import (
    ClusterError,
    NetworkError,
    OptionError,
    PictureError,
    StyleError,
    StylizeError,
    TrainingError,
    VideoError,
)
from stylize.styles import Style
from stylize.web.locale.negotiation import negotiate

DEFAULT = "en"  # the language of whoever asks for none that is there

# Names of the sentences under `errors` in a catalogue.
ERROR_KEYS: dict[type[StylizeError], str] = {
    PictureError: "picture",
    OptionError: "option",
    StyleError: "style",
    NetworkError: "network",
    TrainingError: "training",
    VideoError: "video",
    ClusterError: "cluster",
}


@dataclass(frozen=True)
class Catalog:
    """One language: its texts by key, and what the shipped styles are called in it."""

    ranges: tuple[str, ...]
    messages: Mapping[str, str]
    errors: Mapping[str, str]
    notes: Mapping[str, str]
    styles: Mapping[str, Mapping[str, str]]  # title, artist and year by style id
    regions: Mapping[str, str]  # what the regions of a photo are called, by name

    @property
    def texts(self) -> dict[str, str]:
        """What the browser needs: messages, `title_<id>` and `artist_<id>` of styles, `region_<name>` of regions."""
        titles = {f"title_{name}": style["title"] for name, style in self.styles.items()}
        artists = {f"artist_{name}": self.artist_line(style) for name, style in self.styles.items()}
        regions = {f"region_{name}": title for name, title in self.regions.items()}
        return {**self.messages, **titles, **artists, **regions}

    def artist_line(self, style: Mapping[str, str]) -> str:
        """Artist and year, empty if neither is known."""
        return self.messages["between_facts"].join(text for text in (style["artist"], style["year"]) if text)


def _read_catalogs() -> dict[str, Catalog]:
    """The catalogues beside this module by language tag, the default first."""
    found = {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in files(__package__).iterdir()
        if path.name.endswith(".json")
    }
    tags = [DEFAULT, *sorted(found.keys() - {DEFAULT})]
    return {
        tag: Catalog(
            tuple(found[tag]["ranges"]),
            *(found[tag][part] for part in ("messages", "errors", "notes", "styles", "regions")),
        )
        for tag in tags
    }


CATALOGS: Mapping[str, Catalog] = _read_catalogs()

TRANSLATIONS = gr.I18n(**{tag: catalog.texts for tag, catalog in CATALOGS.items()})


def i18n(key: str) -> Any:
    """A message for one of Gradio's components, which the browser replaces by the visitor's language."""
    return TRANSLATIONS(key)


def language(request: gr.Request | None) -> str:
    """The tag of the catalogue that serves a visitor; the default without a request."""
    header = request.headers.get("accept-language", "") if request is not None else ""
    return negotiate(str(header), {tag: catalog.ranges for tag, catalog in CATALOGS.items()}, DEFAULT)


def translate(key: str, request: gr.Request | None, **values: object) -> str:
    """A message in the visitor's language, its braces filled with `values`."""
    return CATALOGS[language(request)].messages[key].format(**values)


def join_names(names: Iterable[str], request: gr.Request | None) -> str:
    """Names in a row, with what the visitor's language has between them."""
    return translate("between_names", request).join(names)


def translate_error(error: StylizeError, request: gr.Request | None) -> str:
    """An error in the visitor's language: its own sentence in English, elsewhere the sentence for its kind."""
    errors = CATALOGS[language(request)].errors
    keys = (key for kind, key in ERROR_KEYS.items() if isinstance(error, kind))
    return next((errors[key] for key in keys if key in errors), str(error))


def translate_note(note: Note, request: gr.Request | None) -> str:
    """A note in the visitor's language: its own sentence in English, elsewhere the sentence for its kind."""
    return CATALOGS[language(request)].notes.get(note.kind, note.text)


def is_translated(style: Style) -> bool:
    """Whether the catalogues speak of this painting; a host's own style may have the id of a shipped one."""
    known = CATALOGS[DEFAULT].styles.get(style.id)
    return known is not None and known["title"] == style.title


def style_label(style: Style) -> Any:
    """A style's title for one of Gradio's components, in the visitor's language where there is a translation."""
    return i18n(f"title_{style.id}") if is_translated(style) else style.title


def style_title(style: Style, request: gr.Request | None = None) -> str:
    """A painting's title in the visitor's language."""
    return _entry(style, request)["title"]


def style_artist(style: Style, request: gr.Request | None = None) -> str:
    """Artist and year of a painting in the visitor's language, empty if neither is known."""
    return CATALOGS[language(request)].artist_line(_entry(style, request))


def _entry(style: Style, request: gr.Request | None) -> Mapping[str, str]:
    known = CATALOGS[language(request)].styles
    return known[style.id] if is_translated(style) and style.id in known else style.as_dict()
