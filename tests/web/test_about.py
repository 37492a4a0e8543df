"""The model card as the page shows it."""

from __future__ import annotations

from pathlib import Path

from stylize.paths import MODELS
from stylize.web.components.about import model_card


def test_the_card_on_the_page_has_neither_header_nor_links_that_lead_nowhere() -> None:
    card = model_card(MODELS)
    assert card.lstrip().startswith("# ")
    assert "pipeline_tag" not in card
    assert "](../" not in card
    assert "](https://" in card


def test_only_a_header_is_left_out(tmp_path: Path) -> None:
    text = "A card\n\n---\nkey: value\n---\n"
    (tmp_path / "README.md").write_text(text)
    assert model_card(tmp_path) == text
    assert model_card(tmp_path / "none") == ""
