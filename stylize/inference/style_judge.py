"""How far a picture is from the style of a painting: the style loss of our own loss network, by scale.

Gatys et al. 2016 (https://arxiv.org/abs/1508.06576), at full, half and quarter size (Wang et al. 2017,
https://arxiv.org/abs/1612.01895), as `stylize.training.losses.perceptual` has it. grams.safetensors knows the shipped
paintings by their Gram matrices: of each the `rank` largest eigenvectors times the roots of their eigenvalues, in half
precision. That is 35 KB a painting where the matrices themselves take 115 KB, and moves no distance by more than 1%
(docs/evaluation.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from stylize import imaging
from stylize.errors import MissingNetworkError, NetworkError
from stylize.imaging import Pixels
from stylize.inference.loss_network import LEAST_SIDE, Gram, LossNetwork
from stylize.inference.lru_cache import LruCache
from stylize.inference.session import Device, naming_damage
from stylize.styles import Style, StyleRegistry

GRAMS = "grams.safetensors"  # a file of a models folder
KEPT = 8  # paintings in files that are remembered, 0.5 MB each
LONGEST = 3  # times the shorter side of a painting
SCALES = (1, 2, 4)  # how many times smaller pictures and paintings are seen

Target = Sequence[Sequence[Gram]]  # the Gram matrices of a painting, by scale and layer


class StyleJudge:
    """The loss network of a models folder, and the paintings that it knows.

    Raises MissingNetworkError if a file is not there, NetworkError if one is broken or they do not belong together.
    """

    def __init__(self, folder: Path, device: Device) -> None:
        self._network = LossNetwork(folder, device)
        self._targets = LruCache[Target](KEPT)
        path = folder / GRAMS
        if not path.is_file():
            raise MissingNetworkError(f"{folder} holds no {GRAMS}. Fetch it, or export it: stylize export --paintings.")
        with naming_damage(path), safe_open(path, "np") as file:
            about = file.metadata()
            self._sizes = [int(size) for size in about["sizes"].split()]
            widths = [int(width) for width in about["widths"].split()]
            self._ends = np.cumsum(widths)[:-1]
            names = file.keys()
            self._factors: dict[str, NDArray[np.float16]] = {name: file.get_tensor(name) for name in names}
            for factors in self._factors.values():
                if factors.shape[:2] != (len(SCALES), sum(widths)) or not np.isfinite(factors).all():
                    raise ValueError("its matrices have another shape")
        if about["weights"] != self._network.sha256:
            raise NetworkError(f"{GRAMS} in {folder} was made by another loss network; export it again.")

    def target(self, parts: Sequence[tuple[Style, float]], shipped: StyleRegistry) -> Target | None:
        """What the painting of a style is like, or of a blend: the mean by shares, which sum to 1.

        None where a painting is unknown: neither one of the `shipped` styles', nor in a file that is still there.
        Raises PictureError for a file that is no picture any more.
        """
        targets = [(self._target_of_style(style, shipped), share) for style, share in parts]
        known = [(target, share) for target, share in targets if target is not None]
        return _mixed(known) if len(known) == len(targets) else None

    def _target_of_style(self, style: Style, shipped: StyleRegistry) -> Target | None:
        if style.id in shipped and shipped[style.id] is style and style.id in self._factors:
            factors = self._factors[style.id].astype(np.float32)
            return [[part @ part.T for part in np.split(scale, self._ends)] for scale in factors]
        file = style.painting
        if file is None or not file.is_file():
            return None
        key = (file, file.stat().st_mtime_ns)
        return self._targets.get(key, lambda: self.target_of(imaging.read(file).pixels))

    def target_of(self, painting: Pixels) -> Target:
        """What a painting, bytes [H, W, 3], is like: the mean over the sizes at which paintings are learnt.

        Of one that is longer than `LONGEST` times its shorter side, the middle.
        """
        shorter = min(painting.shape[:2])
        top, left = (max(0, (side - LONGEST * shorter) // 2) for side in painting.shape[:2])
        painting = painting[top : top + LONGEST * shorter, left : left + LONGEST * shorter]
        height, width = painting.shape[:2]
        sized = [
            imaging.resize(painting, (round(width * size / shorter), round(height * size / shorter)))
            for size in self._sizes
        ]
        by_scale = ([self._network.grams(pixels, scale) for pixels in sized] for scale in SCALES)
        return [[np.mean(layer, 0) for layer in zip(*grams, strict=True)] for grams in by_scale]

    def distances(self, pixels: Pixels, target: Target) -> tuple[float, ...]:
        """The style loss of bytes [H, W, 3] at each of `SCALES`; not a number where the picture is too small for one.

        0 is the painting itself, and about 1 a black picture.
        """
        return tuple(
            _loss(self._network.grams(pixels, scale), grams)
            if min(pixels.shape[:2]) // scale >= LEAST_SIDE
            else math.nan
            for scale, grams in zip(SCALES, target, strict=True)
        )


def _mixed(parts: Sequence[tuple[Target, float]]) -> Target:
    weights = [share for _, share in parts]
    scales = zip(*(target for target, _ in parts), strict=True)
    return [[np.average(layer, 0, weights) for layer in zip(*scale, strict=True)] for scale in scales]


def _loss(grams: Sequence[Gram], wanted: Sequence[Gram]) -> float:
    """The mean over the layers of the squared difference, over the squared norm of what is wanted."""
    terms = (np.square(got - goal).sum() / np.square(goal).sum() for got, goal in zip(grams, wanted, strict=True))
    return float(np.mean(list(terms)))
