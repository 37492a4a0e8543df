"""Paintings for the encoder's training: many crops of each, with what an encoder sees and what a style loss wants.

Both are computed once, so that a step of training costs no more than painting a few photos. A crop's target is the
style target of that very crop, scaled like the painter's own paintings: so a detail teaches larger strokes. Colours
are jittered and half of the crops get other hues: the paintings are few, and colour is what a style vector must get
right first. Photos in all colours stand beside them for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylize.errors import TrainingError
from stylize.inference.style_predictor import encoder_input
from stylize.training.checkpoint import read_checkpoint, write_checkpoint
from stylize.training.data.images import at_size, open_rgb, to_image, to_tensor
from stylize.training.device import autocast
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, StyleTarget, style_target
from stylize.training.models.loss_network import LossNetwork

# Paintings that no encoder is trained on, by file name: many hands, periods and techniques.
_NAMES = """
aivazovsky_the_ninth_wave arcimboldo_vertumnus botticelli_primavera bruegel_tower_of_babel
caillebotte_paris_street_rainy_day cezanne_the_basket_of_apples constable_the_hay_wain delaunay_portrait_metzinger
dore_don_quixote_c28c durer_young_hare edwards_botanical_register_70 friedrich_wanderer_above_the_sea_of_fog
gauguin_arearea goya_third_of_may_1808 hiroshige_naruto_whirlpools hokusai_red_fuji homer_breezing_up klee_senecio
marc_large_blue_horses matisse_goldfish monet_impression_sunrise piranesi_carceri renoir_luncheon_of_the_boating_party
schiele_four_trees seurat_bathers_at_asnieres turner_rain_steam_and_speed utamaro_three_beauties van_gogh_sunflowers
van_gogh_the_bedroom wood_american_gothic
"""
HELD_OUT = frozenset(f"{name}.jpg" for name in _NAMES.split())

SMALLEST = 0.5  # least share of a painting's shorter side that a crop shows
JITTER = 0.2  # brightness, contrast and saturation of a crop change by up to this share
_YIQ = ((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312))  # NTSC; hue is an angle in I, Q


@dataclass(frozen=True)
class PaintingCrops:
    """N crops: `pictures` uint8 at the encoder's size, the style target, and `source`, each one's file name."""

    pictures: list[Tensor]  # [3, H, W]
    target: StyleTarget
    source: list[str]

    def save(self, path: Path) -> None:
        """Write the crops. Raises TrainingError if they cannot be written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint({"pictures": self.pictures, "grams": self.target.grams, "source": self.source}, path)

    @classmethod
    def load(cls, path: Path) -> PaintingCrops:
        """Crops that `save` wrote. Raises TrainingError if they are none."""
        state = read_checkpoint(path)
        if not state.keys() >= {"pictures", "grams", "source"}:
            raise TrainingError(f"{path} holds no crops of paintings. Choose another --crops, or remove it.")
        return cls(state["pictures"], _with_norms(state["grams"]), state["source"])


@torch.no_grad()
def crop_paintings(
    wanted: Sequence[tuple[Path, Sequence[int]]],
    network: LossNetwork,
    sizes: Sequence[int],
    seed: int,
    after_picture: Callable[[], object] = lambda: None,
) -> PaintingCrops:
    """Some views of each of the `wanted` pictures.

    View 0 is the whole, odd ones are crops in nearly their own colours, the other even ones crops in other hues.
    `sizes` are the shorter sides of the style targets.
    """
    pictures: list[Tensor] = []
    grams: list[list[Tensor]] = [[] for _ in SCALES for _ in network.style]
    source: list[str] = []
    for path, numbers in wanted:
        rng = np.random.default_rng((seed, *path.name.encode()))
        for image in _views(open_rgb(path), numbers, rng):
            pictures.append(torch.from_numpy(encoder_input(np.asarray(image)).copy()).permute(2, 0, 1))
            sized = [[to_tensor(at_size(image, size)) for size in sizes]]
            with autocast(next(network.parameters()).device):
                found = style_target(network, sized, SCALES, SCALE_WEIGHTS)
            for layer, one in zip(grams, found.grams, strict=True):
                layer.append(one[0].float().cpu())
            source.append(path.name)
        after_picture()
    return PaintingCrops(pictures, _with_norms([torch.stack(layer) for layer in grams]), source)


def _views(image: Image.Image, numbers: Sequence[int], rng: np.random.Generator) -> Iterator[Image.Image]:
    for number in numbers:
        if number == 0:
            yield image
            continue
        side = round(min(image.size) * rng.uniform(SMALLEST, 1.0))
        left, top = (int(rng.integers(length - side + 1)) for length in image.size)
        pixels = to_tensor(image.crop((left, top, left + side, top + side)))
        if rng.random() < 0.5:
            pixels = pixels.flip(2)
        hue = rng.uniform(0, 2 * np.pi) if number % 2 == 0 else rng.normal(0, 0.1)
        yield to_image(recoloured(pixels, hue, *rng.uniform(1 - JITTER, 1 + JITTER, 3)))


def recoloured(pixels: Tensor, hue: float, bright: float, contrast: float, saturation: float) -> Tensor:
    """`pixels` [3, H, W] with hues turned by an angle, and the rest multiplied by these factors."""
    to_yiq = torch.tensor(_YIQ)
    turn = torch.eye(3)
    turn[1:, 1:] = saturation * torch.tensor(((np.cos(hue), -np.sin(hue)), (np.sin(hue), np.cos(hue))))
    pixels = torch.einsum("dc,chw->dhw", torch.linalg.inv(to_yiq) @ turn @ to_yiq, pixels * bright)
    return (pixels.mean() + (pixels - pixels.mean()) * contrast).clamp(0, 1)


def _with_norms(grams: list[Tensor]) -> StyleTarget:
    return StyleTarget(grams, [gram.square().sum((1, 2)) for gram in grams], SCALES, SCALE_WEIGHTS)


def batches(pictures: Sequence[Tensor], size: int = 16) -> Iterator[list[int]]:
    """Indices of pictures of one size each, at most `size` together."""
    shapes: dict[torch.Size, list[int]] = {}
    for index, picture in enumerate(pictures):
        shapes.setdefault(picture.shape, []).append(index)
    for indices in shapes.values():
        for start in range(0, len(indices), size):
            yield indices[start : start + size]
