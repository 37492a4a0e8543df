"""Results: files in Gradio's cache that the page may serve; they are deleted within the hour.

What is made of a visitor's photo lies in a folder of that photo, so that `forget` finds it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gradio import FileData
from PIL import Image

from stylize import imaging
from stylize.errors import PictureError
from stylize.web.hosting.gradio_hooks import cached_copy, upload_folder

SCREEN_QUALITY = 90  # JPEG and WebP quality of what the page shows


class _FileSet(set[str]):
    """Paths of all results. Gradio iterates over it to delete old ones while handlers add new ones."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.copy())


FILES = _FileSet()


def stem(photo: str | Path) -> str:
    """A photo's name as a part of a file name: letters of any script, digits, dots and dashes, at most 60."""
    name = re.sub(r"[^\w.-]+", "-", Path(photo).stem).strip("-._")
    return name[:60] or "photo"


def file_name(photo: str | Path, words: Iterable[str], suffix: str) -> str:
    """`beach-great_wave.png`, or `beach-great_wave-starry_night.png` for a blend; `words` are as `look_words`."""
    return f"{stem(photo)}-{'-'.join(words)}{suffix}"


def new_path(name: str, photo: str | Path | None = None) -> Path:
    """A path of this name that no other file has, in a folder that the page may serve.

    `photo` is the path of what the file is made of. Raises PictureError if that is no longer there.
    """
    if photo is not None and not Path(photo).is_file():
        raise PictureError("The photo is no longer on this server. Bring it again.")
    folder = (upload_folder() if photo is None else _folder(photo)) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    FILES.add(str(folder / name))
    return folder / name


def save_image(image: Image.Image, name: str, photo: str | Path | None = None, quality: int = SCREEN_QUALITY) -> Path:
    """Write an image to `new_path`. A JPEG that would lose transparency becomes a WebP."""
    path = new_path(name, photo)
    if image.mode == "RGBA" and path.suffix == ".jpg":
        path = path.with_suffix(".webp")
        FILES.add(str(path))
    return imaging.write(image, path, quality)


def save_for_screen(image: Image.Image, name: str, longer_side: int, photo: str | Path | None = None) -> Path:
    """A copy of at most `longer_side` pixels, for the page to show."""
    copy = image
    if max(image.size) > longer_side:
        copy = image.copy()
        copy.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return save_image(copy, name, photo)


def data_url(image: Image.Image, longer_side: int) -> str:
    """A copy of at most `longer_side` pixels as a WebP inside an address: the browser can keep it."""
    copy = image.copy()
    copy.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    copy.save(file, "WEBP", quality=SCREEN_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def save_photo_for_screen(photo: str, image: Image.Image, longer_side: int) -> Path:
    """`save_for_screen` for a visitor's photo: the same file each time, so that the browser need not fetch it again."""
    key = f"{Path(photo).stat().st_mtime_ns}-{longer_side}"
    known = made_before(photo, key)
    return known or keep(save_for_screen(image, f"{stem(photo)}.jpg", longer_side, photo), photo, key)


def keep(made: Path, photo: str | Path, key: str) -> Path:
    """Move what was made of a photo to where `made_before` finds it by this key; returns its new path."""
    kept = _folder(photo) / key / made.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    made.replace(kept)
    FILES.add(str(kept))
    return kept


def made_before(photo: str | Path, key: str) -> Path | None:
    """What `keep` has kept of a photo under this key, if it is still there."""
    folder = _folder(photo) / key
    kept = next((path for path in folder.iterdir() if path.is_file()), None) if folder.is_dir() else None
    if kept is not None:
        kept.touch()  # ages from now
    return kept


def forget(photo: str | Path) -> None:
    """Delete a photo and all that was made of it, also Gradio's copies."""
    folder = _folder(photo)
    for made in [path for path in folder.rglob("*") if path.is_file()]:
        forget(made)
    shutil.rmtree(folder, ignore_errors=True)
    if Path(photo).is_file():
        cached_copy(photo).unlink(missing_ok=True)
        Path(photo).unlink(missing_ok=True)
    FILES.discard(str(photo))


def _folder(photo: str | Path) -> Path:
    """Where everything that is made of a photo lies."""
    return upload_folder() / hashlib.sha256(str(photo).encode()).hexdigest()[:32]


def file_data(path: Path) -> dict[str, Any]:
    """A file as a part of a custom component's value: Gradio turns it into an address that the browser can fetch."""
    return FileData(path=str(path), orig_name=path.name).model_dump()
