"""The measuring network: paints with exact instance normalisation, and tells the statistics that this took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import Pixels
from stylize.inference import layers, style_vector
from stylize.inference.input_noise import grained
from stylize.inference.reflection import reflected
from stylize.inference.session import Array, Device, Network
from stylize.styles import Vector

# Pixels up to which a picture is measured and painted whole. That is exact; a sample of crops and tiles cost less.
MAX_WHOLE = 800_000
CROP = 96  # side of a measured crop, pixels
CROPS = 25  # crops in a sample


@dataclass(frozen=True)
class Statistics:
    """What the layers see of one picture: mean and variance of every normalised channel, [channels] each.

    `color` [3] is the mean of the pixels, 0..255.
    """

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    color: NDArray[np.float32]


class MeasuringNetwork:
    """The network of measure.onnx.

    `pad` is the reflection that it wants around a picture, in pixels, `layers` are the painter's, `bytes` what painting
    takes for a pixel in float32 and in int8; `sha256` is that of the weights.

    Raises KeyError or ValueError if the metadata do not tell what a painter's network tells.
    """

    def __init__(self, device: Device, model: bytes) -> None:
        self._network = Network(device, model)
        metadata = self._network.metadata
        self.layers = layers.loads(metadata["layers"])
        self.multiple = layers.multiple(self.layers)
        self.pad, self.epsilon = int(metadata["pad"]), float(metadata["epsilon"])
        self.bytes = tuple(int(count) for count in metadata["bytes"].split())
        self.sha256 = metadata["sha256"]

    def measure(self, pixels: Pixels, vector: Vector) -> tuple[Pixels, Statistics]:
        """Paint `pixels` [H, W, 3] with exact instance normalisation; also returns its statistics."""
        height, width = pixels.shape[:2]
        padded = reflected(pixels, self.pad, self.multiple)
        painted, statistics = self._run(padded[None], grained(padded)[None], vector)
        return painted[0, :height, :width], statistics

    def sample(self, pixels: Pixels, vector: Vector) -> Statistics:
        """Statistics of `pixels` [H, W, 3] from a fixed sample of crops: the cost does not grow with the picture."""
        height, width = pixels.shape[:2]
        if height * width <= MAX_WHOLE or min(height, width) < CROP:
            return self.measure(_thinned(pixels), vector)[1]
        rows = max(1, round((CROPS * height / width) ** 0.5))
        columns = max(1, round(CROPS / rows))
        tops = np.linspace(0, height - CROP, rows).astype(int)
        lefts = np.linspace(0, width - CROP, columns).astype(int)
        crops = [
            reflected(pixels[top : top + CROP, left : left + CROP], self.pad, self.multiple)
            for top in tops
            for left in lefts
        ]
        noisy = [grained(crop, i * CROP) for i, crop in enumerate(crops)]
        return self._run(np.stack(crops), np.stack(noisy), vector)[1]

    def _run(self, batch: Pixels, noisy: Pixels, vector: Vector) -> tuple[Pixels, Statistics]:
        scale, shift, gate = style_vector.split(vector)
        feeds: dict[str, Array] = {"pixels": batch, "grained": noisy, "scale": scale, "shift": shift, "gate": gate}
        painted, mean, variance = self._network.run(feeds)
        color = noisy[:, ::4, ::4].mean((0, 1, 2), dtype=np.float32)
        return painted, Statistics(mean, variance, color)


def _thinned(pixels: Pixels) -> Pixels:
    """A picture with one very long side, of which rows or columns are left out, so that measuring costs no more."""
    height, width = pixels.shape[:2]
    if height * width <= MAX_WHOLE:
        return pixels
    step = -(-height * width // MAX_WHOLE)
    return pixels[:, ::step] if width > height else pixels[::step]
