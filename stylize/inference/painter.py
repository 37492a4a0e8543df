"""The painter's networks for ONNX Runtime: measure a picture, fold its statistics into the style, paint.

Instance normalisation of a channel with mean m and variance v,

    (x - m) / sqrt(v + e) * scale + shift  =  x * scale / sqrt(v + e) + (shift - m * scale / sqrt(v + e)),

is a scale and a shift again: a *folded* vector has the layout of a style vector and needs no normalisation.

Both run in float32, or, where the CPU has instructions for it, in whole numbers (`stylize.inference.int8`): two to
three times as fast, and hardly different.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stylize.errors import NetworkError, OptionError
from stylize.imaging import Pixels
from stylize.inference import int8, layers, style_vector
from stylize.inference.graph_inputs import with_inputs
from stylize.inference.input_noise import grained
from stylize.inference.int8_painter import Int8Painter
from stylize.inference.layers import Layer
from stylize.inference.lru_cache import LruCache
from stylize.inference.norm_statistics import Measure, MeasuringNetwork, Statistics
from stylize.inference.reflection import reflected
from stylize.inference.session import Array, Device, Network, naming_damage, read_model
from stylize.styles import Vector


class Files(NamedTuple):
    """The names that a painter's networks have in a models folder."""

    float32: str
    measure: str
    int8: str
    measure_int8: str
    weights: str  # of both in int8


PAINTER = Files("painter.onnx", "measure.onnx", "painter_int8.onnx", "measure_int8.onnx", "painter_int8.safetensors")
# For the second painting of large pictures.
FINE = Files("fine.onnx", "fine_measure.onnx", "fine_int8.onnx", "fine_measure_int8.onnx", "fine_int8.safetensors")
SESSIONS = 6  # folded networks kept ready, each about 4 MB: a picture seldom has the statistics of the one before
ANY_STYLE = True, b""  # in place of a folded style, the network that is given one with the picture
# Pixels by precision, of a painter with deep levels and without; beyond, whole numbers or memory win.
MAX_WHOLE = {"float32": (2_500_000, 650_000), "int8": (700_000, 400_000)}
MOST_AT_ONCE = 4  # pictures, each of which takes memory
PRECISIONS = ("auto", "float32", "int8")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoldedStyle:
    """A style with one picture's statistics inside: what paints that picture, whole or in tiles."""

    vector: Vector  # [style_size], the folded one
    int8: Callable[[], dict[str, Array]] | None  # makes the initialisers with which it is painted in int8


class OnnxPainter:
    """The painter of a models folder. Pictures are bytes [H, W, 3] of any size.

    `precision` is "float32", "int8", or "auto" (default: the environment variable STYLIZE_PRECISION, else "auto"):
    int8 on a CPU that has instructions for it. `files` are the names of its networks.

    Raises NetworkError if a file is missing or broken, they do not belong together, or the precision is not there,
    OptionError if the precision is unknown.
    """

    def __init__(self, folder: Path, device: Device, precision: str | None = None, files: Files = PAINTER) -> None:
        self._device = device
        self._model = read_model(folder / files.float32)
        measure = read_model(folder / files.measure)
        with naming_damage(folder / files.measure):
            self._measuring = MeasuringNetwork(device, measure)
        self._int8: Int8Painter | None = None
        blank = np.zeros(self.style_size, np.float32)
        with naming_damage(folder / files.float32):
            if self._made(FoldedStyle(blank, None)).metadata["sha256"] != self.sha256:
                raise NetworkError(f"The networks in {folder} are of different painters; export them all again.")
        names = files.int8, files.measure_int8, files.weights
        if _in_int8(precision, [folder / name for name in names]):
            self._int8 = Int8Painter(folder, names, device, self.layers, self.sha256)
        self._sessions = LruCache[Network](SESSIONS)

    @property
    def sha256(self) -> str:
        """The painter's digest, which its style files name."""
        return self._measuring.sha256

    @property
    def of(self) -> str:
        """The digest of the painter that a fine painter was made for, empty for any other."""
        return self._measuring.of

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The painter's layers."""
        return self._measuring.layers

    @property
    def channels(self) -> tuple[int, ...]:
        """Output channels of each layer, in order."""
        return tuple(layer.channels for layer in self.layers)

    @property
    def style_size(self) -> int:
        """Floats in a style vector."""
        return style_vector.size(self.channels)

    @property
    def pad(self) -> int:
        """Pixels of reflection around a picture, which are not painted."""
        return self._measuring.pad

    @property
    def multiple(self) -> int:
        """Sides of what is painted are multiples of this, pixels."""
        return self._measuring.multiple

    @property
    def halo(self) -> int:
        """How far beyond `pad` a pixel depends on others, in whole multiples: pixels."""
        beyond = max(0, layers.reach(self.layers) - self.pad)
        return beyond + -beyond % self.multiple

    def bytes_per_pixel(self, folded: FoldedStyle) -> int:
        """Memory that painting with a folded style takes at most, for each pixel with its reflection."""
        return self._measuring.bytes[folded.int8 is not None]

    @property
    def precision(self) -> str:
        """What pictures are painted in now: "float32" or "int8"."""
        return "float32" if self._int8 is None or self._device.name != "CPU" else "int8"

    @property
    def at_once(self) -> int:
        """How many pictures are best painted at the same time: on a CPU as many as there are threads, up to some."""
        return min(MOST_AT_ONCE, self._device.threads) if self._device.name == "CPU" else 1

    def shared(self) -> AbstractContextManager[None]:
        """While one more picture is painted at the same time, as `Device.shared`."""
        return self._device.shared()

    @property
    def is_deep(self) -> bool:
        """Whether it has deep levels, which see far beyond a tile."""
        return self._measuring.deep

    @property
    def max_whole(self) -> int:
        """Pixels up to which painting a picture whole, measured exactly, costs less than a sample and tiles."""
        deep, shallow = MAX_WHOLE[self.precision]
        return deep if self.is_deep else shallow

    def measure(self, pixels: Pixels, vector: Vector) -> tuple[Pixels, Statistics]:
        """Paint `pixels` [H, W, 3] with instance normalisation by what the picture has; also returns its statistics.

        In float32 they are exact; in int8 they are of every few rows and columns of each layer.
        """
        return self._measuring.measure(pixels, vector, self._measurer())

    def sample(self, pixels: Pixels, vector: Vector) -> Statistics:
        """Statistics of `pixels` [H, W, 3] from a fixed sample of crops: the cost does not grow with the picture."""
        return self._measuring.sample(pixels, vector, self._measurer())

    def sample_within(self, pixels: Pixels, mask: Pixels, vector: Vector) -> Statistics:
        """Statistics of `pixels` [H, W, 3] where `mask` [H, W] is 255, as far as crops can lie there."""
        return self._measuring.sample_within(pixels, mask, vector, self._measurer())

    def _measurer(self) -> Measure | None:
        return None if self._int8 is None or self.precision == "float32" else self._int8.measure

    def fold(self, vector: Vector, statistics: Statistics) -> FoldedStyle:
        """`vector` with `statistics` inside."""
        folded = vector.astype(np.float32, copy=True)
        count = len(statistics.mean)
        deviation = np.sqrt(statistics.variance + np.float32(self._measuring.epsilon))
        scale, shift = (values[:count] for values in style_vector.split(folded)[:2])
        scale /= deviation
        shift -= statistics.mean * scale
        if self._int8 is None or self.precision == "float32":
            return FoldedStyle(folded, None)
        weights = self._int8.weights(vector)
        return FoldedStyle(folded, lambda: weights.folded(statistics.mean, deviation, statistics.color))

    def paint(self, pixels: Pixels, folded: FoldedStyle) -> Pixels:
        """Paint all of `pixels` [H, W, 3] at once with a folded style."""
        height, width = pixels.shape[:2]
        return self.paint_reflected(reflected(pixels, self.pad, self.multiple), folded)[:height, :width]

    def paint_reflected(self, padded: Pixels, folded: FoldedStyle, top: int = 0, left: int = 0) -> Pixels:
        """Paint `padded`, which carries `pad` pixels on every side that are not painted.

        `top` and `left` are its place in the whole padded picture, so that every tile has its own part of the grain.
        """
        if self.precision == "float32" and folded.int8 is not None:  # folded before the device changed
            folded = FoldedStyle(folded.vector, None)
        feeds: dict[str, Array] = {"pixels": padded[None], "grained": grained(padded, top, left)[None]}
        if self._device.compiles:
            given = self._initializers(folded.vector)
            network = self._sessions.get(ANY_STYLE, lambda: self._of_any_style(given))
            feeds |= given
        else:
            key = (folded.int8 is None, folded.vector.tobytes())
            network = self._sessions.get(key, lambda: self._made(folded))
        return np.asarray(network.run(feeds)[0][0])

    def _made(self, folded: FoldedStyle) -> Network:
        """The network of a folded style."""
        if self._int8 is not None and folded.int8 is not None:
            return self._int8.network(folded.int8())
        return Network(self._device, self._model, self._initializers(folded.vector))

    def _of_any_style(self, initializers: dict[str, Array]) -> Network:
        """The network whose inputs are the `initializers` of a folded style, too."""
        shapes = {name: values.shape for name, values in initializers.items()}
        return Network(self._device, with_inputs(self._model, shapes), initializers)

    def _initializers(self, folded: Vector) -> dict[str, Array]:
        scale, shift, gate = style_vector.split(folded)
        values: dict[str, Array] = {"gate": gate.reshape(1, -1, 1, 1)}
        last = len(self.channels) - 1
        for i, scales in enumerate(style_vector.by_layer(scale, self.channels)):
            values[f"scale.{i}"] = scales.reshape(-1, 1, 1, 1) * np.float32(255 if i == last else 1)
        for i, shifts in enumerate(style_vector.by_layer(shift, self.channels)):
            values[f"shift.{i}"] = shifts * np.float32(255 if i == last else 1)  # the graph gives 0..255
        return values


def fine_painter(folder: Path, device: Device, precision: str | None, painter: OnnxPainter) -> OnnxPainter | None:
    """The painter for second paintings of a models folder, None where there is none for this `painter`.

    Raises what `OnnxPainter` raises.
    """
    if not (folder / FINE.float32).is_file():
        return None
    fine = OnnxPainter(folder, device, precision, FINE)
    if fine.of == painter.sha256:
        return fine
    _log.warning(
        "%s in %s was made for another painter and is left out. Make it again with stylize fine.", FINE.float32, folder
    )
    return None


def wanted_precision(precision: str | None) -> str:
    """One of `PRECISIONS`: `precision`, or for None that of STYLIZE_PRECISION. Raises OptionError for another one."""
    precision = (precision or os.environ.get("STYLIZE_PRECISION") or "auto").lower()
    if precision not in PRECISIONS:
        raise OptionError(f"There is no precision {precision!r}. Choose {', '.join(PRECISIONS)}.")
    return precision


def _in_int8(precision: str | None, files: Sequence[Path]) -> bool:
    """Whether this precision means whole numbers, with the networks in these files."""
    precision = wanted_precision(precision)
    return precision == "int8" or (precision == "auto" and int8.is_fast() and all(path.is_file() for path in files))
