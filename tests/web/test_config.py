"""What a host may change."""

import pytest

from stylize.web.config import WebConfig


def test_nothing_given_is_the_defaults() -> None:
    assert WebConfig.from_environment({}) == WebConfig()


def test_every_variable_arrives() -> None:
    config = WebConfig.from_environment(
        {
            "STYLIZE_TITLE": " Atelier ",
            "STYLIZE_DESCRIPTION": "Prints of the north.",
            "STYLIZE_LANGUAGE": "zh-CN",
            "STYLIZE_ACCENT": "#1144aa",
            "STYLIZE_STYLES": "the_kiss, udnie",
            "STYLIZE_HIDE": "live",
            "STYLIZE_MAX_MEGAPIXELS": "12.5",
            "STYLIZE_QUEUE": "5",
        }
    )
    assert config.title == "Atelier"
    assert config.description == "Prints of the north."
    assert config.language == "zh-CN"
    assert config.accent == "#1144aa"
    assert config.styles == ("the_kiss", "udnie")
    assert config.hidden == {"live"}
    assert config.max_pixels == 12_500_000
    assert config.queue_size == 5


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STYLIZE_ACCENT", "red; } body { display: none"),
        ("STYLIZE_LANGUAGE", "tlh"),
        ("STYLIZE_HIDE", "studio"),
        ("STYLIZE_MAX_MEGAPIXELS", "0"),
        ("STYLIZE_MAX_MEGAPIXELS", "nan"),
        ("STYLIZE_QUEUE", "many"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ValueError, match=variable):
        WebConfig.from_environment({variable: value})
