"""Every word on the page, in English and Simplified Chinese.

Gradio's own components take `say("key")`, custom pieces of HTML carry `data-word="key"` and are filled in by
static/page.js, and what a handler says goes through `told`. All three follow the browser's language.
"""

from __future__ import annotations

import html
import json
import string
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import gradio as gr

from stylize.errors import NetworkError, OptionError, PictureError, StyleError, StylizeError, TrainingError, VideoError
from stylize.styles import Style
from stylize.web.locale import chinese, english, titles

ENGLISH, CHINESE = english.TEXTS, chinese.TEXTS

ERRORS: dict[type[StylizeError], str] = {
    PictureError: "picture",
    OptionError: "option",
    StyleError: "style",
    NetworkError: "network",
    TrainingError: "training",
    VideoError: "film",
}

TRANSLATIONS = gr.I18n(en=ENGLISH, zh=CHINESE, **{"zh-CN": CHINESE, "zh-TW": CHINESE})


def say(key: str) -> Any:
    """A text of one of Gradio's components, which the browser replaces by the visitor's language."""
    return TRANSLATIONS(key)


def title(style: Style, chinese: bool) -> str:
    """A painting's title in a language."""
    return titles.CHINESE[style.id][0] if chinese and style.id in titles.CHINESE else style.title


def author(style: Style, chinese: bool) -> str:
    """Artist and year of a painting in a language."""
    artist = titles.CHINESE[style.id][1] if chinese and style.id in titles.CHINESE else style.artist
    return ", ".join(text for text in (artist, style.year) if text)


def add_titles(styles: Iterable[Style]) -> None:
    """Let the keys `title_<id>` and `author_<id>` speak of these styles."""
    for style in styles:
        ENGLISH[f"author_{style.id}"] = author(style, chinese=False)
        CHINESE[f"author_{style.id}"] = author(style, chinese=True)
        ENGLISH[f"title_{style.id}"] = style.title
        CHINESE[f"title_{style.id}"] = title(style, chinese=True)


def is_chinese(request: gr.Request | None) -> bool:
    """Whether this visitor's browser asks for Chinese first."""
    accepted = request.headers.get("accept-language", "") if request is not None else ""
    return str(accepted).strip().lower().startswith("zh")


def told(key: str, request: gr.Request | None, **values: object) -> str:
    """A sentence in the visitor's language, for what a handler has to say."""
    words = CHINESE if is_chinese(request) else ENGLISH
    return words.get(key, ENGLISH[key]).format(**values)


def told_error(error: StylizeError, request: gr.Request | None) -> str:
    """An error in the visitor's language: our own sentence in English, the nearest one in Chinese."""
    if is_chinese(request):
        for kind, key in ERRORS.items():
            if isinstance(error, kind):
                return CHINESE[f"error_{key}"]
    return str(error)


def fields(text: str) -> set[str]:
    """The names in braces in a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def word(key: str, tag: str = "span", values: Mapping[str, str] = MappingProxyType({}), **attributes: str) -> str:
    """HTML of one element whose text follows the browser's language; `values` fill its braces, `data_<name>` the
    visitor's."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    text = ENGLISH[key].format(**values) if values else ENGLISH[key]
    return f'<{tag} data-word="{key}"{given}>{html.escape(text)}</{tag}>'


def as_script() -> str:
    """The dictionaries for static/page.js."""
    tables = json.dumps({"en": ENGLISH, "zh": CHINESE}, ensure_ascii=False).replace("</", "<\\/")
    return f"window.stylizeWords = {tables};"
