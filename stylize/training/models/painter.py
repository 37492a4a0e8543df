"""The painter: a U-Net of plain convolutions in which a style is one scale and one shift per channel.

Layout, for a picture of height H and width W (multiples of 16), reflected outwards by `PAD` pixels:

    conv 6x6 / 2     3 -> 24                                     1/2 size
    conv 4x4 / 2    24 -> 64     (a)                             1/4
    conv 4x4 / 2    64 -> 96,    block (b)                       1/8
    conv 4x4 / 2    96 -> 128,   three blocks                    1/16
    bilinear enlargement, conv  128 -> 96,  + (b), block         1/8
    bilinear enlargement, conv   96 -> 64,  + (a), block         1/4
    conv            64 -> 64,    pixel shuffle                   1/2, 16 channels
    conv            16 -> 12,    pixel shuffle                   full size, 3 channels
    + gate x picture

The deep levels reach far, 197 px on each side, at little cost: they paint forms, where a network that stays at a
quarter of the size reaches 53 px and paints strokes of 8 to 14. A block is two 3x3 convolutions with a residual. 25,656
multiply-adds a pixel, 1.8 million weights, 3,659 numbers a style (docs/research/large_strokes.md).

Even kernels at the strided convolutions keep the grid of the output centred on the grid of the input. A pixel shuffle
at the deep levels prints lattices of 8 and 16 px, nearest enlargement leaves steps of 8 px along every stroke; bilinear
enlargement before a convolution costs the same and does neither. Down to the enlargement to a quarter, convolutions
see their input reflected at its border: by zeros there the painter knew where the border is, and painted a frame, and
by a border that is repeated it put its forms along it.

The gate (three numbers of the style) lets the photo through: with the last layer's scale and shift at zero and the
gate at one the network is exactly the identity, which is the style `photo`.

The convolutions see the picture with a grain of noise (`stylize.inference.input_noise`): in a flat area a network
without it has nothing to start a stroke from, and the only texture it can make is the same pixels over and over.

Training normalises each convolution's output per picture before scale and shift (conditional instance normalisation,
Dumoulin et al. 2017, https://arxiv.org/abs/1610.07629; Ulyanov et al. 2016). For painting, the mean and deviation
that the picture has in each layer are folded into scale and shift, and no normalisation is left.
U-Net after Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597, residual blocks after Johnson et al. 2016,
https://arxiv.org/abs/1603.08155; pixel shuffle after Shi et al. 2016, started as nearest enlargement (Aitken et al.
2017, https://arxiv.org/abs/1707.02937) against checkerboards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylize.inference import layers as described
from stylize.inference import style_vector
from stylize.inference.input_noise import grain
from stylize.inference.layers import PICTURE, Layer, residual_blocks
from stylize.inference.style_vector import LAST_LAYER, SUBPIXELS
from stylize.training.models.instance_norm import InstanceNorm, Normaliser

MULTIPLE = 16  # what the layers need sides of pictures to be a multiple of, pixels
PAD = 2 * MULTIPLE  # pixels of reflection around a picture


@dataclass(frozen=True)
class Shape:
    """The sizes that define a painter: its width at a half (`stem`), a quarter (`trunk`), an eighth and a sixteenth.

    `blocks` counts those at a sixteenth. `dropout` is a rate used in the blocks while training only. Without an eighth
    (0) there are no deep levels: that is the fine painter, which reaches 21 px at 9,528 multiply-adds a pixel.
    """

    stem: int = 24
    trunk: int = 64
    blocks: int = 3
    head: int = 16
    head_kernel: int = 3
    eighth: int = 96
    sixteenth: int = 128
    dropout: float = 0.0

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The convolutions, in order."""
        layers = [Layer(PICTURE, self.stem, 6, 2, 2), Layer(0, self.trunk, 4, 2)]
        if self.eighth:
            layers += [Layer(1, self.eighth, 4, 2), *residual_blocks(2, self.eighth)]
            layers += [Layer(4, self.sixteenth, 4, 2), *residual_blocks(5, self.sixteenth, self.blocks)]
            layers += _up(len(layers), self.eighth, 4)
        layers = [replace(layer, reflected=True) for layer in layers]
        if self.eighth:
            layers += _up(len(layers), self.trunk, 1)  # its block does not reach across the reflection
        else:
            layers += residual_blocks(1, self.trunk)
        place, kernel = len(layers), self.head_kernel
        half = Layer(place - 1, SUBPIXELS * self.head, shuffled=True)
        return (*layers, half, Layer(place, LAST_LAYER, kernel, padding=kernel // 2, rectified=False, shuffled=True))

    @property
    def channels(self) -> tuple[int, ...]:
        """Output channels of each convolution, in order."""
        return tuple(layer.channels for layer in self.layers)

    @property
    def style_size(self) -> int:
        """Floats in a style vector."""
        return style_vector.size(self.channels)

    def as_dict(self) -> dict[str, Any]:
        """The fields as a dictionary, for checkpoints."""
        return asdict(self)


def _up(place: int, width: int, skip: int) -> list[Layer]:
    """To twice the size, after `place` other layers: the output of `skip` is added, and a block follows."""
    return [Layer(place - 1, width, added=skip, enlarged=True, reflected=True), *residual_blocks(place, width)]


class Painter(nn.Module):
    """The shared convolutions. Knows no style: every call is given the layers' normalisation and the gate."""

    pad = PAD
    memory = (71, 29)  # bytes that painting takes for a pixel at most, in float32 and in int8: measured

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        self.layers = nn.ModuleList(
            nn.Conv2d(
                given,
                layer.channels,
                layer.kernel,
                layer.stride,
                layer.padding,
                bias=False,
                padding_mode="reflect" if layer.reflected else "zeros",
            )
            for given, layer in zip(described.inputs(shape.layers), shape.layers, strict=True)
        )
        self.reset()

    @property
    def convolutions(self) -> list[nn.Conv2d]:
        """The convolutions in order."""
        return cast(list[nn.Conv2d], list(self.layers))

    def reset(self) -> None:
        """Draw new weights."""
        for layer in self.convolutions:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        for layer, about in zip(self.convolutions, self.shape.layers, strict=True):
            if about.shuffled:  # all four sub-pixels start equal
                with torch.no_grad():
                    layer.weight.copy_(layer.weight[::SUBPIXELS].repeat_interleave(SUBPIXELS, 0))
        with torch.no_grad():
            self.convolutions[-1].weight.mul_(0.2)

    def forward(self, pixels: Tensor, grained: Tensor, normalise: Normaliser, gate: Tensor, pad: int = PAD) -> Tensor:
        """Paint `pixels` [N, 3, H, W] in 0..1, sides of `pad` or more; `gate` is [N or 1, 3, 1, 1].

        `grained` is the same picture with noise: what the convolutions see, while the gate lets `pixels` through.
        Sides that are no multiples of what the layers need are reflected on. Returns [N, 3, H, W], not limited to 0..1.
        """
        height, width = pixels.shape[2:]
        multiple = described.multiple(self.shape.layers)
        around = (pad, pad + -(width + 2 * pad) % multiple, pad, pad + -(height + 2 * pad) % multiple)
        pixels, grained = F.pad(pixels, around, mode="reflect"), F.pad(grained, around, mode="reflect")
        return self.paint_padded(pixels, grained, normalise, gate, pad)[:, :, :height, :width]

    def paint_padded(self, padded: Tensor, grained: Tensor, normalise: Normaliser, gate: Tensor, pad: int) -> Tensor:
        """`forward` for pictures that already carry `pad` pixels on every side: [N, 3, H + 2 pad, W + 2 pad].

        H + 2 pad and W + 2 pad are multiples of what the layers need.
        """
        edge = pad - described.shrink(self.shape.layers)
        painted = self.convolved(grained, normalise)[:, :, edge:-edge, edge:-edge]
        return painted.float() + gate * padded[:, :, pad:-pad, pad:-pad]

    def convolved(self, grained: Tensor, normalise: Normaliser) -> Tensor:
        """What the last layer makes of `grained` [N, 3, H, W]: as large, but for what layers without padding lose."""
        layers, values = self.shape.layers, [grained]  # the picture, then each layer's output
        for index, (layer, convolution) in enumerate(zip(layers, self.convolutions, strict=True)):
            x = values[layer.source + 1]
            if layer.enlarged:
                x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = normalise(index, convolution(x))
            if layer.added is not None:
                x = x + values[layer.added + 1]
            if layer.rectified:
                x = F.relu(x)
            if self.shape.dropout and layers[min(index + 1, len(layers) - 1)].added == layer.source:  # in a block
                x = F.dropout2d(x, self.shape.dropout, self.training)
            values.append(F.pixel_shuffle(x, 2) if layer.shuffled else x)
        return values[-1]


def fine_painter(painter: Painter) -> Painter:
    """A painter of the layers outside the deep levels of another, with its weights there: what to train one from."""
    fine = Painter(replace(painter.shape, eighth=0))
    with torch.no_grad():
        for layer, place in zip(fine.convolutions, described.shallow(painter.shape.layers), strict=True):
            layer.weight.copy_(painter.convolutions[place].weight)
    return fine


def identity_vector(shape: Shape) -> Tensor:
    """A style vector [style_size] that leaves the photo as it is, and a good place to start a style from."""
    return torch.from_numpy(style_vector.identity(shape.channels))


def paint(painter: Painter, pixels: Tensor, vectors: Tensor, grained: Tensor | None = None, pad: int = PAD) -> Tensor:
    """Paint `pixels` [N, 3, H, W] in 0..1 with `vectors` [N or 1, style_size], exact instance normalisation.

    `grained` is the picture with noise; by default the fixed grain of painting is added. `pad` pixels of reflection
    surround the picture. The result [N, 3, H, W] is not limited to 0..1; `limited` is.
    """
    if grained is None:
        noise = torch.from_numpy(grain(range(pixels.shape[2]), range(pixels.shape[3]))).to(pixels.device)
        grained = (pixels + noise.permute(2, 0, 1).float() / 255).clamp(0, 1)
    style = InstanceNorm(painter.shape.channels, vectors)
    return painter(pixels, grained, style, style.gate, pad)


class _Limited(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        context.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        (x,) = context.saved_tensors
        outwards = (x < 0) & (gradient > 0) | (x > 1) & (gradient < 0)
        return gradient.masked_fill(outwards, 0)


def limited(painted: Tensor) -> Tensor:
    """`painted` limited to 0..1, as a saved picture is: what every loss must see.

    A value beyond the limits still learns to come back, and never to go further (projected gradient). Trained on what
    it had before the limits, the painter drew a style's contrast with colours that no picture can hold.
    """
    result: Tensor = _Limited.apply(painted)
    return result
