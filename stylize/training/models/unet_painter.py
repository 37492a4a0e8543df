"""The next painter, in training: a U-Net, whose deep levels reach far at little cost.

The shipped painter (`painter.py`) reaches 53 px and paints strokes of 8 to 14 px. This one reaches 185 px on each side.
Layout, for a picture of height H and width W (multiples of 16), reflected outwards by `PAD` pixels:

    conv 6x6 / 2     3 -> 24                                     1/2 size
    conv 4x4 / 2    24 -> 64     (a)                             1/4
    conv 4x4 / 2    64 -> 96,    block (b)                       1/8
    conv 4x4 / 2    96 -> 128,   three blocks                    1/16
    nearest enlargement, conv   128 -> 96,  + (b), block         1/8
    nearest enlargement, conv    96 -> 64,  + (a), block         1/4
    conv            64 -> 64,    pixel shuffle                   1/2, 16 channels
    conv            16 -> 12,    pixel shuffle                   full size, 3 channels
    + gate x picture

Down to the block at an eighth on the way up, convolutions repeat the border of what they see. Zeros there reached far
into the picture by the deep levels, and the painter learnt to paint a frame.

A block is two 3x3 convolutions with a residual. A pixel shuffle at the deep levels prints lattices of 8 and 16 px;
nearest enlargement before a convolution costs the same and prints none (docs/research/large_strokes.md). 25,656
multiply-adds a pixel (the shipped painter has 31,000), 1.8 million weights, 3,659 numbers a style. U-Net after
Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stylize.inference.layers import PICTURE, Layer, residual_blocks
from stylize.training.models.painter import Painter, Shape

PAD = 32  # pixels of reflection around a picture, a multiple of 16


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
    def layers(self) -> tuple[Layer, ...]:
        """The convolutions, in order."""
        layers = [Layer(PICTURE, self.stem, 6, 2, 2), Layer(0, self.trunk, 4, 2), Layer(1, self.eighth, 4, 2)]
        layers += residual_blocks(2, self.eighth)
        layers += [Layer(4, self.sixteenth, 4, 2), *residual_blocks(5, self.sixteenth, self.blocks)]
        layers += self._up(len(layers), self.eighth, 4)
        layers = [
            replace(layer, repeated=True) for layer in layers
        ]  # what follows does not reach across the reflection
        layers += self._up(len(layers), self.trunk, 1)
        return (*layers, *self.last_layers(len(layers)))

    def _up(self, place: int, width: int, skip: int) -> list[Layer]:
        """To twice the size, after `place` other layers: the output of `skip` is added, and a block follows."""
        return [Layer(place - 1, width, added=skip, enlarged=True), *residual_blocks(place, width)]


class UNetPainter(Painter):
    """The shared convolutions; called as `Painter`."""

    pad = PAD
    memory = (71, 29)
    scales = (1, 2, 4)
    scale_weights = (0.28,)  # times the style weight of one scale: 1.7 for each, as in training

    def __init__(self, shape: UNetShape = UNetShape()) -> None:
        super().__init__(shape)
