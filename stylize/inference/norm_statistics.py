"""The measuring network: paints with exact instance normalisation, and tells the statistics that this took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylize.imaging import Pixels
from stylize.inference import layers as described
from stylize.inference import style_vector
from stylize.inference.input_noise import grained
from stylize.inference.reflection import reflected, window
from stylize.inference.region_statistics import crops_within
from stylize.inference.session import Array, Device, Network
from stylize.styles import Vector

# Of a sample: the side of a crop, and the pixels of all crops with what surrounds them. In smaller crops much is
# border, of larger ones there are too few. Up to so many pixels, the sample of a picture is all of it.
DEEP = 288, 500_000  # a painter with deep levels
SHALLOW = 160, 200_000  # one without, which sees little of its surroundings
LARGE = 4_000_000  # pixels of a picture whose tiles need the memory that its sample took: it is given back


@dataclass(frozen=True)
class Statistics:
    """What the layers see of one picture: mean and variance of every normalised channel, [channels] each.

    `color` [3] is the mean of the pixels, 0..255.
    """

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    color: NDArray[np.float32]


# Paints pictures [N, H, W, 3], plain and with grain, with a style vector, by the statistics of all, which it returns;
# the last argument is `shrink` of `Network.run`.
Measure = Callable[[Pixels, Pixels, Vector, bool], tuple[Pixels, Statistics]]


def mean_color(pictures: Pixels) -> NDArray[np.float32]:
    """The mean colour [3], 0..255, of every fourth pixel of pictures [N, H, W, 3] in both directions."""
    mean: NDArray[np.float32] = pictures[:, ::4, ::4].mean((0, 1, 2), dtype=np.float32)
    return mean


class MeasuringNetwork:
    """The network of measure.onnx. Where a `by` is given, that measures instead, the same pixels.

    `pad` is the reflection that it wants around a picture, in pixels, `layers` are the painter's, `bytes` what painting
    takes for a pixel in float32 and in int8; `sha256` is that of the weights, `of` that of the painter that a
    fine painter was made for, else empty.

    Raises KeyError or ValueError if the metadata do not tell what a painter's network tells.
    """

    def __init__(self, device: Device, model: bytes) -> None:
        self._network = Network(device, model)
        metadata = self._network.metadata
        self.layers = described.loads(metadata["layers"])
        self.multiple = described.multiple(self.layers)
        self.deep = len(described.shallow(self.layers)) < len(self.layers)
        self.pad, self.epsilon = int(metadata["pad"]), float(metadata["epsilon"])
        self.bytes = tuple(int(count) for count in metadata["bytes"].split())
        self.sha256, self.of = metadata["sha256"], metadata.get("painter", "")

    def measure(self, pixels: Pixels, vector: Vector, by: Measure | None = None) -> tuple[Pixels, Statistics]:
        """Paint `pixels` [H, W, 3] with exact instance normalisation; also returns its statistics."""
        height, width = pixels.shape[:2]
        padded = reflected(pixels, self.pad, self.multiple)
        painted, statistics = (by or self._run)(padded[None], grained(padded)[None], vector, False)
        return painted[0, :height, :width], statistics

    def sample(self, pixels: Pixels, vector: Vector, by: Measure | None = None) -> Statistics:
        """Statistics of `pixels` [H, W, 3] from a fixed sample of crops: the cost does not grow with the picture."""
        height, width = pixels.shape[:2]
        crop, cropped = DEEP if self.deep else SHALLOW
        if height * width <= cropped:
            return self.measure(pixels, vector, by)[1]
        crops, noisy = [], []
        for top, bottom, left, right in crop_boxes(height, width, crop, cropped, self.pad, self.multiple):
            part = window(pixels, top - self.pad, bottom + self.pad, left - self.pad, right + self.pad)
            crops.append(part)
            noisy.append(grained(part, top, left))
        return (by or self._run)(np.stack(crops), np.stack(noisy), vector, height * width > LARGE)[1]

    def sample_within(self, pixels: Pixels, mask: Pixels, vector: Vector, by: Measure | None = None) -> Statistics:
        """Statistics of `pixels` [H, W, 3] where `mask` [H, W] is 255, from crops that lie there."""
        crops = crops_within(pixels, mask)
        if crops is None:
            return self.sample(pixels, vector, by)
        padded = np.stack([reflected(crop, self.pad, self.multiple) for crop in crops])
        noisy = np.stack([grained(crop) for crop in padded])
        return (by or self._run)(padded, noisy, vector, pixels.shape[0] * pixels.shape[1] > LARGE)[1]

    def _run(self, batch: Pixels, noisy: Pixels, vector: Vector, shrink: bool) -> tuple[Pixels, Statistics]:
        scale, shift, gate = style_vector.split(vector)
        feeds: dict[str, Array] = {"pixels": batch, "grained": noisy, "scale": scale, "shift": shift, "gate": gate}
        painted, mean, variance = self._network.run(feeds, shrink)
        return painted, Statistics(mean, variance, mean_color(noisy))


def crop_boxes(
    height: int, width: int, crop: int, cropped: int, pad: int, multiple: int
) -> list[tuple[int, int, int, int]]:
    """(top, bottom, left, right) of the crops of which a picture's statistics are taken, in the middles of a grid.

    They have sides of `crop` pixels, multiples of `multiple`, and may go beyond a narrow picture. With the `pad` pixels
    of their true surroundings that are measured with them, they are `cropped` pixels together.
    """
    tall, wide = (min(crop, length) for length in (height, width))
    tall, wide = tall + -tall % multiple, wide + -wide % multiple
    count = max(1, round(cropped / ((tall + 2 * pad) * (wide + 2 * pad))))
    rows = min(count, max(1, round((count * height / width) ** 0.5)))
    columns = max(1, round(count / rows))
    tops, lefts = _spread(height, tall, rows), _spread(width, wide, columns)
    return [(top, top + tall, left, left + wide) for top in tops for left in lefts]


def _spread(length: int, side: int, count: int) -> list[int]:
    """Where `count` crops of `side` begin, in the middles of as many parts of `length`."""
    return [max(0, min(length - side, round((i + 0.5) * length / count - side / 2))) for i in range(count)]
