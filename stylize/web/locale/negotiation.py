"""Which of the page's languages a browser is served, by its Accept-Language header (RFC 9110, RFC 4647)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase


def negotiate(accept_language: str, ranges: Mapping[str, Sequence[str]], default: str) -> str:
    """The language that a visitor prefers among those there are.

    Args:
        accept_language: the header, such as `zh-TW,zh;q=0.9,en;q=0.8`. What cannot be read of it is left out.
        ranges: for each language tag the language ranges that it serves, such as `zh-Hans-*`.
        default: the tag that serves everybody else.

    Traditional Chinese is not Simplified Chinese: `zh-TW` is served by no catalogue that does not name it. Browsers add
    the bare language (`zh`) behind a regional one that they were told to prefer. Such a bare tag says nothing about
    another region and is passed over.
    """
    regional: set[str] = set()
    for tag in _by_preference(accept_language):
        primary, _, rest = tag.partition("-")
        if not rest and primary in regional:
            continue
        for language, served in ranges.items():
            if any(fnmatchcase(tag, one.lower()) for one in served):
                return language
        if rest:
            regional.add(primary)
    return default


def _by_preference(header: str) -> list[str]:
    """The language tags of a header in lower case, the most wanted first; those with a quality of 0 are left out."""
    weighted: list[tuple[float, str]] = []
    for part in header.lower().split(","):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((text.removeprefix("q=") for text in parameters if text.startswith("q=")), "1")
        try:
            weighted.append((float(quality), tag))
        except ValueError:
            continue
    return [tag for quality, tag in sorted(weighted, key=lambda pair: -pair[0]) if tag and quality > 0]
