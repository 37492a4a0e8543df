"""Which of the devices and precisions that are here paints fastest: tried once, and remembered.

What is installed is not what is fast. OpenVINO on a CPU with VNNI instructions is slower than painting in whole numbers
without it, and a small GPU may be slower than a large CPU. So `auto` paints a little with each. Where ONNX Runtime has
its CPU provider alone, as most installations do, no device is tried. Whole numbers are tried on ARM, where they are
right and nobody has measured them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from stylize.cpu import available_cores, instructions
from stylize.errors import StylizeError
from stylize.imaging import atomic_path
from stylize.inference import int8, style_vector
from stylize.inference.painter import FINE, PAINTER, OnnxPainter, wanted_precision
from stylize.inference.session import Device, present_devices, read_model, wanted_device

SIDE = 384, 640  # pixels: sides of the pictures that are measured and painted, as in a call
TRIES = 3

_log = logging.getLogger(__name__)


def open_device(
    wanted: str | None, folder: Path, threads: int | None = None, precision: str | None = None
) -> tuple[Device, str | None]:
    """The device named `wanted` (by default by STYLIZE_DEVICE), or the fastest one for "auto"; and the precision there.

    Raises what `Device`, `fastest` and `fastest_precision` raise.
    """
    name = wanted_device(wanted)
    device = Device(fastest(folder, threads, precision) if name == "auto" else name, threads)
    return device, fastest_precision(folder, threads, precision) if device.name == "CPU" else precision


def fastest(folder: Path, threads: int | None = None, precision: str | None = None) -> str:
    """The device of `session.PROVIDERS` that paints fastest with the models in `folder`.

    `threads` and `precision` are as in `Stylizer`. A device that fails is not chosen.
    Raises NetworkError if the models are missing or broken.
    """
    present = present_devices()
    if present == ["cpu"]:
        return "cpu"
    return _tried(
        "device", present, "cpu", lambda device: seconds(folder, device, threads, precision),
        [_machine(folder, threads), present, precision],
    )  # fmt: skip


def fastest_precision(folder: Path, threads: int | None = None, precision: str | None = None) -> str:
    """`precision`, or for "auto" the faster one on a CPU whose speed in whole numbers nobody has measured.

    On others "auto" is settled, and remains. Raises as `fastest`, and OptionError for an unknown precision.
    """
    precision = wanted_precision(precision)
    if precision != "auto" or int8.is_fast() or not int8.is_exact() or not _has_int8(folder):
        return precision
    return _tried(
        "precision", ["int8", "float32"], "float32", lambda one: seconds(folder, "cpu", threads, one),
        _machine(folder, threads),
    )  # fmt: skip


def _has_int8(folder: Path) -> bool:
    """Whether all painters of a models folder can paint in whole numbers."""
    painters = [files for files in (PAINTER, FINE) if files is PAINTER or (folder / files.float32).is_file()]
    names = [name for files in painters for name in (files.int8, files.measure_int8, files.weights)]
    return all((folder / name).is_file() for name in names)


def _tried(what: str, choices: Sequence[str], safe: str, took: Callable[[str], float], about: object) -> str:
    """The choice that takes the least time, `safe` if none ends: remembered for what `about` tells of the machine."""
    key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
    remembered = cache_folder() / f"{what}-{key}.json"
    if (known := _remembered(remembered, what, choices)) is not None:
        return known
    times = {choice: took(choice) for choice in choices}
    best = min(choices, key=lambda choice: times[choice])
    if math.isinf(times[best]):
        best = safe
    told = {choice: f"{time * 1e3:.0f} ms" for choice, time in times.items() if math.isfinite(time)}
    _log.info("painting with %s (%s)", best, ", ".join(f"{name} {time}" for name, time in told.items()))
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(remembered) as part:
            part.write_text(json.dumps({what: best, "took": told}))
    except OSError as error:  # a home that cannot be written: it is tried again next time
        _log.debug("the fastest %s is not remembered (%s)", what, error)
    return best


def _machine(folder: Path, threads: int | None) -> list[object]:
    """What a time depends on, whatever is tried."""
    digest = hashlib.sha256(read_model(folder / PAINTER.float32)).hexdigest()
    return [ort.__version__, platform.machine(), sorted(instructions()), threads or available_cores(), digest]


def seconds(folder: Path, device: str, threads: int | None = None, precision: str | None = None) -> float:
    """Seconds for what a call does: a small picture measured, a larger one painted. Infinite if the device fails."""
    place = Device(device, threads)
    name = place.name
    painter = OnnxPainter(folder, place, precision)
    vector = style_vector.identity(painter.channels)
    small, large = (np.zeros((side, side, 3), np.uint8) for side in SIDE)
    took = math.inf
    try:
        for _ in range(TRIES):
            begin = time.perf_counter()
            _, statistics = painter.measure(small, vector)
            painter.paint(large, painter.fold(vector, statistics))
            took = min(took, time.perf_counter() - begin)
    except StylizeError as error:
        _log.warning("%s cannot paint (%s)", name, error)
        return math.inf
    return took if place.name == name else math.inf  # it failed, and the CPU went on


def cache_folder() -> Path:
    """Where what was found out about this machine is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "stylize"  # noqa: PTH111, no home


def _remembered(path: Path, what: str, choices: Sequence[str]) -> str | None:
    try:
        choice = json.loads(path.read_text())[what]
    except (OSError, ValueError, KeyError, TypeError):  # never tried, or damaged
        return None
    return choice if choice in choices else None
