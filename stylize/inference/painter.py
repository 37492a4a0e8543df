"""The painter's graphs and what folds one into the other: measure a picture, fold, paint.

A style vector is every layer's scale, then every layer's shift, then the gate (three numbers that let the photo
through). Instance normalisation of a channel with mean m and variance v,

    (x - m) / sqrt(v + e) * scale + shift  =  x * scale / sqrt(v + e) + (shift - m * scale / sqrt(v + e)),

is a scale and a shift again: a *folded* vector has the same layout and needs no normalisation.

Painting runs in float32, or, where the CPU has instructions for it, in whole numbers (`stylize.inference.int8`): three
times as fast, and hardly different. Measuring is always float32.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stylize.errors import NetworkError, OptionError
from stylize.imaging import Pixels
from stylize.inference import int8
from stylize.inference.session import Device, Network, read_model
from stylize.styles import Vector

MULTIPLE = 4  # sides of what is painted are multiples of this
SESSIONS = 6  # folded networks kept ready, each about 4 MB: a picture seldom has the statistics of the one before
CROP = 96  # side of a measured crop, pixels
CROPS = 25  # crops in a sample
GRAIN = 0.02  # deviation of the noise that convolutions see, in pixels of 0..1
WHOLE = 800_000  # pixels up to which the whole picture is measured, which is exact, instead of a sample

INT8 = "painter_int8.onnx"
PRECISIONS = ("auto", "float32", "int8")

_FIELD = 512  # side of the grain's field, pixels; it repeats beyond


def _grain_field() -> NDArray[np.int8]:
    noise = np.random.default_rng(1906).standard_normal((_FIELD, _FIELD, 3), np.float32)
    field: NDArray[np.int8] = np.rint(noise * np.float32(255 * GRAIN)).clip(-127, 127).astype(np.int8)
    return field


_grain = _grain_field()
_lift, _sink = (np.maximum(side, 0).astype(np.uint8) for side in (_grain, -_grain))
_room = 255 - _lift


def grain(rows: Iterable[int], columns: Iterable[int]) -> NDArray[np.int8]:
    """The fixed grain [len(rows), len(columns), 3], in levels of 0..255, at these rows and columns of a picture."""
    rows, columns = (np.fromiter(index, np.intp) % _FIELD for index in (rows, columns))
    return _grain[rows][:, columns]


def grained(pixels: Pixels, top: int = 0, left: int = 0) -> Pixels:
    """`pixels` [H, W, 3] with the grain of the picture they are part of, at the place `top`, `left`.

    Adds in bytes that stop at 0 and 255, a block at a time: wider numbers and copies of the grain cost ten times that.
    """
    noisy = np.empty(pixels.shape, np.uint8)
    for rows, rows_there in _blocks(pixels.shape[0], top):
        for columns, columns_there in _blocks(pixels.shape[1], left):
            part, there = noisy[rows, columns], (rows_there, columns_there)
            np.minimum(pixels[rows, columns], _room[there], out=part)
            part += _lift[there]
            np.maximum(part, _sink[there], out=part)
            part -= _sink[there]
    return noisy


def _blocks(length: int, first: int) -> Iterator[tuple[slice, slice]]:
    """`length` places from `first` on, cut where the grain's field repeats; and where in the field each part is."""
    at = 0
    while at < length:
        there = (first + at) % _FIELD
        step = min(length - at, _FIELD - there)
        yield slice(at, at + step), slice(there, there + step)
        at += step


@dataclass(frozen=True)
class Statistics:
    """What the layers see of one picture: mean and variance of every normalised channel, [channels] each.

    `colour` [3] is the mean of the pixels, 0..255.
    """

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    colour: NDArray[np.float32]


@dataclass(frozen=True)
class Folded:
    """A style with one picture's statistics inside: what paints that picture, whole or in tiles."""

    vector: Vector  # [style_size], the folded one
    calibration: Mapping[str, NDArray[np.float32]] | None  # with which it is painted in int8


class PainterNetwork:
    """The networks of a models folder. Pictures are bytes [H, W, 3] of any size.

    `precision` is "float32", "int8", or "auto" (default: the environment variable STYLIZE_PRECISION, else "auto"):
    int8 on a CPU that has instructions for it.

    Raises NetworkError if a file is missing or broken, they do not belong together, or the precision is not there,
    OptionError if the precision is unknown.
    """

    def __init__(self, folder: Path, device: Device, precision: str | None = None) -> None:
        self._device = device
        self._bytes = _choose(precision, folder / INT8)
        self._model = read_model(folder / "painter.onnx")
        measure = read_model(folder / "measure.onnx")
        name = "measure.onnx"
        try:
            self._measure = Network(device, measure)
            about = self._measure.about
            self._channels = [int(count) for count in about["channels"].split()]
            self.pad, self._epsilon, self.sha = int(about["pad"]), float(about["epsilon"]), about["sha256"]
            name = "painter.onnx"
            others = {Network(device, self._model, self._initializers(self._blank())).about["sha256"]}
            if self._bytes is not None:
                name = INT8
                calibration = int8.calibration(self._blank(), self._channels, np.zeros(3))
                others.add(
                    Network(device, self._bytes, self._initializers(self._blank()) | calibration).about["sha256"]
                )
        except Exception as error:  # onnxruntime's own kinds, and a file of another origin
            said = " ".join(str(error).split())[:160]
            raise NetworkError(
                f"{folder / name} is damaged or not one of our networks ({said}). Fetch or export it again."
            ) from error
        if others != {self.sha}:
            raise NetworkError(f"The networks in {folder} are of different painters; export them all again.")
        self._sessions: OrderedDict[tuple[bool, bytes], Network] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def style_size(self) -> int:
        """Floats in a style vector."""
        return 2 * sum(self._channels) + 3

    @property
    def precision(self) -> str:
        """What pictures are painted in now: "float32" or "int8"."""
        return "float32" if self._bytes is None or self._device.name != "CPU" else "int8"

    def measure(self, pixels: Pixels, vector: Vector) -> tuple[Pixels, Statistics]:
        """Paint `pixels` [H, W, 3] with exact instance normalisation; also returns its statistics."""
        height, width = pixels.shape[:2]
        padded = reflected(pixels, self.pad)
        painted, statistics = self._run_measure(padded[None], grained(padded)[None], vector)
        return painted[0, :height, :width], statistics

    def sample(self, pixels: Pixels, vector: Vector) -> Statistics:
        """Statistics of `pixels` [H, W, 3] from a fixed sample of crops: the cost does not grow with the picture."""
        height, width = pixels.shape[:2]
        if height * width <= WHOLE or min(height, width) < CROP:
            return self.measure(_shrunk(pixels), vector)[1]
        rows = max(1, round((CROPS * height / width) ** 0.5))
        columns = max(1, round(CROPS / rows))
        tops = np.linspace(0, height - CROP, rows).astype(int)
        lefts = np.linspace(0, width - CROP, columns).astype(int)
        crops = [reflected(pixels[t : t + CROP, left : left + CROP], self.pad) for t in tops for left in lefts]
        noisy = [grained(crop, i * CROP) for i, crop in enumerate(crops)]
        return self._run_measure(np.stack(crops), np.stack(noisy), vector)[1]

    def fold(self, vector: Vector, statistics: Statistics, steady: bool = False) -> Folded:
        """`vector` with `statistics` inside; `steady` is for films, in which the rounding of int8 would shimmer."""
        count, channels = len(statistics.mean), sum(self._channels)
        folded = vector.astype(np.float32, copy=True)
        scale = vector[:count] / np.sqrt(statistics.variance + np.float32(self._epsilon))
        folded[:count] = scale
        folded[channels : channels + count] = vector[channels : channels + count] - statistics.mean * scale
        if steady or self.precision == "float32":
            return Folded(folded, None)
        return Folded(folded, int8.calibration(vector, self._channels, statistics.colour))

    def paint(self, pixels: Pixels, folded: Folded) -> Pixels:
        """Paint all of `pixels` [H, W, 3] at once with a folded style."""
        height, width = pixels.shape[:2]
        return self.paint_reflected(reflected(pixels, self.pad), folded)[:height, :width]

    def paint_reflected(self, padded: Pixels, folded: Folded, top: int = 0, left: int = 0) -> Pixels:
        """Paint `padded`, which carries `pad` pixels on every side that are not painted.

        `top` and `left` are its place in the whole padded picture, so that every tile has its own part of the grain.
        """
        feeds = {"pixels": padded[None], "grained": grained(padded, top, left)[None]}
        return np.asarray(self._folded(folded).run(feeds)[0][0])

    def _folded(self, folded: Folded) -> Network:
        calibration = folded.calibration if self.precision == "int8" else None
        key = (calibration is None, folded.vector.tobytes())
        with self._lock:
            network = self._sessions.get(key)
            if network is not None:
                self._sessions.move_to_end(key)
                return network
        values = self._initializers(folded.vector)
        if self._bytes is not None and calibration is not None:
            network = Network(self._device, self._bytes, values | dict(calibration))
        else:
            network = Network(self._device, self._model, values)
        with self._lock:
            self._sessions[key] = network
            while len(self._sessions) > SESSIONS:
                self._sessions.popitem(last=False)
        return network

    def _blank(self) -> Vector:
        return np.zeros(self.style_size, np.float32)

    def _initializers(self, folded: Vector) -> dict[str, NDArray[np.float32]]:
        channels = sum(self._channels)
        ends = np.cumsum(self._channels)[:-1]
        values = {"gate": folded[-3:].reshape(1, 3, 1, 1)}
        for i, scale in enumerate(np.split(folded[:channels], ends)):
            values[f"scale.{i}"] = scale.reshape(-1, 1, 1, 1)
        for i, shift in enumerate(np.split(folded[channels : 2 * channels], ends)):
            values[f"shift.{i}"] = shift
        last = len(self._channels) - 1  # the graph gives 0..255
        values[f"scale.{last}"] = values[f"scale.{last}"] * 255
        values[f"shift.{last}"] = values[f"shift.{last}"] * 255
        return values

    def _run_measure(self, batch: Pixels, noisy: Pixels, vector: Vector) -> tuple[Pixels, Statistics]:
        channels = sum(self._channels)
        parts = {"scale": vector[:channels], "shift": vector[channels : 2 * channels], "gate": vector[-3:]}
        painted, mean, variance = self._measure.run({"pixels": batch, "grained": noisy, **parts})
        colour = noisy[:, ::4, ::4].mean((0, 1, 2), dtype=np.float32)
        return painted, Statistics(mean, variance, colour)


def _choose(precision: str | None, path: Path) -> bytes | None:
    """The network that paints in whole numbers, if this precision means to use it."""
    precision = (precision or os.environ.get("STYLIZE_PRECISION") or "auto").lower()
    if precision not in PRECISIONS:
        raise OptionError(f"There is no precision {precision!r}. Choose {', '.join(PRECISIONS)}.")
    if precision == "float32" or (precision == "auto" and not (int8.is_fast() and path.is_file())):
        return None
    return read_model(path)


def reflected(pixels: Pixels, pad: int) -> Pixels:
    """`pixels` [H, W, 3] reflected `pad` pixels outwards, and on at the bottom and right to multiples of `MULTIPLE`."""
    height, width = pixels.shape[:2]
    bottom, right = height + -height % MULTIPLE + pad, width + -width % MULTIPLE + pad
    return window(pixels, -pad, bottom, -pad, right)


def window(pixels: Pixels, top: int, bottom: int, left: int, right: int) -> Pixels:
    """The part of `pixels` [H, W, 3] between these rows and columns, reflected where it goes beyond the picture.

    Works for pictures smaller than the reflection: it swings back and forth, and a single row or column repeats.
    """
    height, width = pixels.shape[:2]
    part = pixels[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    beyond = ((max(0, -top), max(0, bottom - height)), (max(0, -left), max(0, right - width)))
    if all(max(sides) < length for sides, length in zip(beyond, part.shape, strict=False)):
        return np.pad(part, (*beyond, (0, 0)), "reflect")
    return pixels[_swing(height, top, bottom)][:, _swing(width, left, right)]


def _swing(length: int, first: int, last: int) -> NDArray[np.intp]:
    period = max(1, 2 * (length - 1))
    index = np.arange(first, last) % period
    return np.minimum(index, period - index) if length > 1 else np.zeros(len(index), np.intp)


def _shrunk(pixels: Pixels) -> Pixels:
    """A picture with one very long side, cut to what one measurement may cost."""
    height, width = pixels.shape[:2]
    if height * width <= WHOLE:
        return pixels
    step = -(-height * width // WHOLE)
    return pixels[:, ::step] if width > height else pixels[::step]
