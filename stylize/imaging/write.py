"""Pictures out: PNG, JPEG, WebP, AVIF or PDF, whole or not at all, without the photo's metadata."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, Any, cast

from PIL import Image

from stylize.errors import PictureError
from stylize.imaging import png_writer
from stylize.imaging.atomic import atomic_path

WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".avif": "AVIF", ".pdf": "PDF"}
OPAQUE = ("JPEG", "PDF")  # hold no transparency
PDF_DPI = (72.0, 72.0)  # of a page whose picture says none


def write(image: Image.Image, path: str | os.PathLike[str], quality: int = 92) -> Path:
    """Write `image` as PNG, JPEG, WebP, AVIF or PDF (of one page) by the path's suffix.

    The file appears whole or not at all, without the photo's metadata; a PNG, JPEG or PDF says the resolution that
    stands in `image.info["dpi"]`, and transparency becomes white in the `OPAQUE`. `quality` is 1 to 100; a PNG
    has none. Raises PictureError if the suffix is another or the file cannot be written.
    """
    path = Path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise PictureError(f"{path.name} cannot be written: its ending must be one of {', '.join(WRITABLE)}.")
    dpi = image.info.get("dpi")
    if kind in OPAQUE and image.mode == "RGBA":
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        image = flat
    options: dict[str, dict[str, Any]] = {
        "PNG": {"compress_level": 1, "dpi": dpi},
        "JPEG": {"quality": quality, "dpi": dpi or (0, 0)},
        "WEBP": {"quality": quality, "method": 2},
        "AVIF": {"quality": quality, "speed": 8},
        "PDF": {"quality": quality, "dpi": dpi or PDF_DPI, "title": path.stem, "creationDate": None, "modDate": None},
    }
    try:
        with atomic_path(path) as part, part.open("wb") as file:
            if kind == "PNG" and image.mode in png_writer.KINDS:
                for piece in png_writer.encode(image, dpi):
                    file.write(piece)
            elif kind == "PDF":  # its writer goes back and forth in the file
                page = io.BytesIO()
                image.save(page, kind, **options[kind])
                file.write(page.getbuffer())
            else:
                image.save(cast(IO[bytes], _Sink(file)), kind, **options[kind])
    except (OSError, ValueError) as error:
        raise PictureError(f"{path} cannot be written ({error}).") from error
    return path


class _Sink(io.RawIOBase):
    """A file without a number: given one, Pillow's JPEG encoder overlooks what a full disk did not take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)
