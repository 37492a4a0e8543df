"""Timing things fairly, and saying the result as Markdown with the machine beside it."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image
from skimage import data

from stylize.cpu import available_cores

BUSY = 0.3  # load average per core above which another process disturbs the times


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each contender, run in turns so that a slow moment of the machine hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()  # warm: memory is allocated, sessions are made
    for _ in range(rounds):
        for name, run in contenders.items():
            times[name].append(seconds(run))
    return {name: statistics.median(values) for name, values in times.items()}


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def photo(width: int, height: int) -> Image.Image:
    """A photo with detail at every scale: scikit-image's astronaut (NASA, public domain), mirrored like wallpaper."""
    tile = data.astronaut()
    tile = np.concatenate([tile, tile[:, ::-1]], 1)
    tile = np.concatenate([tile, tile[::-1]], 0)
    rows, columns = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return Image.fromarray(np.tile(tile, (rows, columns, 1))[:height, :width])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def machine() -> str:
    """Processor, cores and versions in one sentence; no name of the host."""
    model = "an unknown processor"
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        model = found[1].strip() if found else model
    except OSError:
        pass
    text = f"{model}, {available_cores()} cores, ONNX Runtime {ort.__version__}, NumPy {np.__version__}"
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > BUSY * available_cores():
        text += f". Something else was running (load {os.getloadavg()[0]:.1f}): compare only the ratios"
    return text + "."


def publish(name: str, text: str, out: Path | None) -> None:
    """Print a report and, with `out`, put it into that file in place of the last one of the same name."""
    print(text)
    if out is None:
        return
    block = f"<!-- {name} -->\n{text.strip()}\n<!-- end of {name} -->\n"
    before = out.read_text() if out.is_file() else "# Performance\n\nWritten by `python -m benchmarks.*`.\n"
    pattern = re.compile(rf"<!-- {name} -->\n.*?<!-- end of {name} -->\n", re.DOTALL)
    after = pattern.sub(lambda _: block, before) if pattern.search(before) else f"{before}\n{block}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(after)
