"""A visitor brings a painting or a style file; without a browser or a server."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylize import Style, Stylizer, styles
from stylize.web.app_context import AppContext
from stylize.web.components import own_style as own_style_tab
from stylize.web.components import own_style_list
from stylize.web.components.own_style import UploadRequest
from stylize.web.locale.catalog import CATALOGS
from stylize.web.services import own_styles, training_jobs
from stylize.web.services.own_styles import StyleSource

from ..visitors import answers, visit


def upload(
    app: AppContext, file: str | list[str], own: dict[str, Style] | None = None, language: str = "en"
) -> list[Any]:
    """What the handler of a new file, or of several, yields."""
    wanted = UploadRequest(file if isinstance(file, list) else [file], None, own or {})
    return list(answers(app, own_style_tab.UPLOAD, wanted, own_style_tab.upload_handler, language))


def test_a_style_file_becomes_an_own_style(app: AppContext, own_style: Style) -> None:
    path = Path(own_styles.save_style_file(own_style))
    assert path.name == "my_mix.safetensors"
    ((style, source, view, _),) = upload(app, str(path))
    assert (style.id, style.title) == ("my_mix", "My <mix>")
    assert np.array_equal(style.vector, own_style.vector)
    assert source == StyleSource("my_mix", "My <mix>")
    assert view["state"] == "own_opened"
    assert Path(view["picture"]["path"]).is_file()
    assert not view["trainable"]  # a style file holds no painting


def test_a_new_style_is_added_to_the_others(own_style: Style) -> None:
    other = replace(own_style, id="other")
    added, predicted, _ = own_style_list.add({"other": other}, own_style)
    assert (list(added), predicted) == (["other", "my_mix"], None)


def test_a_new_version_of_the_style_that_is_shown_is_painted(own_style: Style) -> None:
    _, _, unchanged = own_style_list.add({}, own_style, "udnie", "", "")
    _, _, retry = own_style_list.add({own_style.id: own_style}, own_style, "udnie", "my_mix", "")
    _, _, by_region = own_style_list.add({}, own_style, "udnie", "", "", "cat=udnie=0.5,my_mix=0.5@0.4")
    assert isinstance(retry, str)
    assert isinstance(by_region, str)
    assert not isinstance(unchanged, str)


def test_what_was_made_at_once_stays_beside_what_was_taught(own_style: Style) -> None:
    taught = replace(own_style, vector=own_style.vector * 2)
    added, trained, _ = own_style_list.add_taught({"my_mix": own_style}, taught, "udnie", "", "", "", visit())
    assert (list(added), trained) == (["my_mix", "my_mix-at-once"], None)
    assert added["my_mix"] is taught
    assert np.array_equal(added["my_mix-at-once"].vector, own_style.vector)
    assert added["my_mix-at-once"].title == "My <mix> (At once)"
    again, *_ = own_style_list.add_taught(added, taught, "udnie", "", "", "", visit())
    assert again["my_mix-at-once"] is added["my_mix-at-once"]
    rest, *_ = own_style_list.remove(again, StyleSource("my_mix", "My <mix>"))
    assert list(rest) == ["my_mix-at-once"]  # a style of its own, in the row beside it
    full = {f"s{number}": own_style for number in range(own_styles.MAX_STYLES - 1)} | {"my_mix": own_style}
    added, *_ = own_style_list.add_taught(full, taught, "udnie", "", "", "", visit())
    assert set(added) == set(full)


@pytest.mark.parametrize("fault", ["other painter", "cut", "nan", "large", "words"])
def test_a_bad_style_file_gets_its_sentence(app: AppContext, own_style: Style, tmp_path: Path, fault: str) -> None:
    path = tmp_path / "bad.safetensors"
    data = styles.dumps(own_style)
    if fault == "other painter":
        data = styles.dumps(replace(own_style, painter="0" * 64))
    elif fault == "nan":
        data = styles.dumps(replace(own_style, vector=own_style.vector * np.float32("nan")))
    path.write_bytes({"cut": data[:-9], "large": data + bytes(10**5), "words": b"words"}.get(fault, data))
    *_, (style, _, view, _) = upload(app, str(path))
    assert not isinstance(style, Style)
    assert view["state"] == "own_failed"
    assert "bad.safetensors" in view["error"]
    *_, (_, _, view, _) = upload(app, str(path), language="zh-CN")
    assert view["error"] == CATALOGS["zh-CN"].errors["style"]


def test_the_style_of_a_painting_is_predicted(
    app: AppContext, own_style: Style, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def predict(self: Stylizer, painting: Any, id: str = "own", title: str = "") -> Style:  # noqa: A002
        seen.append(painting)
        return replace(own_style, id=id, title=title)

    monkeypatch.setattr(training_jobs, "prepare", lambda: seen.append("prepared"))
    monkeypatch.setattr(Stylizer, "predict", predict)
    (_, source, looking, _), (style, _, done, _) = upload(app, beach)
    assert (looking["state"], done["state"]) == ("own_predicting", "own_instant_done")
    assert (style.id, style.title) == (source.id, source.title) == ("beach", "Beach")
    assert source.has_painting
    assert isinstance(seen[0], Image.Image)  # never a path that a visitor named
    assert seen[1] == "prepared"


def test_several_paintings_become_one_style(app: AppContext, beach: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_jobs, "prepare", lambda: None)
    *_, (style, _, done, _) = upload(app, [beach, beach])
    assert (style.id, done["state"], done["several"]) == ("beach", "own_several_done", 2)
    np.testing.assert_allclose(style.vector, app.painter.predict(beach).vector, rtol=1e-2, atol=1e-2)


def test_what_does_not_belong_together_gets_its_sentence(app: AppContext, own_style: Style, beach: str) -> None:
    ((style, _, view, _),) = upload(app, [beach, own_styles.save_style_file(own_style)])
    assert (isinstance(style, Style), view["state"]) == (False, "own_mixed")
    ((_, _, view, _),) = upload(app, [beach] * (own_styles.MAX_PAINTINGS + 1))
    assert (view["state"], view["values"]) == ("own_many", {"count": str(own_styles.MAX_PAINTINGS)})


def test_without_an_encoder_a_painting_can_still_be_taught(
    app: AppContext, beach: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stylizer, "can_predict", False)
    *_, (_, _, view, _) = upload(app, beach)
    assert view["state"] == "own_no_instant"
    assert view["trainable"] is training_jobs.is_available()


def test_a_visitor_has_so_many_styles_at_most(app: AppContext, own_style: Style) -> None:
    full = {f"s{number}": replace(own_style, id=f"s{number}") for number in range(own_styles.MAX_STYLES)}
    *_, (_, _, view, _) = upload(app, own_styles.save_style_file(own_style), full)
    assert (view["state"], view["values"]) == ("own_full", {"count": str(own_styles.MAX_STYLES)})


def test_one_of_several_styles_is_shown_again(app: AppContext, own_style: Style, beach: str) -> None:
    mine = {name: replace(own_style, id=name, title=name.title()) for name in ("one", "two")}
    for chosen in ("one", "gone", ""):
        wanted = UploadRequest(None, beach, mine, StyleSource(chosen, chosen.title()) if chosen else None)
        shown = list(answers(app, own_style_tab.UPLOAD, wanted, own_style_tab.upload_handler))
        assert [(source.id, view["state"], view["values"]) for _, source, view, _ in shown] == (
            [("one", "own_kept_alone", {"title": "One"})] if chosen == "one" else []
        )
        assert all(view["picture"] for _, _, view, _ in shown)


def test_a_style_of_several_paintings_keeps_them_while_another_is_shown(
    app: AppContext, own_style: Style, beach: str
) -> None:
    source = StyleSource("one", "One", beach, (beach, beach))
    mine = {name: replace(own_style, id=name, title=name) for name in ("one", "two")}
    _, sources, *_ = own_style_list.update(mine, source, {})
    _, sources, *_ = own_style_list.update(mine, StyleSource("two", "two"), sources)
    assert sources["one"] is source
    wanted = UploadRequest(None, beach, mine, sources["one"])
    (_, _, view, _), *_ = answers(app, own_style_tab.UPLOAD, wanted, own_style_tab.upload_handler)
    assert (view["state"], view["several"], view["trainable"]) == (
        ("own_kept", 2, True) if training_jobs.is_available() else ("own_kept", 2, False)
    )
    _, sources, *_ = own_style_list.update({"two": mine["two"]}, None, sources)
    assert list(sources) == ["two"]


def test_titles_are_told_apart_and_end_with_a_sign_where_they_are_cut(
    app: AppContext, own_style: Style, tmp_path: Path
) -> None:
    photo = Image.new("RGB", (80, 64), "navy")
    titles, mine = [], {}
    for name in ("a b.png", "a_b.png", f"{'long ' * 20}.png"):
        photo.save(tmp_path / name)
        source, _ = own_styles.read_paintings(app, [str(tmp_path / name)], mine)
        titles.append(source.title)
        mine[source.id] = replace(own_style, id=source.id, title=source.title)
    assert titles == ["A b", "A b 2", ("Long " + "long " * 11)[:59].rstrip() + "…"]


def test_a_removed_style_leaves_nothing_behind(own_style: Style) -> None:
    source = StyleSource(own_style.id, own_style.title)
    rest, shown, view, *_ = own_style_list.remove({own_style.id: own_style}, source)
    assert (rest, shown, view["state"]) == ({}, None, "own_removed")
    shown, _, _, row, *buttons = own_style_list.update(rest, shown, {})
    assert row.visible == "hidden"
    assert (shown, [button.visible for button in buttons]) == (None, [False] * 3)


def test_what_the_browser_brought_back_can_be_removed_one_by_one(own_style: Style) -> None:
    mine = {name: replace(own_style, id=name, title=name) for name in ("one", "two")}
    shown = None
    for name in ("two", "one"):
        shown, _, view, row, *buttons = own_style_list.update(mine, shown, {})
        assert (row.value, row.visible) == (name, len(mine) > 1 or "hidden")
        assert (shown.id, view["state"], view["values"]) == (name, "own_kept_alone", {"title": name})
        assert all(button.visible for button in buttons)
        mine, shown, *_ = own_style_list.remove(mine, shown)
    assert mine == {}
