"""The works of one artist: which are learnt and which are kept to judge by, and their pixels as random patches.

Patches are as large as the crops of photos and have the work's own pixels, so that brush strokes stay as they are: ten
works give hundreds of different ones. They are a function of the seed and the step alone, as crops of photos are.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylize.errors import PictureError, TrainingError
from stylize.training.data.images import at_size, open_rgb, pictures_in, suffixes, to_tensor
from stylize.training.data.paintings import check_painting

WORK_SIZE = 400  # shorter side at which works are seen, pixels
HELD_OUT = 0.2  # share of the works that is kept to judge by
FEWEST = 3  # works: one painting is what `stylize teach` is for
GREY = 0.015  # deviation of red and blue from luminance, beside a tint of all, up to which a work counts as grey
REMEMBERED = 256  # works kept in memory

_log = logging.getLogger(__name__)


class Works:
    """Works of one hand; those that cannot be read, or show nothing, are left out with a warning."""

    def __init__(self, paths: Sequence[Path], size: int = WORK_SIZE) -> None:
        """`size` is the shorter side at which a work is seen. Raises TrainingError if fewer than `FEWEST` are left."""
        self._read = lru_cache(REMEMBERED)(lambda path: at_size(open_rgb(path), size))
        self.size = size
        self.paths = [path for path in paths if self._is_good(path)]
        if len(self.paths) < FEWEST:
            raise TrainingError(
                f"{len(self.paths)} works are left to learn from; an artist's hand needs {FEWEST} or more. For one "
                "painting there is stylize teach."
            )

    def image(self, path: Path) -> Image.Image:
        """One of the works, at the size at which it is seen."""
        return self._read(path)

    @property
    def grey(self) -> bool:
        """Whether most of the works are grey, as engravings are: their paper may be tinted."""
        return float(np.median([chroma(self._read(path)) for path in self.paths])) < GREY

    def patches(self, step: int, count: int, side: int, seed: int) -> Tensor:
        """`count` random patches [count, 3, side, side] in 0..1; `side` is `size` at most."""
        rng = np.random.default_rng((seed, step, len(self.paths)))
        chosen = rng.permutation(len(self.paths))[:count]  # different works, as far as there are
        chosen = np.resize(chosen, count)
        return torch.stack([_patch(self._read(self.paths[number]), rng, side) for number in chosen])

    def _is_good(self, path: Path) -> bool:
        try:
            check_painting(self._read(path), path.name)
        except (PictureError, TrainingError) as error:
            _log.warning("left out: %s", error)
            return False
        return True


def split_works(folder: Path, held_out: float = HELD_OUT) -> tuple[list[Path], list[Path]]:
    """The works in a folder to learn from, and the share `held_out` of them that is kept to judge by.

    The kept ones are the first in an order that only their names decide. Raises TrainingError if there are no works.
    """
    paths = pictures_in(folder)
    if not paths:
        raise TrainingError(f"No works found in {folder}. Give a folder that holds {suffixes()} files.")
    ordered = sorted(paths, key=lambda path: (zlib.crc32(path.name.encode()), path.name))
    kept = set(ordered[: round(held_out * len(paths))])
    return [path for path in paths if path not in kept], [path for path in paths if path in kept]


def chroma(image: Image.Image) -> float:
    """How far the colours of a picture vary beside its light: 0 is grey, or one tint from paper to ink."""
    pixels = to_tensor(image.resize((64, 64))).flatten(1)
    light = pixels.mean(0)
    apart = pixels[[0, 2]] - light
    slope = (apart * light).sum(1, keepdim=True) / light.square().sum().clamp_min(1e-6)
    rest = apart - slope * light
    return float(rest.std(1).max())


def _patch(image: Image.Image, rng: np.random.Generator, side: int) -> Tensor:
    left, top = (int(rng.integers(length - side + 1)) for length in image.size)
    return to_tensor(image.crop((left, top, left + side, top + side)))
