"""Which language a browser is served."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stylize.web.locale.catalog import CATALOGS, DEFAULT
from stylize.web.locale.negotiation import negotiate

RANGES = {tag: catalog.ranges for tag, catalog in CATALOGS.items()}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-Hans-MY", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("en;q=0.5, zh-CN", "zh-CN"),
        ("fr-FR,zh-CN;q=0.5", "zh-CN"),
        ("de", "en"),
        ("zh-CN;q=0,en", "en"),
        # Traditional Chinese is another language; the bare `zh` behind it is the browser's, and means the same.
        ("zh-TW", "en"),
        ("zh-Hant-HK", "en"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8", "en"),
        ("zh-TW,zh-CN;q=0.9,en;q=0.8", "zh-CN"),
    ],
)
def test_the_most_wanted_language_that_is_there(header: str, language: str) -> None:
    assert negotiate(header, RANGES, DEFAULT) == language


def test_a_catalogue_of_traditional_chinese_would_be_served() -> None:
    ranges = {**RANGES, "zh-TW": ("zh-TW", "zh-HK", "zh-Hant", "zh-Hant-*")}
    assert negotiate("zh-TW,zh;q=0.9", ranges, DEFAULT) == "zh-TW"
    assert negotiate("zh-Hant-MO", ranges, DEFAULT) == "zh-TW"


@given(header=some.text(some.sampled_from("zhen-TWqQ=,;.01 *\x00"), max_size=40))
def test_a_strange_header_gets_some_language(header: str) -> None:
    assert negotiate(header, RANGES, DEFAULT) in RANGES
