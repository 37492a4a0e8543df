"""How many processor cores there are for us, and what they can do."""

from __future__ import annotations

import os
import re
from pathlib import Path


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


def instructions(about: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The instruction sets that this CPU says it has, in Linux's words; only Linux tells, and only of x86."""
    try:
        flags = re.search(r"^flags\s*:(.*)$", about.read_text(), re.MULTILINE)
    except OSError:
        return frozenset()
    return frozenset(flags[1].split()) if flags else frozenset()
