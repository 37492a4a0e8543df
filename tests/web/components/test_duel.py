"""The duel without a browser."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from stylize.web.app_context import AppContext
from stylize.web.components import duel
from stylize.web.components.duel import KIND, DuelRequest
from stylize.web.services import results
from stylize.web.share import ControlValues

from ..visitors import UDNIE, answers, ask, visit

LOOK = ControlValues("the_scream", strength=0.5, keep_colors=True, brush=2.0)


@pytest.fixture
def photo(beach: str) -> Path:
    """A visitor's photo where uploads lie."""
    path = results.new_path("beach.jpg")
    path.write_bytes(Path(beach).read_bytes())
    return path


def wanted(photo: Path, chosen: ControlValues = UDNIE, **given: Any) -> DuelRequest:
    state = {"seed": 1, "picks": [], "more": 0, "podium": [], "look": None} | given
    return DuelRequest(str(photo), json.dumps(state), chosen)


def paint(app: AppContext, request: DuelRequest) -> list[Any]:
    return list(answers(app, KIND, request, duel.answer_handler))


def test_the_first_pair_is_painted_and_then_what_may_follow(app: AppContext, photo: Path) -> None:
    steps = paint(app, wanted(photo))
    views = [view for view, *_ in steps[:-1]]
    assert [len(view["pictures"]) for view in views] == [0, 1, 2, 3]
    view = views[-1]
    assert steps[-1][0] == view  # what comes last says all: what came just before may not be seen
    assert (view["picks"], view["wanted"]) == (0, 3)  # of three styles
    assert set(views[2]["pictures"]) == set(view["pair"])
    assert {style for pair in view["ahead"].values() for style in pair} <= set(view["pictures"])
    assert [status["state"] for _, status, _ in (steps[0], steps[-1])] == ["painting", "painted"]
    assert not any(style in json.dumps(view["pictures"][style]) for style in view["pair"])  # blind


def test_what_is_painted_is_answered_without_the_painter(app: AppContext, photo: Path) -> None:
    view = paint(app, wanted(photo))[-1][0]
    again = duel.waiting(app, wanted(photo), 5)
    assert again == view | {"request": 5}
    assert len(paint(app, wanted(photo))) == 2
    other = duel.waiting(app, wanted(photo, LOOK), 6)
    assert other["pictures"] == {}


def test_a_painting_is_as_the_look_it_opens_with(app: AppContext, photo: Path) -> None:
    view = paint(app, wanted(photo, LOOK))[-1][0]
    look = ControlValues(*view["look"])
    assert look._replace(style="the_scream") == LOOK
    style = view["pair"][0]
    ((_, shown),) = app.painter.gallery(photo, [style], app.config.duel_size, strength=0.5, keep_colors=True)
    path = Path(view["pictures"][style]["path"])
    with Image.open(path) as image:
        assert image.size == shown.size


def test_the_look_of_a_duel_stays_while_the_controls_move(app: AppContext, photo: Path) -> None:
    look = list(LOOK)
    view = duel.waiting(app, wanted(photo, UDNIE, look=look), 1)
    assert view["look"][5:] == look[5:]


def test_the_favourites_come_with_their_picture_and_link(app: AppContext, photo: Path) -> None:
    picks = [["udnie", "the_kiss", 1], ["udnie", "the_scream", 1], ["the_kiss", "the_scream", 0.5]]
    *_, (view, status, download) = paint(app, wanted(photo, LOOK, picks=picks))
    assert view["pair"] is None
    assert view["favourites"][0]["id"] == "udnie"
    assert 0.8 < view["favourites"][0]["above"] < 1
    assert view["favourites"][1]["above"] == pytest.approx(0.5)
    assert view["favourites"][2]["above"] is None
    assert view["query"].startswith("style=udnie&strength=0.5&brush=2&keep_colors=1&duel=udnie,")
    assert status["state"] == "painted"
    with Image.open(download.value["path"]) as sheet:
        assert sheet.width > 3 * app.config.duel_size * 0.2
    assert Path(download.value["path"]).name == "beach-podium.png"


def test_a_link_opens_to_its_favourites(app: AppContext, photo: Path) -> None:
    request = SimpleNamespace(query_params={"style": "udnie", "strength": "0.5", "duel": "udnie,the_kiss"}, headers={})
    state, note = duel.open_handler(app)(request)
    view = paint(app, DuelRequest(str(photo), state, UDNIE))[-1][0]
    assert [one["id"] for one in view["favourites"]] == ["udnie", "the_kiss"]
    assert view["linked"]
    assert view["look"][5] == 0.5
    assert "visible" not in note


@pytest.mark.parametrize("names", ["udnie,nobody", "udnie,udnie", "=", "/etc/passwd"])
def test_a_link_that_cannot_be_followed_is_told_in_one_line(app: AppContext, names: str) -> None:
    request = SimpleNamespace(query_params={"duel": names}, headers={})
    _, note = duel.open_handler(app)(request)
    assert note.visible
    assert "\n" not in note.value


def test_what_is_no_duel_says_why(app: AppContext, photo: Path) -> None:
    assert not duel.waiting(app, wanted(photo, seed=-1), 1)["begun"]
    _, status, _ = paint(app, wanted(photo, seed=-1))[-1]
    assert status["state"] == "failed"
    assert "cannot be read" in status["error"]


def test_no_duel_is_nothing(app: AppContext) -> None:
    assert duel.waiting(app, None, 4) == {"request": 4, "begun": False}


def test_a_duel_is_forgotten_with_its_photo(app: AppContext, photo: Path) -> None:
    view = paint(app, wanted(photo))[-1][0]
    made = [Path(picture["path"]) for picture in view["pictures"].values()]
    assert made
    assert all(path.is_file() for path in made)
    results.forget(photo)
    assert not any(path.exists() for path in made)
    _, status, _ = paint(app, wanted(photo, seed=2))[-1]
    assert status["state"] == "failed"


def test_a_newer_request_ends_what_is_painted_ahead(app: AppContext, photo: Path) -> None:
    ask(app, KIND, wanted(photo))
    steps = duel.answer_handler(app)(visit())
    next(steps)
    number = ask(app, KIND, wanted(photo, seed=2))
    assert next(steps)[0]["request"] == number
