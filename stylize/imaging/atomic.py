"""Writing a file whole: it appears complete under its name, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path to write to, with the ending of `path`, whose file replaces `path` when the block ends.

    When the block raises, `path` is as it was. Either way nothing else is left in the folder. A link is written
    through, and a file that is replaced passes on its permissions. Raises OSError where the disk says no.
    """
    path = Path(os.path.realpath(path))  # replacing a link would cut it
    part = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield part
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:  # also when the process is asked to stop
        part.unlink(missing_ok=True)
