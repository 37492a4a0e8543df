"""What an evaluation counts in a painted picture, beside its losses. Pictures are tensors [3, H, W] in 0..1.

Every measure sees the saved picture only (8 bits), so that any pipeline, ours or another's, can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from skimage.measure import label
from torch import Tensor
from torch.nn import functional as F

from stylize.imaging import comparison
from stylize.imaging.comparison import LUMA
from stylize.training.data.images import to_tensor
from stylize.training.evaluation.reference import Objective
from stylize.training.evaluation.texture_metrics import stroke_length
from stylize.training.losses.artifacts import hatching
from stylize.training.losses.perceptual import perceptual_losses, style_by_layer

EXACT, SHIPPED, OPTIMISED = "exact", "shipped", "optimised"  # what may have painted a picture
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PERIODS = (2, 4, 8)  # pixels: the sub-pixels of the shuffles, the trunk's stride, the loss network's pools
NEAR, FAR = 4, 12  # neighbours of a grid frequency: this many bins of the spectrum away from it
INWARD = 3  # pixels from the border to the line that it is compared with
BLOCK = 4  # pixels; blotches are looked for in means over blocks of this side
PALETTE_DISTANCE = 0.15  # RGB distance from which a colour is none of the painting's
PHOTO_DISTANCE = 0.30  # RGB distance from which a colour is not the photo's at that place
BLOTCH = 6  # blocks that must touch to be a blotch

_QUANTISATION = 1 / 12 / 255**2  # variance of rounding to 8 bits: a weaker grid than that is invisible


@dataclass(frozen=True)
class Row:
    """What was measured of one picture. Grids are decibels above the photo's; `strengths` are style losses.

    `hatching` is a thousand times that of `artifacts`, `strokes` a length in pixels.
    """

    pipeline: str
    style: str
    photo: str
    total: float
    style_loss: float
    content: float
    tv: float
    iterations: float
    ssim: float
    grid_2: float
    grid_4: float
    grid_8: float
    hatching: float
    strokes: float
    border: float
    saturated: float
    blotches: int
    ssim_at_0: float = math.nan
    strengths: tuple[float, ...] = ()
    judged: tuple[float, ...] = ()  # the total loss by each other loss network
    layers: tuple[float, ...] = ()  # the style loss's terms: scale by scale, shallow to deep

    @property
    def monotone(self) -> bool:
        """Whether more strength never means a larger style loss."""
        return all(b <= a for a, b in zip(self.strengths, self.strengths[1:], strict=False))


def measure(
    names: tuple[str, str, str],
    images: Sequence[Image.Image],
    photo: Image.Image,
    own: Objective,
    judges: Sequence[Objective],
    colours: Tensor,
    curve: Sequence[float],
) -> Row:
    """One row for `names` (pipeline, style, photo).

    `images` are paintings of `photo` at growing strengths, the last one the full style, or that one alone. The losses
    are those of `own`; `judges` see the full style only. `colours` is the painting's palette; `curve` holds
    optimisation's totals, empty if it did not run.
    """
    device, target, network = own.device, own.target, own.network
    wanted, pixels = to_tensor(photo).contiguous(), [to_tensor(image).contiguous() for image in images]
    with torch.no_grad():
        losses = [perceptual_losses(network, p[None].to(device), wanted[None].to(device), target) for p in pixels]
        terms = style_by_layer(network, pixels[-1][None].to(device), target)
    total, full = losses[-1].total().item(), pixels[-1]
    before, after = grid(wanted), grid(full)
    alone = len(images) == 1
    return Row(
        *names,
        total=total,
        style_loss=losses[-1].style.item(),
        content=losses[-1].content.item(),
        tv=losses[-1].tv.item(),
        iterations=equivalent_iterations(total, curve) if curve else math.nan,
        ssim=ssim(full, wanted),
        grid_2=after[2] - before[2],
        grid_4=after[4] - before[4],
        grid_8=after[8] - before[8],
        hatching=1000 * hatching(full[None], wanted[None]).item(),
        strokes=stroke_length(full, wanted),
        border=border(full),
        saturated=saturated_share(full),
        blotches=blotches(full, wanted, colours),
        ssim_at_0=math.nan if alone else ssim(pixels[0], wanted),
        strengths=() if alone else tuple(loss.style.item() for loss in losses),
        judged=tuple(judge.total(full, wanted) for judge in judges),
        layers=tuple(term.item() for term in terms),
    )


def luminance(pixels: Tensor) -> Tensor:
    """Luma [H, W] of ITU-R BT.601, as in JPEG."""
    return (pixels * torch.tensor(LUMA, device=pixels.device)[:, None, None]).sum(0)


def ssim(first: Tensor, second: Tensor) -> float:
    """Structural similarity of two pictures' luminance: `stylize.imaging.comparison.ssim`."""
    return comparison.ssim(*(luminance(pixels).double().cpu().numpy() for pixels in (first, second)))


def grid(pixels: Tensor) -> dict[int, float]:
    """How much a picture repeats every 2, 4 and 8 pixels: decibels over neighbouring frequencies, per period.

    The power spectrum of the luminance (Hann window, cropped to a multiple of 8) is read at the frequencies
    (i/8, j/8) cycles per pixel. Each belongs to the shortest of the three periods that contains it. There the mean of
    the 3 x 3 bins is divided by the mean of the bins `NEAR` to `FAR` away along the row or along the column, the larger
    of the two: a picture's own horizontal and vertical edges reach far along the axes, and are no grid. The noise of
    rounding to 8 bits is added to both. The ratios of one period are averaged, so that one strong harmonic counts. A
    picture without a grid is near 0; sides should be 128 pixels at least, or the neighbours overlap.
    """
    luma = luminance(pixels)
    height, width = (side // 8 * 8 for side in luma.shape)
    luma = luma[:height, :width]
    hann = [torch.hann_window(side, device=luma.device) for side in (height, width)]
    window = hann[0][:, None] * hann[1]
    power = torch.fft.fft2((luma - luma.mean()) * window).abs().square() / window.square().sum()
    ratios: dict[int, list[float]] = {period: [] for period in PERIODS}
    for i in range(8):
        for j in range(5):  # the rest is the mirror image: the picture is real
            if i == j == 0:
                continue
            rows, columns = i * height // 8, j * width // 8
            peak = _bins(power, rows, columns, range(-1, 2), range(-1, 2))
            aside = [*range(-FAR, 1 - NEAR), *range(NEAR, FAR + 1)]
            along = _bins(power, rows, columns, range(-1, 2), aside)
            across = _bins(power, rows, columns, aside, range(-1, 2))
            around = max(along.item(), across.item())
            period = 8 // math.gcd(8, i, j)
            ratios[period].append((peak.item() + _QUANTISATION) / (around + _QUANTISATION))
    return {period: 10 * math.log10(sum(values) / len(values)) for period, values in ratios.items()}


def border(pixels: Tensor) -> float:
    """How much the outermost line of pixels stands out: 1 = not at all, above 2 look for a frame.

    The mean colour difference of the outermost line to the one `INWARD` pixels further in, over the mean of the same
    difference between all lines that far apart; the worst of the four sides.
    """
    sides = []
    for lines in (pixels, pixels.transpose(1, 2)):
        steps = (lines[:, INWARD:] - lines[:, :-INWARD]).abs().mean((0, 2))
        usual = steps.mean().item() + 1 / 255  # so that rounding alone is no frame
        sides += [(steps[end].item() + 1 / 255) / usual for end in (0, -1)]
    return max(sides)


def saturated_share(pixels: Tensor) -> float:
    """Share of the pixels in which some channel is clipped: within 1/255 of 0 or of 1."""
    clipped = ((pixels < 1.5 / 255) | (pixels > 253.5 / 255)).any(0)
    return float(clipped.float().mean())


def palette(paintings: Sequence[Tensor]) -> Tensor:
    """The colours [K, 3] of a painting, given at one or more sizes: means of its blocks, gathered in cells of 1/24."""
    colours = torch.cat([F.avg_pool2d(p[None], BLOCK)[0].flatten(1).T for p in paintings])
    cells: Tensor = torch.unique((colours * 24).round(), dim=0)
    return cells / 24


def blotches(painted: Tensor, photo: Tensor, colours: Tensor) -> int:
    """Patches in a colour that neither the painting (`colours`, its palette) nor the photo at that place explains.

    Broken statistics show as such patches. Counts groups of at least `BLOTCH` touching blocks.
    """
    blocks, wanted = (F.avg_pool2d(x[None], BLOCK)[0] for x in (painted, photo))
    distance = torch.cdist(blocks.flatten(1).T, colours).amin(1).view(blocks.shape[1:])
    alien = (distance > PALETTE_DISTANCE) & ((blocks - wanted).square().sum(0).sqrt() > PHOTO_DISTANCE)
    return sum(size >= BLOTCH for size in patch_sizes(alien))


def patch_sizes(mask: Tensor) -> list[int]:
    """Sizes of the patches of a mask [H, W] that touch, corners included."""
    sizes: list[int] = np.bincount(label(mask.cpu().numpy(), connectivity=2).ravel())[1:].tolist()
    return sizes


def equivalent_iterations(total: float, curve: Sequence[float]) -> float:
    """The iteration at which optimisation, with these totals from iteration 0 on, first reaches `total`.

    Linear between iterations. 0 if the start is as good or `total` is not a number; infinity if the curve never gets
    there.
    """
    if math.isnan(total):
        return 0.0
    for i, value in enumerate(curve):
        if value <= total:
            return i - (total - value) / (curve[i - 1] - value) if i else 0.0
    return math.inf


def _bins(power: Tensor, row: int, column: int, rows: Sequence[int], columns: Sequence[int]) -> Tensor:
    """Mean power at offsets from a bin; the spectrum is periodic."""
    r = (torch.as_tensor(list(rows), device=power.device) + row) % power.shape[0]
    c = (torch.as_tensor(list(columns), device=power.device) + column) % power.shape[1]
    chosen: Tensor = power[r[:, None], c]
    return chosen.mean()
