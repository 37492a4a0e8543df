"""Which of the devices that are here paints fastest: tried once, and remembered.

What is installed is not what is fast. OpenVINO on a CPU with VNNI instructions is slower than painting in whole numbers
without it, and a small GPU may be slower than a large CPU. So `auto` paints a little with each. Where ONNX Runtime has
its CPU provider alone, as most installations do, nothing is tried.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import platform
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

from stylize.cpu import available_cores, instructions
from stylize.errors import StylizeError
from stylize.imaging import atomic_path
from stylize.inference import style_vector
from stylize.inference.painter import PAINTER, OnnxPainter
from stylize.inference.session import Device, present_devices, read_model, wanted_device

SIDE = 384, 640  # pixels: sides of the pictures that are measured and painted, as in a call
TRIES = 3

_log = logging.getLogger(__name__)


def open_device(wanted: str | None, folder: Path, threads: int | None = None, precision: str | None = None) -> Device:
    """The device named `wanted` (by default by STYLIZE_DEVICE), or the fastest one for "auto".

    Raises what `Device` and `fastest` raise.
    """
    name = wanted_device(wanted)
    return Device(fastest(folder, threads, precision) if name == "auto" else name, threads)


def fastest(folder: Path, threads: int | None = None, precision: str | None = None) -> str:
    """The device of `session.PROVIDERS` that paints fastest with the models in `folder`.

    `threads` and `precision` are as in `Stylizer`. A device that fails is not chosen.
    Raises NetworkError if the models are missing or broken.
    """
    present = present_devices()
    if present == ["cpu"]:
        return "cpu"
    cores = threads or available_cores()
    about = [ort.__version__, platform.machine(), sorted(instructions()), present, cores, precision]
    digest = hashlib.sha256(read_model(folder / PAINTER.float32)).hexdigest()
    key = hashlib.sha256(json.dumps([*about, digest]).encode()).hexdigest()[:16]
    remembered = cache_folder() / f"device-{key}.json"
    if (known := _remembered(remembered, present)) is not None:
        return known
    times = {device: seconds(folder, device, threads, precision) for device in present}
    best = min(present, key=lambda device: times[device])
    if math.isinf(times[best]):
        best = "cpu"
    told = {device: f"{took * 1e3:.0f} ms" for device, took in times.items() if math.isfinite(took)}
    _log.info("painting with %s (%s)", best, ", ".join(f"{name} {took}" for name, took in told.items()))
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(remembered) as part:
            part.write_text(json.dumps({"device": best, "took": told}))
    except OSError as error:  # a home that cannot be written: it is tried again next time
        _log.debug("the fastest device is not remembered (%s)", error)
    return best


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


def _remembered(path: Path, present: list[str]) -> str | None:
    try:
        device = json.loads(path.read_text())["device"]
    except (OSError, ValueError, KeyError, TypeError):  # never tried, or damaged
        return None
    return device if device in present else None
