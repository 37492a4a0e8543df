"""The layers of a painter: what each convolution sees, and what follows it.

Training, the ONNX graphs and painting in whole numbers are all made from this description; the networks carry it in
their metadata. After a convolution come, in this order: normalisation (or scale and shift alone), the sum with another
layer's output, ReLU, a pixel shuffle.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from stylize.inference.style_vector import SUBPIXELS

PICTURE = -1  # the source that is no layer: the picture, three channels


@dataclass(frozen=True)
class Layer:
    """One convolution. `source` and `added` are places in the list of layers, or `PICTURE`."""

    source: int  # whose output it sees
    channels: int  # of the convolution; a pixel shuffle makes a fourth of them, at twice the size
    kernel: int = 3
    stride: int = 1
    padding: int = 1  # on every side
    reflected: bool = False  # the padding reflects; zeros tell a deep layer where the border is, and it paints a frame
    added: int | None = None  # whose output is added to its own
    rectified: bool = True  # a ReLU follows
    enlarged: bool = False  # what it sees is enlarged to twice the size before (bilinear)
    shuffled: bool = False  # a pixel shuffle follows

    @property
    def outputs(self) -> int:
        """Channels of what the next layer sees."""
        return self.channels // SUBPIXELS if self.shuffled else self.channels


def residual_blocks(source: int, channels: int, count: int = 1) -> list[Layer]:
    """`count` blocks of two convolutions with a residual; the layers that follow `source`, the last one rectified."""
    layers = []
    for block in range(count):
        inner = source + 1
        layers += [Layer(source, channels), Layer(inner, channels, added=source, rectified=block == count - 1)]
        source = inner + 1
    return layers


def inputs(layers: Sequence[Layer]) -> list[int]:
    """The channels that each convolution sees."""
    return [3 if layer.source == PICTURE else layers[layer.source].outputs for layer in layers]


@dataclass(frozen=True)
class _Field:
    """Of which pixels an output is made: its place k of those from `first` + k x `step` to `last` + k x `step`."""

    step: int
    first: int
    last: int
    lost: float  # pixels that have no output, on each side


def _fields(layers: Sequence[Layer]) -> list[tuple[int, _Field]]:
    """Of each layer, pixels from one place of its convolution to the next, and the field of its output."""
    fields: list[tuple[int, _Field]] = []
    for layer in layers:
        seen = _Field(1, 0, 0, 0) if layer.source == PICTURE else fields[layer.source][1]
        step, first, last, lost = seen.step, seen.first, seen.last, seen.lost
        if layer.enlarged:
            first, last, step = first - step, last + step // 2, step // 2  # each place is of two
        first -= layer.padding * step
        last += (layer.kernel - 1 - layer.padding) * step
        lost += (layer.kernel - layer.stride - 2 * layer.padding) / 2 * step
        step *= layer.stride
        place = step
        if layer.added is not None:
            other = fields[layer.added][1]
            first, last = min(first, other.first), max(last, other.last)
        if layer.shuffled:
            step, first = step // 2, first - step // 2
        fields.append((place, _Field(step, first, last, lost)))
    return fields


def steps(layers: Sequence[Layer]) -> list[int]:
    """How many pixels of the picture lie from one place of each convolution's output to the next."""
    return [step for step, _ in _fields(layers)]


def multiple(layers: Sequence[Layer]) -> int:
    """Sides of what is painted, with its reflection, are multiples of this."""
    return max(steps(layers))


def shrink(layers: Sequence[Layer]) -> int:
    """Pixels that are lost on each side to layers without padding."""
    return round(_fields(layers)[-1][1].lost)


def reach(layers: Sequence[Layer]) -> int:
    """How far from a painted pixel those lie of which it is made, pixels, in one direction at most."""
    field, lost = _fields(layers)[-1][1], shrink(layers)
    return max(lost - field.first, field.last - lost)


def multiply_adds(layers: Sequence[Layer]) -> float:
    """Products of a painted pixel."""
    return sum(
        given * layer.channels * layer.kernel**2 / step**2
        for given, layer, step in zip(inputs(layers), layers, steps(layers), strict=True)
    )


def shallow(layers: Sequence[Layer]) -> list[int]:
    """The places of the layers outside the deep levels: what precedes them, and what follows the last enlargement.

    Deep is what is smaller than that enlargement's output. Where nothing is enlarged, nothing is deep.
    """
    last = max((place for place, layer in enumerate(layers) if layer.enlarged), default=-1)
    sizes = steps(layers)
    return [place for place in range(len(layers)) if place > last or max(sizes[: place + 1]) <= sizes[last]]


def dumps(layers: Sequence[Layer]) -> str:
    """The layers as the metadata of a network hold them."""
    return json.dumps([asdict(layer) for layer in layers])


def loads(text: str) -> tuple[Layer, ...]:
    """The layers that `dumps` wrote. Raises ValueError or TypeError if it did not."""
    found = tuple(Layer(**layer) for layer in json.loads(text))
    if not found:
        raise ValueError("there are no layers")
    return found
