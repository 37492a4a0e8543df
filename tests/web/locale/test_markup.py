"""HTML whose texts follow the visitor's language."""

from stylize.web.locale.markup import catalogs_script, element


def test_an_element_carries_what_fills_its_message() -> None:
    html = element("video_done", "p", {"seconds": "3"}, class_="status")
    assert html == '<p data-i18n="video_done" class="status" data-seconds="3">Painted in 3 s.</p>'


def test_a_text_is_escaped_and_may_have_no_message() -> None:
    assert element(None, "h2", text="<b>") == "<h2>&lt;b&gt;</h2>"


def test_no_text_ends_the_script() -> None:
    assert "</" not in catalogs_script()
