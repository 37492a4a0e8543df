"""Gradio is imported in half the time: without the type stubs that it writes for editors beside each component.

It parses and compares all of them anew in every process that imports it, and two that start together may read what the
other is writing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_MODULE, _WRITER = "gradio.component_meta", "create_or_modify_pyi"


class _WithoutStubs:
    """Finds the module that writes stubs, and has it write none once it is loaded."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """As Python asks every finder: None for all other modules."""
        spec = PathFinder.find_spec(name, path, target) if name == _MODULE else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_without_writer(module: ModuleType) -> None:
            execute(module)
            if hasattr(module, _WRITER):
                setattr(module, _WRITER, lambda *_: None)

        setattr(spec.loader, "exec_module", execute_without_writer)  # noqa: B010
        return spec


def without_stubs() -> None:
    """Call it before Gradio is imported; afterwards, and a second time, it does nothing."""
    if _MODULE not in sys.modules and not any(finder is _WithoutStubs for finder in sys.meta_path):
        sys.meta_path.insert(0, _WithoutStubs)
