"""The memory of a page that many visitors share."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8  # of glibc's malloc.h
HEAPS = 2  # of the allocator, for all threads


def share_heaps() -> bool:
    """Let all threads of this process share `HEAPS` heaps; call it before they start. False where it cannot be done.

    glibc makes up to eight heaps a core, and each keeps the largest pictures that its threads ever held: a page that
    serves fifty visitors grew twice as large as what it held at any time.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS))
    except (AttributeError, OSError, TypeError):  # another C library or system
        return False
