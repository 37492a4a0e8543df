"""The next painter, in training: a U-Net, whose deep levels reach far at little cost.

The shipped painter (`painter.py`) reaches 57 px and paints strokes of 8 to 14 px. This one reaches about 200 px on each
side. Layout, for a picture of height H and width W (multiples of 16), reflected outwards by `PAD` pixels:

    conv 6x6 / 2     3 -> 24                                     1/2 size
    conv 4x4 / 2    24 -> 64     (a)                             1/4
    conv 4x4 / 2    64 -> 96,    block (b)                       1/8
    conv 4x4 / 2    96 -> 128,   three blocks                    1/16
    nearest enlargement, conv   128 -> 96,  + (b), block         1/8
    nearest enlargement, conv    96 -> 64,  + (a), block         1/4
    conv            64 -> 64,    pixel shuffle                   1/2, 16 channels
    conv            16 -> 12,    pixel shuffle                   full size, 3 channels
    + gate x picture

A block is two 3x3 convolutions with a residual. A pixel shuffle at the deep levels prints lattices of 8 and 16 px;
nearest enlargement before a convolution costs the same and prints none (docs/research/large_strokes.md). 25,656
multiply-adds a pixel (the shipped painter has 31,000), 1.8 million weights, 3,659 numbers a style. U-Net after
Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from stylize.inference.style_vector import LAST_LAYER, SUBPIXELS
from stylize.training.models.instance_norm import Normaliser
from stylize.training.models.painter import Painter, Shape

MULTIPLE = 16  # sides of what is painted are multiples of this
PAD = 32  # pixels of reflection around a picture, a multiple of 16

_STRIDED = {0: (6, 2), 1: (4, 1), 2: (4, 1), 5: (4, 1)}  # layers of stride 2: kernel, padding


@dataclass(frozen=True)
class UNetShape(Shape):
    """The sizes that define the network: `trunk` is the width at a quarter, `blocks` counts those at a sixteenth."""

    stem: int = 24
    trunk: int = 64
    blocks: int = 3
    head: int = 16
    eighth: int = 96
    sixteenth: int = 128

    @property
    def channels(self) -> tuple[int, ...]:
        """Output channels of each convolution, in order."""
        quarter, eighth, deep = [self.trunk], [self.eighth], [self.sixteenth]
        down = (self.stem, *quarter, *eighth * 3, *deep * (1 + 2 * self.blocks))
        return (*down, *eighth * 3, *quarter * 3, SUBPIXELS * self.head, LAST_LAYER)


class UNetPainter(Painter):
    """The shared convolutions; called as `Painter`."""

    pad = PAD

    def __init__(self, shape: UNetShape = UNetShape()) -> None:
        super().__init__(shape)

    def new_layers(self, shape: Shape) -> list[nn.Conv2d]:
        """The convolutions in order, with any weights."""
        inputs = [3, *shape.channels[:-2], shape.head]
        layers = []
        for index, (given, channels) in enumerate(zip(inputs, shape.channels, strict=True)):
            kernel, padding = _STRIDED.get(index, (3, 1))
            stride = 2 if index in _STRIDED else 1
            layers.append(nn.Conv2d(given, channels, kernel, stride, padding, bias=False))
        return layers

    def forward(self, pixels: Tensor, grained: Tensor, normalise: Normaliser, gate: Tensor, pad: int = PAD) -> Tensor:
        """As `Painter.forward`, for sides of any length: they are reflected on to multiples of `MULTIPLE`."""
        height, width = pixels.shape[2:]
        around = (pad, pad + -width % MULTIPLE, pad, pad + -height % MULTIPLE)
        pixels, grained = F.pad(pixels, around, mode="reflect"), F.pad(grained, around, mode="reflect")
        return self.paint_padded(pixels, grained, normalise, gate, pad)[:, :, :height, :width]

    def paint_padded(self, padded: Tensor, grained: Tensor, normalise: Normaliser, gate: Tensor, pad: int) -> Tensor:
        """As `Painter.paint_padded`; sides, `pad` included, are multiples of `MULTIPLE`."""
        layers = iter(enumerate(self.convolutions))

        def layer(x: Tensor) -> Tensor:
            index, convolution = next(layers)
            return normalise(index, convolution(x))

        def block(x: Tensor) -> Tensor:
            return x + layer(F.relu(layer(x)))

        quarter = F.relu(layer(F.relu(layer(grained))))
        eighth = F.relu(block(F.relu(layer(quarter))))
        x = F.relu(layer(eighth))
        for _ in range(self.shape.blocks):
            x = block(x)
        x = F.relu(eighth + layer(F.interpolate(F.relu(x), scale_factor=2.0)))
        x = F.relu(quarter + layer(F.interpolate(F.relu(block(x)), scale_factor=2.0)))
        x = F.pixel_shuffle(F.relu(layer(F.relu(block(x)))), 2)
        x = F.pixel_shuffle(layer(x), 2)
        return x[:, :, pad:-pad, pad:-pad].float() + gate * padded[:, :, pad:-pad, pad:-pad]
