"""A picture as a program sends it: an upload, a data URL or base64. No address is opened (SECURITY.md)."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from stylize.errors import PictureError
from stylize.web.hosting.gradio_hooks import is_uploaded_file
from stylize.web.services import results

_ACCEPTED = "Upload the picture to /gradio_api/upload and send the path that it answers, or send a data URL or base64."
_OWN_FILE = re.compile(r"https?://[^?#]*?/gradio_api/file=([^?#]+)")  # the address of a file that this server serves
_DATA_URL = re.compile(r"data:(?:image/(?P<kind>[\w-]+))?[^,]*?(?P<base64>;base64)?,", re.IGNORECASE)
_LEAST_BASE64 = 48  # characters; the smallest PNG takes more, and a path that is no upload mostly less


def receive(sent: object, max_bytes: int | None = None) -> dict[str, Any]:
    """The file data of a sent picture, which lies among the uploads.

    Args:
        sent: file data (`path` or `url`), or a string: a path of an upload, an address of a file that this server
            serves, a data URL, or base64.
        max_bytes: of a picture that is a part of the request.

    Raises PictureError for everything else.
    """
    given = (sent.get("path") or sent.get("url")) if isinstance(sent, dict) else sent
    if given is None or given in ("", {}):
        raise PictureError(f"No image came with the request. {_ACCEPTED}")
    if not isinstance(given, str):
        raise PictureError(f"The image is of a kind that is not taken. {_ACCEPTED}")
    if given.startswith("data:"):
        return results.file_data(_save(*_read_data_url(given), max_bytes))
    if own := _OWN_FILE.match(given):
        return results.file_data(_upload(unquote(own[1])))
    if re.match(r"\w+://", given):
        raise PictureError(f"{given[:200]} was not fetched: this server opens no addresses. {_ACCEPTED}")
    decoded = _decode(given) if len(given) >= _LEAST_BASE64 and not is_uploaded_file(given) else None
    return results.file_data(_upload(given) if decoded is None else _save(decoded, "", max_bytes))


def _upload(path: str) -> Path:
    if not is_uploaded_file(path):
        raise PictureError(f"{path[:200]} is no picture that was uploaded here. {_ACCEPTED}")
    return Path(path)


def _read_data_url(text: str) -> tuple[bytes, str]:
    """The content of a data URL (RFC 2397) and its kind of picture, empty if it tells none."""
    head = _DATA_URL.match(text)
    if head is None:
        raise PictureError(f"The data URL of the image has no comma before its data. {_ACCEPTED}")
    content = text[head.end() :]
    decoded = _decode(unquote(content)) if head["base64"] else unquote_to_bytes(content)
    if decoded is None:
        raise PictureError("The data URL of the image is not base64; it may have been cut short.")
    return decoded, head["kind"] or ""


def _decode(text: str) -> bytes | None:
    """The bytes of base64 (RFC 4648), also with line breaks or in the alphabet for addresses; None if it is neither."""
    plain = "".join(text.split()).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _save(content: bytes, kind: str, max_bytes: int | None) -> Path:
    if max_bytes and len(content) > max_bytes:
        raise PictureError(f"The image has {len(content) / 1e6:.0f} MB; at most {max_bytes / 1e6:.0f} MB are taken.")
    path = results.new_path(f"picture.{kind.lower()}" if kind else "picture")
    path.write_bytes(content)
    return path
