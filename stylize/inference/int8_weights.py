"""The weights of a painter in whole numbers, made for a style.

Beside the graphs lie, in halves, the weights of the convolutions as they are rearranged there. For a style they become
signed bytes: the units of the channels that come in are folded into them, and each output channel has a step of its
own. Where the style's scale is negative they change their sign, because the steps of bytes are positive. A picture's
statistics change no weight, only steps and biases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from stylize.cpu import available_cores
from stylize.inference import style_vector
from stylize.inference.int8 import Calibration, calibration
from stylize.inference.layers import Layer
from stylize.styles import Vector

LEAST = 1e-7  # smallest step of a weight
LARGEST_BIAS = 2.0**30  # of the sums of 32 bits
LEAST_SCALE = 1e-3  # smallest scale of a normalised channel, in its units
KINDS = ("weight", "order", "into")

Array = NDArray[Any]


class _Part(NamedTuple):
    """What a style makes of a convolution. [out] are its output channels, in any order and number of a layer's."""

    layer: int
    places: Array  # [out] among the channels of all layers
    whole: Array  # int8 [out, in, h, w], with the sign of the style's scale
    step: Array  # [out]: what one step of a weight is worth
    size: Array  # the same times the style's scale, in units of what goes out
    scale: Array  # the style's scale over `size`, without its sign
    shift: Array  # the style's shift over `size`


class _Last(NamedTuple):
    """The last layer, scaled and shifted, never normalised, with the photo through the gate as more channels."""

    whole: Array  # int8 [16, in + 12, h, w]
    step: Array  # [16]
    shift: Array  # [16], in steps
    by_color: Array  # [16, 3]: what a level of the picture's mean colours adds, in steps: rounding is taken back

    def given(self, color: Array) -> dict[str, Array]:
        """What both graphs are given, for a picture of mean `color` [3], 0..255."""
        bias = _as_bias(self.shift + self.by_color @ color)
        return {"whole.last": self.whole, "step.last": self.step, "bias.last": bias}


class StyleWeights(NamedTuple):
    """A painter's weights for one style. `signs` are those of the scales of all channels that are normalised."""

    parts: list[_Part]
    last: _Last
    signs: Array

    def folded(self, mean: Array, deviation: Array, color: Array) -> dict[str, Array]:
        """The initialisers that paint a picture whose channels have `mean` and `deviation` [normalised channels]."""
        made = self.last.given(color)
        mean = mean * self.signs
        for number, part in enumerate(self.parts):
            spread, centre = deviation[part.places], mean[part.places]
            made[f"whole.{number}"], made[f"step.{number}"] = part.whole, part.size / spread
            made[f"bias.{number}"] = _as_bias(part.shift * spread - part.scale * centre)
        return made

    def measuring(self, color: Array) -> dict[str, Array]:
        """The inputs of the measuring graph beside the pictures."""
        made = self.last.given(color)
        layers: dict[int, list[_Part]] = {}
        for number, part in enumerate(self.parts):
            values = {"whole": part.whole, "size": part.size, "scale": part.scale, "shift": part.shift}
            made |= {f"{name}.{number}": value for name, value in values.items()}
            layers.setdefault(part.layer, []).append(part)
        for layer, parts in layers.items():
            made[f"unit.{layer}"] = np.concatenate([part.step for part in parts])
            rows = np.concatenate([part.whole for part in parts])
            made[f"matrix.{layer}"] = np.ascontiguousarray(rows.transpose(2, 3, 1, 0)).reshape(-1, len(rows))
        return made


class Int8Weights:
    """The rearranged weights of a painter with these `layers`.

    `parts` is what the graphs tell of their convolutions: the layer of each, and those whose units come in and go out.
    Raises KeyError, ValueError or SafetensorError if the file does not hold what they need.
    """

    def __init__(self, path: Path, parts: str, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self._parts: list[Mapping[str, Any]] = json.loads(parts)
        with safe_open(path, "numpy") as file:
            self.sha256: str = (file.metadata() or {})["sha256"]  # of the painter
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        names = [f"{kind}.{number}" for number in range(len(self._parts)) for kind in KINDS]
        self._arrays = {name: arrays[name] for name in (*names, "weight.last", "order.last", "through")}
        self._real = [self._arrays.pop(f"weight.{number}").astype(np.float32) for number in range(len(self._parts))]

    def of(self, vector: Vector) -> StyleWeights:
        """The weights for the style `vector` [style_size], not folded."""
        channels = [layer.channels for layer in self._layers]
        known = calibration(vector, self._layers)
        scale, shift, gate = style_vector.split(vector)
        scales, shifts = (style_vector.by_layer(values, channels) for values in (scale, shift))
        starts = np.cumsum([0, *channels])

        def part(number: int) -> _Part:
            about, (order, into) = self._parts[number], (self._arrays[f"{kind}.{number}"] for kind in KINDS[1:])
            layer, real = about["layer"], self._real[number]
            came = np.ones(real.shape[1]) if about["came"] is None else known.units[about["came"]][into]
            outputs = order // (style_vector.SUBPIXELS if self._layers[layer].shuffled else 1)
            unit = known.units[about["goes"]][outputs]
            factor = scales[layer][order] / unit
            whole, step = _in_steps(real, came, _signs(factor))
            size = step * np.maximum(np.abs(factor), np.float32(LEAST_SCALE))
            ratios = np.abs(factor) / size, shifts[layer][order] / unit / size
            return _Part(layer, starts[layer] + order, whole, step, size, *ratios)

        with ThreadPoolExecutor(available_cores()) as pool:
            made = list(pool.map(part, range(len(self._parts))))
        signs = _signs(scale[: style_vector.normalized(channels)])
        return StyleWeights(made, self._last(scales[-1], shifts[-1], gate, known), signs)

    def _last(self, scales: Array, shifts: Array, gate: Array, known: Calibration) -> _Last:
        order, through = self._arrays["order.last"], self._arrays["through"]
        unit = known.units[self._layers[-1].source]
        scales, shifts = (values[order] * np.float32(255) for values in (scales, shifts))  # bytes are the picture
        real = self._arrays["weight.last"].astype(np.float32) * unit[:, None, None] * scales[:, None, None, None]
        colors = np.arange(through.shape[1]) % style_vector.COLORS
        real = np.concatenate([real, through * gate[colors][:, None, None]], 1)
        whole, step = _in_steps(real, np.ones(real.shape[1]), np.ones(len(real)))
        error = (real - whole * step[:, None, None, None]).sum((2, 3)) / step[:, None]
        shift = shifts / step + error[:, : len(unit)] @ (known.mean / unit)
        through_gate = error[:, len(unit) :]
        by_color = [through_gate[:, colors == color].sum(1) for color in range(style_vector.COLORS)]
        return _Last(whole, step, shift, np.stack(by_color, 1))


def _signs(values: Array) -> Array:
    return np.where(values < 0, np.float32(-1), np.float32(1))


def _as_bias(values: Array) -> Array:
    bias: Array = np.rint(np.clip(values, -LARGEST_BIAS, LARGEST_BIAS)).astype(np.int32)
    return bias


def _in_steps(real: Array, units: Array, signs: Array) -> tuple[Array, Array]:
    """Weights [out, in, h, w] times the `units` [in] and `signs` [out] in whole steps, int8, and each output's step."""
    out, _, height, width = real.shape
    made = real.reshape(out, -1) * np.repeat(units.astype(np.float32), height * width)
    step = np.maximum(np.maximum(made.max(1), -made.min(1)) / 127, LEAST).astype(np.float32)
    made *= (signs / step).astype(np.float32)[:, None]
    return np.rint(made, out=made).astype(np.int8).reshape(real.shape), step
