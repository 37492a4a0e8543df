"""The layout of a style vector. It is known here only; others ask.

    scale of every channel | shift of every channel | gate

Channels are those of all convolutions, layer by layer. The last layer's are the three colours of four sub-pixels, which
a pixel shuffle turns into a picture: red's four, green's four, blue's four. It is scaled and shifted, never normalised.
The gate says, for each colour, how much of the photo comes through.

The functions take NumPy arrays and torch tensors alike, with the vector along the last axis, and return views.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

COLORS = 3
SUBPIXELS = 4  # of a pixel shuffle that doubles width and height
LAST_LAYER = COLORS * SUBPIXELS  # channels


class _Array(Protocol):
    @property
    def shape(self) -> Any: ...

    def __getitem__(self, index: Any, /) -> Any: ...


Values = TypeVar("Values", bound=_Array)


def size(channels: Sequence[int]) -> int:
    """Floats in a style vector of a painter whose layers have so many output channels."""
    return 2 * sum(channels) + COLORS


def normalized(channels: Sequence[int]) -> int:
    """How many of the channels are normalised: those of all layers but the last, which come first."""
    return sum(channels) - LAST_LAYER


def split(vector: Values) -> tuple[Values, Values, Values]:
    """Scale [..., C], shift [..., C] and gate [..., 3] of vectors [..., 2 C + 3]."""
    total = (vector.shape[-1] - COLORS) // 2
    return vector[..., :total], vector[..., total : 2 * total], vector[..., 2 * total :]


def by_layer(values: Values, channels: Sequence[int]) -> list[Values]:
    """The scales or shifts [..., C] of each layer."""
    return [values[..., start:end] for start, end in pairwise(accumulate(channels, initial=0))]


def last_layer(values: Values) -> Values:
    """The scales or shifts [..., `LAST_LAYER`] of the last layer, of those of all layers."""
    last: Values = values[..., -LAST_LAYER:]
    return last


def of_layers(vector: Values, channels: Sequence[int], places: Sequence[int]) -> Values:
    """The vectors [..., size] of a painter that has only the layers at `places` of one with these `channels`.

    A copy, unlike the others.
    """
    ends = list(accumulate(channels))
    index = [i for place in places for i in range(ends[place] - channels[place], ends[place])]
    total = ends[-1]
    gate = range(2 * total, 2 * total + COLORS)
    part: Values = vector[..., [*index, *(total + i for i in index), *gate]]
    return part


def identity(channels: Sequence[int]) -> NDArray[np.float32]:
    """The vector that leaves every photo as it is: the gate open, nothing painted over it."""
    vector = np.zeros(size(channels), np.float32)
    scale, _, gate = split(vector)
    scale[: normalized(channels)] = 1
    gate[:] = 1
    return vector
