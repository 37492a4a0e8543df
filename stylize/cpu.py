"""How many processor cores there are for us, what they can do, and how they share a picture."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BAND = 256  # rows of a picture
APPLE = frozenset({"asimd", "asimddp"})  # what its processors have, as far as it is asked for here


def available_cores() -> int:
    """Cores that this process may use: its affinity, limited by the container's CPU quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return cores


def in_bands(rows: int, each: Callable[[slice], None]) -> None:
    """Call `each` with slices that are `rows` rows together, `BAND` at a time, on all cores."""
    bands = [slice(top, min(top + BAND, rows)) for top in range(0, rows, BAND)]
    if len(bands) < 2:
        for band in bands:
            each(band)
        return
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(each, bands))


def instructions(about: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The instruction sets that this CPU says it has, in Linux's words; of others only Apple's are known."""
    try:
        flags = re.search(r"^(?:flags|Features)\s*:(.*)$", about.read_text(), re.MULTILINE)  # of x86, of ARM
    except OSError:
        return APPLE if (platform.system(), platform.machine()) == ("Darwin", "arm64") else frozenset()
    return frozenset(flags[1].split()) if flags else frozenset()
