"""What follows each convolution of the painter: scale and shift of a style, with or without instance normalisation.

Conditional instance normalisation (Dumoulin et al. 2017, https://arxiv.org/abs/1610.07629; Ulyanov et al. 2016,
https://arxiv.org/abs/1607.08022): each picture's channels have mean 0 and deviation 1 before a style scales them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from stylize.inference import style_vector

EPSILON = 1e-5  # added to a channel's variance before the square root

# Given a layer's index and its convolution's output, returns what the next layer sees.
Normaliser = Callable[[int, Tensor], Tensor]


class Affine:
    """Per-channel scale and shift of one style for each picture of a batch: the end of every normaliser.

    `channels` are those of the layers; `vectors` is [N, style_size] (or [1, style_size] for all pictures alike).
    """

    def __init__(self, channels: Sequence[int], vectors: Tensor) -> None:
        scale, shift, gate = style_vector.split(vectors)
        self.scale = [s[:, :, None, None] for s in style_vector.by_layer(scale, channels)]
        self.shift = [s[:, :, None, None] for s in style_vector.by_layer(shift, channels)]
        self.gate = gate[:, :, None, None]
        self.last = len(channels) - 1


class NormaliseChannels(torch.autograd.Function):
    """scale x (x - mean) / deviation + shift for each picture and channel of x [N, C, H, W], whatever its precision.

    What torch derives by itself from `var_mean` takes five times as long on a CPU, most of it in copies to float32.
    """

    @staticmethod
    def forward(context: Any, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """`x` [N, C, H, W] normalised, scaled and shifted; `scale` and `shift` are [N or 1, C, 1, 1]."""
        mean = _mean(x)
        apart = x - mean.to(x.dtype)  # so that squares of half precision lose nothing
        rest = _mean(apart)
        inverse = (_mean(apart * apart) - rest.square() + EPSILON).rsqrt()
        factor = scale * inverse
        context.save_for_backward(apart, rest, inverse, scale)
        context.batch = scale.shape[0]
        return torch.addcmul((shift - rest * factor).to(x.dtype), apart, factor.to(x.dtype))

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of `x`, `scale` and `shift`."""
        apart, rest, inverse, scale = context.saved_tensors
        level = _mean(gradient)
        along = (_mean(gradient * apart) - level * rest) * inverse  # with the normalised picture
        factor = scale * inverse
        tilt = factor * along * inverse
        x = torch.addcmul((tilt * rest - factor * level).to(gradient.dtype), gradient, factor.to(gradient.dtype))
        x = torch.addcmul(x, apart, -tilt.to(gradient.dtype))
        count = gradient[0, 0].numel()
        if context.batch < len(x):  # one scale and shift for all pictures
            along, level = along.sum(0, keepdim=True), level.sum(0, keepdim=True)
        return x, along * count, level * count


def _mean(x: Tensor) -> Tensor:
    """The mean of each channel of each picture, [N, C, 1, 1], in float32."""
    return x.sum((2, 3), keepdim=True, dtype=torch.float32) / x[0, 0].numel()


class InstanceNorm(Affine):
    """Conditional instance normalisation: what training runs. The last layer is scaled and shifted only."""

    def __call__(self, index: int, x: Tensor) -> Tensor:
        """Normalise each picture of `x` [N, C, H, W] by itself."""
        scale, shift = self.scale[index], self.shift[index]
        if index < self.last:
            normed: Tensor = NormaliseChannels.apply(x, scale, shift)
            return normed
        return torch.addcmul(shift.to(x.dtype), x, scale.to(x.dtype))


class Folded(Affine):
    """Scale and shift alone: what the folded network runs, with statistics already inside the vectors."""

    def __call__(self, index: int, x: Tensor) -> Tensor:
        """Scale and shift the channels of `x` [N, C, H, W]."""
        return x * self.scale[index] + self.shift[index]


class Measuring(Affine):
    """Instance normalisation over all crops of one picture together, keeping each layer's mean and variance."""

    def __init__(self, channels: Sequence[int], vectors: Tensor) -> None:
        super().__init__(channels, vectors)
        self.means: list[Tensor] = []
        self.variances: list[Tensor] = []

    def __call__(self, index: int, x: Tensor) -> Tensor:
        """Normalise all crops of `x` [N, C, H, W] together."""
        scale, shift = self.scale[index], self.shift[index]
        if index < self.last:
            variance, mean = torch.var_mean(x.float(), (0, 2, 3), keepdim=True, correction=0)
            self.means.append(mean.flatten())
            self.variances.append(variance.flatten())
            scale = scale * (variance + EPSILON).rsqrt()
            shift = shift - mean * scale
        return x * scale + shift
