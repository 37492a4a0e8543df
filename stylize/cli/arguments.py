"""Values of options: those that may not be empty, as a variable of the shell is that was never set, and several."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


def text_argument(value: str) -> str:
    """What was given. Raises argparse's error for nothing."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty; leave the option out, or give it a value")
    return value


def path_argument(value: str) -> Path:
    """The path that was given, as `text_argument`."""
    return Path(text_argument(value))


def several(kind: Callable[[str], Value]) -> Callable[[str], list[Value]]:
    """What reads values between commas."""

    def values(text: str) -> list[Value]:
        return [kind(part.strip()) for part in text.split(",")]

    values.__name__ = "list"  # argparse names it when a value is wrong
    return values
