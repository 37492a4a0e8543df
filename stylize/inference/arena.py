"""The memory in which networks run: one arena of ONNX Runtime for all sessions, and when it is given back."""

from __future__ import annotations

import contextlib
import ctypes
import threading

import onnxruntime as ort

SHRINK_EVERY = 8  # runs

_lock = threading.Lock()
_made = False


def make_shared_arena() -> None:
    """One CPU arena for all sessions: arenas of their own grow memory with every style."""
    global _made
    with _lock:
        if not _made:
            memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
            # kSameAsRequested: the default doubles the arena each time it grows
            config = ort.OrtArenaCfg({"arena_extend_strategy": 1})
            ort.create_and_register_allocator(memory, config)
            _made = True


def return_freed_memory() -> None:
    """Give back to the system what this process has freed; only glibc can be asked for it.

    Its heap is broken up by pictures of ever new sizes: after 400 mixed ones it held twice of what was in use.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library, or Windows
        ctypes.CDLL(None).malloc_trim(0)


class ArenaUse:
    """What the last runs of all networks had for sizes: the arena is theirs together.

    Pictures of ever new sizes break it up, and it stays as large as the largest needs it. So where some runs in a row
    had other sizes than as many before, one of them shrinks it. While sizes stay the same nothing is given back, which
    the next run would only want again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._sizes: set[int] = set()
        self._before: set[int] = set()

    def is_stale(self, size: int) -> bool:
        """Whether a run of so many bytes of input, which begins now, should shrink the arena afterwards."""
        with self._lock:
            self._sizes.add(size)
            self._runs += 1
            if self._runs % SHRINK_EVERY:
                return False
            changed = self._sizes != self._before
            self._before, self._sizes = self._sizes, set()
            return changed


ARENA_USE = ArenaUse()
SHRINKING = ort.RunOptions()  # of a run that gives back afterwards what the arena does not use
SHRINKING.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
