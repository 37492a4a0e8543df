"""What has to be measured in a process of its own. Prints one JSON object; `benchmarks.pipeline` calls it.

python -m benchmarks.worker memory PHOTO OUT     seconds and peak memory of painting one file into another
python -m benchmarks.worker growth RUNS          resident memory after 50 and after RUNS mixed runs
python -m benchmarks.worker gradio               nothing but `import gradio`
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

SIZES = [(160, 120), (321, 243), (640, 480), (97, 400), (800, 600)]  # of mixed runs


def memory(photo: str, out: str) -> dict[str, float]:
    """Paint the file `photo` into the file `out`."""
    from PIL import Image

    from stylize import Stylizer, imaging

    stylizer = Stylizer(device="cpu")
    stylizer(Image.new("RGB", (64, 64)), "great_wave")  # what is done once
    before = _peak()
    start = time.perf_counter()
    image = stylizer(photo, "great_wave")
    painted = time.perf_counter()
    imaging.write(image, Path(out))
    end = time.perf_counter()
    return {"seconds": end - start, "writing": end - painted, "before": before, "peak": _peak()}


def growth(runs: str) -> dict[str, float]:
    """Paint small photos of several sizes in random blends, over and over."""
    from benchmarks.report import photo
    from stylize import Stylizer

    stylizer = Stylizer(device="cpu")
    names = [style.id for style in stylizer.styles]
    chance, first = random.Random(0), 0.0
    pictures = [photo(*size) for size in SIZES]
    for run in range(int(runs)):
        blend = {name: chance.random() + 0.01 for name in chance.sample(names, chance.choice([1, 1, 2, 3]))}
        stylizer(chance.choice(pictures), blend, strength=chance.choice([1.0, 0.7]), brush=chance.choice([None, 1.5]))
        if run == 49:
            first = _resident()
    return {"first": first, "last": _resident()}


def gradio() -> dict[str, float]:
    """Import gradio."""
    import gradio  # noqa: F401

    return {}


def _peak() -> float:
    """Most resident memory so far, MB; not as `getrusage` has it, which counts the process that started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _resident() -> float:
    """Resident memory now, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    print(json.dumps({"memory": memory, "growth": growth, "gradio": gradio}[sys.argv[1]](*sys.argv[2:])))
