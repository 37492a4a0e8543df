"""How large the strokes of a painting are, and how far the pictures of different styles lie apart.

Losses tell neither: Gram matrices at one size are blind beyond a few dozen pixels, and sixteen pictures of one photo
can each be near its painting in colour while all have the same texture. Pictures are tensors [3, H, W] in 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median

import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.imaging.comparison import LUMA
from stylize.training.losses.perceptual import gram
from stylize.training.models.loss_network import LossNetwork

WINDOW = 256  # pixels: side of the windows in which strokes are looked for
LONGEST = 128  # pixels: longer waves are light and colour, not strokes
SCALES = (1, 2, 4)  # how many times smaller pictures are compared
_CONTRAST = 0.2  # deviation to which luminance is brought before textures are compared


def stroke_length(painted: Tensor, photo: Tensor) -> float:
    """The wavelength, pixels, of what a painting adds to its photo: the mean of its logarithm, weighted by energy.

    What any quadratic map of the photo's colours gives at the same place is light and colour and is taken away first.
    The rest's luminance is seen through Hann windows of `WINDOW` pixels that overlap by half, its power spectrum
    between 2 and `LONGEST` pixels. A picture smaller than a window is one window. NaN when nothing is added.
    """
    rest = _unexplained(painted.float(), photo.float())
    side = min(WINDOW, *rest.shape)
    windows = rest.unfold(0, side, max(1, side // 2)).unfold(1, side, max(1, side // 2))
    hann = torch.hann_window(side, device=rest.device)
    power = torch.fft.rfft2((windows - windows.mean((-1, -2), keepdim=True)) * (hann[:, None] * hann)).abs().square()
    power = power.sum((0, 1))
    power[:, 1:-1] *= 2  # the mirrored half
    down = torch.fft.fftfreq(side, device=rest.device)[:, None]
    frequency = (down.square() + torch.fft.rfftfreq(side, device=rest.device).square()).sqrt()
    band = (frequency >= 1 / LONGEST) & (frequency <= 0.5)
    power, wavelength = power[band], 1 / frequency[band]
    if power.sum() <= 1e-12:
        return float("nan")
    return float((wavelength.log() * power).sum().div(power.sum()).exp())


def _unexplained(painted: Tensor, photo: Tensor) -> Tensor:
    """Luminance [H, W] of what the photo's colours at the same place do not explain, by least squares."""
    luma = torch.tensor(LUMA, device=painted.device)
    height, width = painted.shape[1:]
    r, g, b = photo.flatten(1)
    known = torch.stack([torch.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, g * b, b * r])
    wanted = (painted * luma[:, None, None]).sum(0).flatten()
    square = known @ known.T + 1e-4 * known.shape[1] * torch.eye(len(known), device=known.device)
    weights = torch.linalg.solve(square, known @ wanted)
    return (wanted - weights @ known).view(height, width)


@torch.no_grad()
def textures(network: LossNetwork, picture: Tensor) -> list[Tensor]:
    """Gram matrices of a picture's luminance, of one mean and deviation for all, by layer at each of `SCALES`."""
    luma = (picture.float() * torch.tensor(LUMA, device=picture.device)[:, None, None]).sum(0)
    grey = (0.5 + (luma - luma.mean()) * (_CONTRAST / luma.std().clamp_min(1e-4))).clamp(0, 1)
    pixels = grey.expand(1, 3, *grey.shape)
    found: list[Tensor] = []
    for scale in SCALES:
        features = network(F.avg_pool2d(pixels, scale).to(next(network.parameters()).device))
        found += [gram(features[i])[0] for i in network.style]
    return found


def texture_distance(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Squared distance of Gram matrices over the product of their norms, mean over layers and scales."""
    terms = [(a - b).square().sum() / (a.norm() * b.norm()) for a, b in zip(first, second, strict=True)]
    return float(torch.stack(terms).mean())


def distinctness(painted: Sequence[Sequence[Tensor]], paintings: Sequence[Sequence[Tensor]]) -> float:
    """How far apart the pictures of one photo lie in texture, the paintings themselves being 1; the same are 0.

    Both are lists of `textures`, style by style. The median, over pairs of styles, of the distance of the two pictures
    over that of the two paintings.
    """
    pairs = combinations(range(len(paintings)), 2)
    return median(
        texture_distance(painted[i], painted[j]) / texture_distance(paintings[i], paintings[j]) for i, j in pairs
    )
