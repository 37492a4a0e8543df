"""Photos to train on: random crops as tensors [3, H, W] in 0..1.

Augmentation is a function of the seed and the step alone, so a resumed run sees the crops it would have seen.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data
from torch import Tensor

from stylize.errors import PictureError, TrainingError
from stylize.inference.input_noise import noise
from stylize.training.data.images import open_rgb, pictures_in, suffixes, to_tensor

REMEMBERED = 8  # photos kept in memory: those that teach a style are few and wanted at every step
HELD_OUT_SHARE = 40  # one photo in this many is never trained on, chosen by its name

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Augmentation:
    """What happens to a photo before it is painted. Ranges are uniform; 0 switches a part off."""

    zoom: float = 0.6  # the crop's side is between this share and all of the photo's shorter side; 1 = all of it
    flip: bool = True
    jitter: float = 0.1  # brightness, contrast and saturation change by up to this share
    noise: float = 1.0  # times the grain that painting adds


class Photos:
    """A folder of photos, read when needed. Unreadable ones are skipped and counted in `unreadable`."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self.unreadable: set[Path] = set()
        self._read = lru_cache(REMEMBERED)(open_rgb)

    @classmethod
    def in_folder(cls, folder: str | Path, held_out: bool | None = None) -> Photos:
        """All photos under `folder`: the held-out ones (True), the others (False) or both (None).

        Raises TrainingError if there are none.
        """
        paths = pictures_in(Path(folder))
        if held_out is not None:
            paths = [p for p in paths if is_held_out(p) == held_out]
        if not paths:
            raise TrainingError(f"No photos found in {folder}. Give a folder that holds {suffixes()} files.")
        return cls(paths)

    def crops(self, step: int, count: int, size: int, augmentation: Augmentation, seed: int) -> tuple[Tensor, Tensor]:
        """`count` random square crops as (clean, noisy), each [count, 3, size, size]."""
        rng = np.random.default_rng((seed, step))
        clean = torch.stack([self._crop(rng, size, augmentation) for _ in range(count)])
        grain = torch.from_numpy(np.stack([noise(rng, size, size) for _ in range(count)])).permute(0, 3, 1, 2)
        return clean, (clean + augmentation.noise * grain).clamp(0, 1)

    def _crop(self, rng: np.random.Generator, size: int, augmentation: Augmentation) -> Tensor:
        while True:
            readable = len(self.paths) - len(self.unreadable)
            if not readable:
                raise TrainingError("None of the photos could be read; the last one was " + str(self.paths[-1]))
            path = self.paths[rng.integers(len(self.paths))]
            image = None if path in self.unreadable else self._open(path)
            if image is not None:
                return _augmented(image, rng, size, augmentation)

    def _open(self, path: Path) -> Image.Image | None:
        try:
            return self._read(path)
        except PictureError as error:
            self.unreadable.add(path)
            _log.warning("skipped (%d so far): %s", len(self.unreadable), error)
            return None


def is_held_out(path: Path) -> bool:
    """Whether a photo is kept for evaluation, by its name alone."""
    return zlib.crc32(path.name.encode()) % HELD_OUT_SHARE == 0


def example_photos(folder: Path) -> Photos:
    """The photos that scikit-image ships, written into `folder`, for those who give none."""
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera"):
        Image.fromarray(getattr(data, name)()).convert("RGB").save(folder / f"{name}.png", compress_level=1)
    return Photos.in_folder(folder)


def _augmented(image: Image.Image, rng: np.random.Generator, size: int, augmentation: Augmentation) -> Tensor:
    side = min(image.size) * rng.uniform(augmentation.zoom, 1.0)
    left = rng.uniform(0, image.width - side)
    top = rng.uniform(0, image.height - side)
    box = (left, top, left + side, top + side)
    pixels = to_tensor(image.resize((size, size), Image.Resampling.BICUBIC, box))
    if augmentation.flip and rng.random() < 0.5:
        pixels = pixels.flip(2)
    if augmentation.jitter:
        bright, contrast, saturation = rng.uniform(1 - augmentation.jitter, 1 + augmentation.jitter, 3).tolist()
        pixels = pixels * bright
        pixels = pixels.mean() + (pixels - pixels.mean()) * contrast
        grey = pixels.mean(0, keepdim=True)
        pixels = (grey + (pixels - grey) * saturation).clamp_(0, 1)
    return pixels
