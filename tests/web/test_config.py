import pytest

from stylize.web.app import Settings


def test_nothing_given_is_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_every_variable_arrives() -> None:
    settings = Settings.from_environment(
        {
            "STYLIZE_TITLE": " Atelier ",
            "STYLIZE_ACCENT": "#1144aa",
            "STYLIZE_STYLES": "the_kiss, udnie",
            "STYLIZE_HIDE": "live",
            "STYLIZE_MAX_MEGAPIXELS": "12.5",
            "STYLIZE_QUEUE": "5",
        }
    )
    assert settings.title == "Atelier"
    assert settings.accent == "#1144aa"
    assert settings.styles == ("the_kiss", "udnie")
    assert settings.hidden == {"live"}
    assert settings.max_pixels == 12_500_000
    assert settings.queue == 5


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STYLIZE_ACCENT", "red; } body { display: none"),
        ("STYLIZE_HIDE", "studio"),
        ("STYLIZE_MAX_MEGAPIXELS", "0"),
        ("STYLIZE_MAX_MEGAPIXELS", "nan"),
        ("STYLIZE_QUEUE", "many"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ValueError, match=variable):
        Settings.from_environment({variable: value})
