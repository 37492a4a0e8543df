"""What other sites show of a link: the tags that the server sends, read without a browser."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from stylize import Stylizer
from stylize.web.app_context import AppContext
from stylize.web.config import WebConfig
from stylize.web.link_preview import PICTURE_SIZE, LinkPreview, replace_tags
from stylize.web.locale.catalog import CATALOGS


class Tags(HTMLParser):
    """Every `<meta>` of a page with a name, in order, and its title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "meta" and (name := given.get("property") or given.get("name")):
            self.found.append((name, given.get("content") or ""))


def served(url: str, headers: Mapping[str, str] = {}, method: str = "GET") -> list[tuple[str, str]]:
    with urlopen(Request(url, headers=dict(headers), method=method)) as answer:
        return Tags(answer.read().decode()).found


def test_there_is_one_set_and_nothing_of_gradio(whole: str) -> None:
    found = served(whole)
    counts = Counter(name for name, _ in found if name.startswith(("og:", "twitter:")))
    assert set(counts.values()) == {1}
    assert not any("gradio" in content.lower() or "{" in content for _, content in found)
    tags = dict(found)
    assert tags["og:title"] == tags["twitter:title"] == "Stylize"
    assert tags["og:description"] == tags["description"] == CATALOGS["en"].messages["headline"]
    assert tags["og:url"] == whole


def test_the_picture_is_painted_and_has_its_size(whole: str) -> None:
    address = dict(served(whole))["og:image"]
    assert urlsplit(address).netloc == urlsplit(whole).netloc
    with urlopen(address) as answer:
        assert answer.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(answer.read())) as picture:
            assert picture.size == PICTURE_SIZE
            tiles = picture.reduce(100).convert("RGB")
            assert len(set(tiles.get_flattened_data())) > 50


def test_behind_a_proxy_the_address_is_the_visitors(whole: str) -> None:
    proxy = {"X-Forwarded-Host": "paint.example.org, inner", "X-Forwarded-Proto": "https,http"}
    tags = dict(served(whole, proxy))
    assert tags["og:url"] == "https://paint.example.org/"
    assert tags["og:image"] == tags["twitter:image"] == "https://paint.example.org/link-preview.jpg"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("style=the_scream&strength=0.8&utm_source=post", "?style=the_scream&strength=0.8"),
        ("style=nobody", ""),
        ("__theme=dark", ""),
    ],
)
def test_a_shared_look_stays_in_the_address(whole: str, query: str, kept: str) -> None:
    assert dict(served(f"{whole}?{query}"))["og:url"] == whole + kept


def test_the_page_is_whole_and_other_answers_are_untouched(whole: str) -> None:
    with urlopen(whole) as answer:
        page = answer.read()
        assert int(answer.headers["content-length"]) == len(page)
        assert page.rstrip().endswith(b"</html>")
    assert served(whole, method="HEAD") == []
    with urlopen(urljoin(whole, "config")) as answer:
        assert b'"components"' in answer.read()


def test_the_hosts_words_are_escaped_and_in_the_hosts_language(painter: Stylizer) -> None:
    config = WebConfig(title='A "<b>', language="zh-CN", styles=("udnie", "the_kiss"))
    tags = LinkPreview(AppContext(painter, config)).tags("http://a", {})
    assert "<b>" not in tags
    found = dict(Tags(tags).found)
    assert found["og:title"] == 'A "<b>'
    assert found["og:description"] == CATALOGS["zh-CN"].messages["headline"]
    own = WebConfig(description="Prints & paint.")
    assert (
        dict(Tags(LinkPreview(AppContext(painter, own)).tags("http://a", {})).found)["og:description"]
        == own.description
    )


@pytest.mark.parametrize("styles", [("udnie",), ("udnie", "the_kiss", "the_scream"), ("udnie",) * 5])
def test_few_styles_fill_the_picture(painter: Stylizer, styles: tuple[str, ...]) -> None:
    preview = LinkPreview(AppContext(painter, WebConfig(styles=styles)))
    with Image.open(io.BytesIO(preview.picture())) as picture:
        assert picture.size == PICTURE_SIZE
        for corner in ((0, 0), (PICTURE_SIZE[0] - 40, PICTURE_SIZE[1] - 40)):
            darkest, brightest = picture.convert("L").crop((*corner, corner[0] + 40, corner[1] + 40)).getextrema()
            assert (darkest, brightest) != (0, 0)


def test_data_that_look_like_tags_are_left() -> None:
    page = (
        '<head><meta property="og:title" content="x" /><script>window.gradio_config = "<meta name=\\"og:b\\">"</script>'
    )
    assert replace_tags(page, "T") == '<head>T\n<script>window.gradio_config = "<meta name=\\"og:b\\">"</script>'
    assert replace_tags("<head></head><body>", "T") == "<head>T\n</head><body>"
