"""Names for data: the same for the same bytes."""

from __future__ import annotations

import hashlib

from torch import Tensor


def digest(*parts: bytes | str | Tensor) -> str:
    """The SHA-256 of `parts`, one after the other, in hexadecimal."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, Tensor):
            found.update(part.detach().cpu().contiguous().numpy().tobytes())
        else:
            found.update(part.encode() if isinstance(part, str) else part)
    return found.hexdigest()
