"""Gradio writes no type stubs beside components: it took half of the page's import, at every start."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from stylize.web.hosting import gradio_import


def test_a_component_gets_no_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "badge.py").write_text('import gradio as gr\n\n\nclass Badge(gr.HTML):\n    EVENTS = ["shown"]\n')
    spec = spec_from_file_location("badge", tmp_path / "badge.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "badge", module)
    spec.loader.exec_module(module)
    assert callable(module.Badge.shown)
    assert list(tmp_path.glob("*.pyi")) == []


def test_every_other_module_is_found_as_ever() -> None:
    assert gradio_import._WithoutStubs.find_spec("json") is None
    finders = list(sys.meta_path)
    gradio_import.without_stubs()
    assert sys.meta_path == finders
