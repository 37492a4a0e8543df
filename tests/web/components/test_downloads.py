"""Downloads are those of the newest painting, or of none."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from stylize import imaging
from stylize.web.app_context import AppContext
from stylize.web.components import downloads, viewer
from stylize.web.components.viewer import ViewerRequest
from stylize.web.locale.catalog import CATALOGS

from ..visitors import UDNIE, ask, visit


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The painting that the page opens with."""
    return imaging.write(Image.new("RGB", (8, 6)), tmp_path / "first.png")


def make(app: AppContext, first: Path, number: int, session: str = "one", **asked: Any) -> dict[str, Any]:
    """What the browser is told when it asks for a file of the painting of request `number`."""
    values = {"job": 7, "request": number, "format": "jpeg", "quality": "80", "longer_side": "0", "paper": "a4"}
    return downloads.make_handler(app, first)(SimpleNamespace(**values | asked), visit(session=session))


def paint(app: AppContext, photo: str) -> int:
    """Paint in the viewer; returns the request's number."""
    number = ask(app, viewer.KIND, ViewerRequest(photo, "", {}, UDNIE))
    list(viewer.answer_handler(app)(visit()))
    return number


def test_a_file_of_the_newest_painting(app: AppContext, first: Path, beach: str) -> None:
    made = make(app, first, paint(app, beach), format="webp")
    assert made["job"] == 7
    assert made["file"]["orig_name"] == "beach-udnie.webp"
    assert imaging.read(made["file"]["path"]).size == (160, 96)


def test_a_page_just_opened_has_its_first_painting(app: AppContext, first: Path) -> None:
    assert make(app, first, 0)["file"]["orig_name"] == "first.jpg"


def test_an_older_or_unfinished_or_strange_painting_is_never_made(app: AppContext, first: Path, beach: str) -> None:
    old = paint(app, beach)
    new = ask(app, viewer.KIND, ViewerRequest(beach, "", {}, UDNIE))
    for number, session in ((old, "one"), (new, "one"), (old, "another"), (new + 1, "one")):
        made = make(app, first, number, session)
        assert "file" not in made
        assert made["error"] == CATALOGS["en"].messages["download_old"]


def test_what_no_list_offers_is_refused_with_a_sentence(app: AppContext, first: Path) -> None:
    assert "There is no format" in make(app, first, 0, format="exe")["error"]
