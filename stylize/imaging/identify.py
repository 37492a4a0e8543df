"""Whether a file is a picture: by its ending, or by its first bytes."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from PIL import Image

from stylize.imaging.file_kind import READABLE


def has_picture_ending(path: Path) -> bool:
    """Whether `path` is called like a picture that `read` decodes."""
    return Image.registered_extensions().get(path.suffix.lower()) in READABLE


def is_picture(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a file of a kind that `read` decodes; it may yet be damaged."""
    if not os.path.isfile(path):  # noqa: PTH113, a pipe would never end; this one raises nothing
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=READABLE):
                return True
    except Image.DecompressionBombError:
        return True  # reading it says how much is too much
    except Exception:  # Pillow's decoders raise many kinds
        return False
