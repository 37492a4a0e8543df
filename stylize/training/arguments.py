"""What the training commands share: options made from settings dataclasses."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any


def add_settings(parser: argparse.ArgumentParser, kind: type) -> None:
    """One option for each field of a settings dataclass, its default read from there."""
    for field in fields(kind):
        flag, default = "--" + field.name.replace("_", "-"), field.default
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif isinstance(default, tuple):
            parser.add_argument(flag, type=int, nargs="+", default=list(default))
        else:
            parser.add_argument(flag, type=type(default), default=default, help="default %(default)s")


def read_settings(arguments: argparse.Namespace, kind: type) -> Any:
    """The settings dataclass `kind` from parsed arguments."""
    values = {f.name: getattr(arguments, f.name) for f in fields(kind) if hasattr(arguments, f.name)}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return kind(**values)
