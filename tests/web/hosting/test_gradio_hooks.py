"""What the page takes from Gradio's private parts."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from gradio import blocks, utils

from stylize.errors import OptionError
from stylize.web.hosting import gradio_hooks, gradio_sessions
from stylize.web.services import results
from tests.conftest import awaited


def test_a_handler_gets_the_path_of_an_uploaded_file_and_of_no_other(tmp_path: Path) -> None:
    component = gr.HTML()
    gradio_hooks.pass_path_of(component, "photo")
    uploaded, secret = results.new_path("beach.jpg"), tmp_path / "secret.jpg"
    for path in (uploaded, secret):
        path.write_bytes(b"a picture")
    named = {"photo": {"path": str(uploaded)}, "preview": {"path": "x"}}
    assert component.preprocess(named) == str(uploaded)  # type: ignore[arg-type]
    nothing: list[Any] = [None, "text", {}, {"photo": None}]
    for payload in nothing:
        assert component.preprocess(payload) is None
    uploaded.unlink()
    for wrong in (str(secret), 3, str(uploaded)):
        with pytest.raises(gr.Error, match="no longer on this server"):
            component.preprocess({"photo": {"path": wrong}})  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "size"), [("50mb", 50_000_000), ("1 kb", 1_000)])
def test_the_limit_of_uploads_in_bytes(text: str, size: int) -> None:
    assert abs(gradio_hooks.upload_limit(text) - size) < size / 20


def test_a_skipped_html_is_left_as_it_is() -> None:
    gradio_hooks.keep_what_is_skipped()
    gradio_hooks.keep_what_is_skipped()  # once is enough
    component = gr.HTML()
    assert blocks.postprocess_update_dict(component, gr.skip()) == {"__type__": "update"}
    assert blocks.postprocess_update_dict(component, gr.update(value="text"))["value"] == "text"
    assert blocks.postprocess_update_dict(component, gr.update(size=3))["props"] == {"size": 3}
    assert utils.diff({"a": 1, "b": 2}, gr.skip()) == [("replace", [], gr.skip())]
    assert [list(one) for one in utils.diff({"a": 1, "b": 2}, {"a": 1, "b": 3})] == [["replace", ["b"], 3]]


def test_whether_a_session_has_something_in_the_queue() -> None:
    paints, waits = (SimpleNamespace(session_hash=name) for name in ("paints", "waits"))
    lines = {"x": SimpleNamespace(queue=[waits])}
    queue = SimpleNamespace(active_jobs=[None, [paints]], event_queue_per_concurrency_id=lines)
    page = cast(gr.Blocks, SimpleNamespace(_queue=queue))
    assert [gradio_sessions.has_events(page, name) for name in ("paints", "waits", "other")] == [True, True, False]


@pytest.mark.parametrize("error", [None, OptionError("no such word")])
def test_a_call_ends_on_the_event_loop(error: Exception | None) -> None:
    """There its session may be forgotten: in a thread, it vanished between two steps of Gradio's."""
    ended = []

    async def process(*_: Any, **__: Any) -> str:
        if error:
            raise error
        return "an answer"

    async def call() -> str:
        try:
            return cast(str, await page.process_api(0, [], request=SimpleNamespace(session_hash="one")))
        finally:
            assert ended == [("one", asyncio.get_running_loop())]

    function = SimpleNamespace(api_name="answer", api_visibility="public", inputs=[])
    page = SimpleNamespace(fns={0: function}, process_api=process)
    running = asyncio.get_running_loop
    gradio_hooks.prepare_calls(cast(Any, page), list, "wrong", lambda session: ended.append((session, running())))
    if error:
        with pytest.raises(gr.Error, match="no such word"):
            awaited(call())
    else:
        assert awaited(call()) == "an answer"
