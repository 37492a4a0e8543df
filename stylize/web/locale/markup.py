"""HTML whose texts follow the visitor's language, and the texts for the script that fills them in."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from types import MappingProxyType

from stylize.web.locale.catalog import CATALOGS, DEFAULT


def element(
    key: str | None,
    tag: str = "span",
    values: Mapping[str, str] = MappingProxyType({}),
    *,
    text: str | None = None,
    **attributes: str,
) -> str:
    """HTML of one element, in English until static/i18n.js replaces its text.

    Args:
        key: of the message, or None if the text stays as it is in every language.
        tag: the element's name.
        values: what fills the message's braces; they travel as `data-<name>` for the other languages.
        text: what stands there at first in place of the English message.
        attributes: of the element; `_` becomes `-`, and one at the end is left out (`class_`).
    """
    attributes |= {f"data_{name}": value for name, value in values.items()}
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for name, value in attributes.items()
    )
    if key is not None:
        written = f' data-i18n="{key}"{written}'
    shown = text if text is not None else CATALOGS[DEFAULT].messages[key or ""].format(**values)
    return f"<{tag}{written}>{html.escape(shown)}</{tag}>"


def catalogs_script() -> str:
    """The catalogues as a script for static/i18n.js."""
    catalogs = {tag: {"ranges": catalog.ranges, "texts": catalog.texts} for tag, catalog in CATALOGS.items()}
    tables = json.dumps({"default": DEFAULT, "catalogs": catalogs}, ensure_ascii=False).replace("</", "<\\/")
    return f"window.stylizeCatalogs = {tables};"
