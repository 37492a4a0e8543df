"""The painter's networks in whole numbers: one session measures with any style, another is made to paint with one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.inference import style_vector
from stylize.inference.int8_weights import Int8Weights, StyleWeights
from stylize.inference.layers import Layer
from stylize.inference.lru_cache import LruCache
from stylize.inference.norm_statistics import Statistics, mean_color
from stylize.inference.session import Array, Device, Network, naming_damage, read_model
from stylize.styles import Vector

STYLES = 20  # whose weights are kept, each 2.6 MB: those of a wall, and some


class Int8Painter:
    """The networks in a folder of the painter with these `layers` and this `sha256`, by their names.

    Raises NetworkError if one is missing or broken, or of another painter.
    """

    def __init__(
        self,
        folder: Path,
        names: tuple[str, str, str],  # of the networks that paint and measure, and of the weights
        device: Device,
        layers: Sequence[Layer],
        sha256: str,
    ) -> None:
        paint, measure, weights = (folder / name for name in names)
        self._device, self._model, model = device, read_model(paint), read_model(measure)
        with naming_damage(measure):
            self._measuring = Network(device, model, finished=True)
            parts, known = self._measuring.metadata["parts"], {self._measuring.metadata["sha256"]}
        read_model(weights)  # says what is wrong if it is not there, or a pointer
        with naming_damage(weights):
            self._weights = Int8Weights(weights, parts, layers)
            known.add(self._weights.sha256)
        if known == {sha256}:
            with naming_damage(paint):
                blank = self._weights.of(style_vector.identity([layer.channels for layer in layers]))
                statistics = np.zeros(len(blank.signs), np.float32), np.ones(len(blank.signs), np.float32)
                network = self.network(blank.folded(*statistics, np.zeros(style_vector.COLORS)))
                known.add(network.metadata["sha256"])
        if known != {sha256}:
            raise NetworkError(f"The networks in {folder} are of different painters; export them all again.")
        self._styles = LruCache[StyleWeights](STYLES)

    def weights(self, vector: Vector) -> StyleWeights:
        """The weights for the style `vector` [style_size], not folded."""
        return self._styles.get(vector.tobytes(), lambda: self._weights.of(vector))

    def network(self, initializers: dict[str, Array]) -> Network:
        """The network that paints with a style and a picture's statistics (`StyleWeights.folded`)."""
        return Network(self._device, self._model, initializers, finished=True)

    def measure(self, batch: Pixels, noisy: Pixels, vector: Vector, shrink: bool) -> tuple[Pixels, Statistics]:
        """Paint pictures [N, H, W, 3] with the statistics of all of them, which are returned, too."""
        weights, color = self.weights(vector), mean_color(noisy)
        feeds = {"pixels": batch, "grained": noisy} | weights.measuring(color)
        painted, mean, variance = self._measuring.run(feeds, shrink)
        return painted, Statistics(mean * weights.signs, variance, color)
