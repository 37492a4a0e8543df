"""What a painting must not have, as charges beside the perceptual losses: a grid, hatching in even areas, clouds of
light or colour that the photo does not explain, a border that stands out. Everything that learns to paint is charged
for them; what is measured against the literature (optimisation, evaluation) is not.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.imaging.comparison import LUMA
from stylize.training.losses.perceptual import reduced

GRID_WEIGHT = 1500.0
WINDOW = 64  # pixels, see `grid`
TONE_WEIGHT = 60.0
TONE_SIDE = 32  # pixels over which light and colour are averaged, see `tone` and `hue`
HUE_WEIGHT = 10.0
EDGE_WEIGHT = 40.0
HATCH_WEIGHT = 4.0
HATCH_SCALES = (1, 2, 4)  # how many times smaller a picture is seen by `hatching`
EDGE = 8  # pixels: how wide a border `edge` looks at
EVEN = 0.03  # deviation of a photo's light in a window of `WINDOW` pixels up to which it counts as even
AXES = ((0.577, 0.577, 0.577), (0.707, 0.0, -0.707), (0.408, -0.816, 0.408))  # light; red to blue; green to both
AXIS_WEIGHTS = (0.15, 1.0, 1.0)  # paintings may have strokes of one direction, not of alternating colours
CYCLES = (4, 14)  # in a window: lines 16 to 4.6 pixels apart


def artifacts(painted: Tensor, photos: Tensor) -> Tensor:
    """The weighted sum of all charges, per picture [N]; both are [N, 3, H, W], sides multiples of 4 and 32 or more."""
    painted = painted.float()
    return (
        GRID_WEIGHT * grid(painted)
        + TONE_WEIGHT * tone(painted, photos)
        + HUE_WEIGHT * hue(painted, photos)
        + EDGE_WEIGHT * edge(painted, photos)
        + HATCH_WEIGHT * sum(hatching(reduced(painted, s), reduced(photos, s)) for s in HATCH_SCALES)
    )


def grid(painted: Tensor) -> Tensor:
    """How much of the same 4x4 pattern repeats in `painted` [N, 3, H, W], per picture [N]; H and W multiples of 4.

    In windows of `WINDOW` pixels, the mean square of what is left of each of the sixteen places of the painter's
    stride after subtracting the surroundings and averaging over the window: strokes average out, a grid does not.
    """
    detail = painted[..., 2:-2, 2:-2] - F.avg_pool2d(painted, 4, 1)[..., :-1, :-1]
    height, width = detail.shape[2:]
    phases = F.pixel_unshuffle(detail[..., : height - height % 4, : width - width % 4], 4)
    return F.avg_pool2d(phases, WINDOW // 4, ceil_mode=True).square().mean((1, 2, 3))


def hatching(painted: Tensor, photos: Tensor) -> Tensor:
    """Parallel lines in even areas that nothing asks for, per picture [N]; both are [N, 3, H, W].

    The painter's layers can ring: from the grain alone they draw lines of one direction and distance over whole walls
    and skies, in all styles alike. Where the photo is even, the power spectrum of a window is compared with its mean: a
    random texture of the same strength has 2 of it where the power lies, lines have 10 to 30. Counted is what is
    beyond 2. Pictures smaller than a window cost nothing.
    """
    painted, photos = painted.float(), photos.float()
    if min(painted.shape[2:]) < WINDOW:
        return painted.new_zeros(len(painted))
    side = WINDOW
    band, hann, axes, axis_weights = _spectral_constants(painted.device)
    parts = torch.einsum("nchw,ac->nahw", painted, axes)
    windows, light = (x.unfold(2, side, side // 2).unfold(3, side, side // 2) for x in (parts, photos.mean(1, True)))
    even = (-light.var((-1, -2)) / EVEN**2).exp()
    spectrum = torch.fft.rfft2((windows - windows.mean((-1, -2), keepdim=True)) * hann)
    power = (spectrum.real.square() + spectrum.imag.square()).flatten(-2)[..., band]
    lines = power.square().sum(-1) / (power.sum(-1) + 1e-9) - 2 * power.mean(-1)
    return ((lines.relu() * even).mean((2, 3)) * axis_weights).sum(1)


@lru_cache
def _spectral_constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `hatching` needs on a device, made once: a copy to a GPU makes it wait.

    The places in a window's flat spectrum that count, the window's weights, the axes of colour and their weights.
    """
    side = WINDOW
    down, across = torch.fft.fftfreq(side, 1 / side)[:, None], torch.fft.rfftfreq(side, 1 / side)
    radius = (down.square() + across.square()).sqrt()
    band = (radius >= CYCLES[0]) & (radius <= CYCLES[1]) & ((across > 0) | (down > 0))  # of a pair that mirrors, one
    hann = torch.hann_window(side)
    hann = hann[:, None] * hann
    hann = hann / hann.square().sum().sqrt()
    band = band.flatten().nonzero()[:, 0]
    axes, axis_weights = torch.tensor(AXES), torch.tensor(AXIS_WEIGHTS)
    return band.to(device), hann.to(device), axes.to(device), axis_weights.to(device)


def tone(painted: Tensor, photos: Tensor) -> Tensor:
    """How far the light of `painted` strays from the photo's, per picture [N]; both are [N, 3, H, W].

    The variance of the painting's luminance, averaged over `TONE_SIDE` pixels, that no rising line through the photo's
    luminance explains: a brighter or starker painting costs nothing; a bright blotch in an even sky does.
    """
    got, wanted = (_at_large(p)[:, 0] for p in (painted, photos))
    slope = ((got * wanted).mean(1) / (wanted.square().mean(1) + 1e-4)).clamp_min(0)
    return (got - slope[:, None] * wanted).square().mean(1)


def hue(painted: Tensor, photos: Tensor) -> Tensor:
    """How far the colours of `painted` stray at large from the photo's, per picture [N]; both are [N, 3, H, W].

    The variance of red and blue against luminance, averaged over `TONE_SIDE` pixels, that no linear map of the photo's
    luminance, its square, red and blue explains: what is one colour in the photo may become any colour, and strokes of
    all, but not a green cloud here and an orange one there.
    """
    got, wanted = _at_large(painted)[:, 1:], _at_large(photos)
    square = wanted[:, :1].square()
    known = torch.cat([wanted, square - square.mean(2, keepdim=True)], 1)
    ridge = 1e-4 * known.shape[2] * torch.eye(4, device=known.device)
    linear = torch.linalg.solve_ex(known @ known.mT + ridge, known @ got.mT).result  # regular by the ridge
    return (got - linear.mT @ known).square().mean(2).sum(1)


def edge(painted: Tensor, photos: Tensor) -> Tensor:
    """How far the border of `painted` stands out from what lies beside it, per picture [N]; both are [N, 3, H, W].

    Along each side the colours of the outermost `EDGE` pixels and of twice as many beside them are averaged over
    `TONE_SIDE` pixels. Counted is the mean square of their difference beyond twice the photo's own. Without it the
    network, which knows where the border is by the zeros around it, keeps colours there that are charged for elsewhere.
    """
    excess = []
    for p, q in ((painted, photos), (painted.mT, photos.mT)):
        for x, y in ((p, q), (p.flip(2), q.flip(2))):
            got, wanted = (
                F.avg_pool1d(z[:, :, :EDGE].mean(2) - z[:, :, EDGE : 3 * EDGE].mean(2), TONE_SIDE, TONE_SIDE // 2)
                for z in (x, y)
            )
            excess.append((got.abs() - 2 * wanted.abs()).relu().square().mean((1, 2)))
    return torch.stack(excess).mean(0)


def _at_large(pixels: Tensor) -> Tensor:
    """Luminance, red - luminance and blue - luminance of [N, 3, H, W] over `TONE_SIDE` pixels: [N, 3, P], mean 0.

    Pictures are reflected outwards by half of that, as the painter sees them: windows overlap by half, so the border
    would be in half as many as the rest, and forms that are charged for elsewhere would be laid along it.
    """
    half = TONE_SIDE // 2
    halves = F.avg_pool2d(F.pad(pixels.float(), (half,) * 4, mode="reflect"), half)
    means = F.avg_pool2d(halves, 2, 1)
    light = LUMA[0] * means[:, :1] + LUMA[1] * means[:, 1:2] + LUMA[2] * means[:, 2:]
    parts = torch.cat([light, means[:, :1] - light, means[:, 2:] - light], 1).flatten(2)
    return parts - parts.mean(2, keepdim=True)
