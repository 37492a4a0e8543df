"""Values of options that may not be empty, as a variable of the shell is that was never set."""

from __future__ import annotations

import argparse
from pathlib import Path


def text_argument(value: str) -> str:
    """What was given. Raises argparse's error for nothing."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty; leave the option out, or give it a value")
    return value


def path_argument(value: str) -> Path:
    """The path that was given, as `text_argument`."""
    return Path(text_argument(value))
