"""What the training commands share: options made from config dataclasses, and options that mean the same everywhere."""

from __future__ import annotations

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from stylize.cpu import available_cores
from stylize.errors import TrainingError

_COUNTS = {"steps", "batch", "crop", "iterations", "check_every", "patience"}  # options that count something
_RATES = {"rate", "weight_rate"}


def add_config(parser: argparse.ArgumentParser, kind: type) -> None:
    """One option for each field of a config dataclass, its default read from there."""
    for field in fields(kind):
        flag, default = "--" + field.name.replace("_", "-"), field.default
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif isinstance(default, tuple):
            parser.add_argument(flag, type=type(default[0]), nargs="+", default=list(default))
        else:
            parser.add_argument(flag, type=type(default), default=default, help="default %(default)s")


def read_config(arguments: argparse.Namespace, kind: type) -> Any:
    """The config dataclass `kind` from parsed arguments. Raises TrainingError for numbers that cannot be."""
    values = {f.name: getattr(arguments, f.name) for f in fields(kind) if hasattr(arguments, f.name)}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    for name in _COUNTS & values.keys():
        if values[name] < 1:
            raise TrainingError(f"--{name.replace('_', '-')} is {values[name]}; it must be 1 or more.")
    for name in _RATES & values.keys():
        if not 0 <= values[name] < math.inf:
            raise TrainingError(f"--{name.replace('_', '-')} is {values[name]}; it must be 0 or more.")
    return kind(**values)


def add_paintings(parser: argparse.ArgumentParser, text: str, nargs: str | None = None) -> None:
    """`--paintings`, one folder or several; `--styles`, its former name, is taken as well."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--paintings", type=Path, nargs=nargs, metavar="DIR", help=text)
    group.add_argument("--styles", type=Path, nargs=nargs, dest="paintings", help=argparse.SUPPRESS)


def add_threads(parser: argparse.ArgumentParser, processes: int = 1) -> None:
    """`--threads`: by default all cores, shared by so many processes."""
    parser.add_argument("--threads", type=int, default=max(1, available_cores() // processes))
