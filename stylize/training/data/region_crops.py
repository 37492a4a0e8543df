"""Photos with what the teachers say of them, as random crops: what the regions network learns from."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import ExifTags, Image
from torch import Tensor
from torch.nn import functional as F

from stylize.training.data.images import open_rgb, to_tensor
from stylize.training.data.region_labels import Floats, RegionLabels
from stylize.training.models.regions import CLASSES, STEP

HELD_OUT_SHARE = 10  # one group of photos in this many is never trained on, chosen by name
REMEMBERED = 2000  # photos kept in memory with their labels, about 0.8 MB each
KEPT_SIDE = 770  # longer side of a photo that is kept, pixels: twice that of the largest crop
# Height and width of crops: of a step, all have the one that is nearest to their photos.
SHAPES = ((225, 385), (257, 385), (289, 385), (353, 353), (385, 289), (385, 257))
ZOOM = 0.6  # a crop's sides are between this share and all of the largest one of its shape
# What stands out in a photo is said of the whole of it: so many of the crops have at least this share of its sides.
WHOLE, WHOLE_ZOOM = 0.7, 0.94
JITTER = 0.3  # brightness, contrast and saturation change by up to this share
FIRST_TURNED = 5  # of the orientations in a photo's header: from this one on, sides change places
GREY = 0.05  # share of the crops without colours
FACE_SEEN = 14, 220  # sides of a face in a crop that is at one, pixels
LARGEST_ZOOM = 2.0  # by which a photo is enlarged for that at most
CORE, GLOW = 0.15, 0.3  # of half a face's sides: the ellipse that is the face's core, and the fall of the target around


class RegionTargets(NamedTuple):
    """What the network should say, at a quarter of the crops' size."""

    subject: Tensor  # [N, 1, h, w] in 0..1
    classes: Tensor  # [N, 21, h, w], probabilities
    faces: Tensor  # [N, 1, h, w]: 1 at the core of a face, falling to 0 around it
    sides: Tensor  # [N, 4, h, w]: how far the face's sides are, in pixels; 0 outside the core

    def stacked(self) -> Tensor:
        """All in one, [N, 27, h, w]."""
        return torch.cat(self, 1)

    @classmethod
    def of(cls, stacked: Tensor) -> RegionTargets:
        """From what `stacked` made."""
        return cls(*stacked.split([1, len(CLASSES), 1, 4], 1))


class RegionPhotos:
    """Photos with the files of their labels."""

    def __init__(self, photos: Sequence[Path], labels: Sequence[Path]) -> None:
        self.photos, self.labels = list(photos), list(labels)
        self._read = lru_cache(REMEMBERED)(self._opened)

    def crops(self, step: int, count: int, seed: int, at_faces: float = 0.0) -> tuple[Tensor, Tensor]:
        """`count` random crops [count, 3, H, W] in 0..1, and their targets [count, 27, h, w] in one tensor.

        A share `at_faces` of them is at a face, if there are any, which is of any size in it.
        """
        rng = np.random.default_rng((seed, step))
        shape = self._shapes[rng.integers(len(self.photos))]  # a shape is as frequent as its photos
        alike = [number for number, other in enumerate(self._shapes) if other == shape]
        with_faces = [number for number in alike if number in self._with_faces] if at_faces else []
        found = []
        for _ in range(count):
            near = bool(with_faces) and rng.random() < at_faces
            numbers = with_faces if near else alike
            found.append(self._crop(rng, numbers[rng.integers(len(numbers))], *shape, near))
        pixels, targets = (torch.cat(parts) for parts in zip(*found, strict=True))
        return pixels, targets

    @cached_property
    def _shapes(self) -> list[tuple[int, int]]:
        """The shape of crops that is nearest to each photo."""
        return [
            min(SHAPES, key=lambda shape: abs(np.log(shape[0] / shape[1] * ratio)))
            for ratio in map(_ratio, self.photos)
        ]

    @cached_property
    def _with_faces(self) -> set[int]:
        """The photos in which a teacher sees faces."""
        return {n for n, path in enumerate(self.labels) if len(RegionLabels.load(path).faces)}

    def _opened(self, number: int) -> tuple[Image.Image, RegionLabels]:
        image = open_rgb(self.photos[number])
        image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BICUBIC)
        return image, RegionLabels.load(self.labels[number])

    def _crop(
        self, rng: np.random.Generator, number: int, height: int, width: int, at_face: bool = False
    ) -> tuple[Tensor, Tensor]:
        image, labels = self._read(number)
        largest = min(image.width / width, image.height / height)
        if at_face:
            left, top, across, down = _at_face(rng, labels.faces, image.size, (height, width), largest)
        else:
            least = WHOLE_ZOOM if rng.random() < WHOLE else ZOOM
            across, down = (largest * rng.uniform(least, 1) * side for side in (width, height))
            left, top = rng.uniform(0, image.width - across), rng.uniform(0, image.height - down)
        box = (left, top, left + across, top + down)
        pixels = to_tensor(image.resize((width, height), Image.Resampling.BICUBIC, box))[None]
        shares = tuple(np.array(box) / np.tile(image.size, 2))
        targets = cropped_targets(labels, shares, (height, width)).stacked()
        if rng.random() < 0.5:
            pixels, targets = pixels.flip(3), targets.flip(3)
            targets[:, -4:] = targets[:, [-2, -3, -4, -1]]  # left and right change places
        return _jittered(pixels, rng), targets


def cropped_targets(labels: RegionLabels, box: Sequence[float], size: tuple[int, int]) -> RegionTargets:
    """The targets in a box (left, top, right, bottom: shares of the photo's sides) seen at a size of height, width."""
    height, width = size
    x = (torch.arange(0, width, STEP) + 0.5) / width  # of the samples, as shares of the box
    y = (torch.arange(0, height, STEP) + 0.5) / height
    across, down = box[0] + x * (box[2] - box[0]), box[1] + y * (box[3] - box[1])  # as shares of the photo
    grid = torch.stack(torch.meshgrid(across, down, indexing="xy"), -1)[None].float()
    subject = torch.from_numpy(labels.subject)[None, None].float() / 255
    subject = F.avg_pool2d(subject, 3, 1, 1, count_include_pad=False)  # samples lie three pixels apart
    classes = torch.from_numpy(labels.classes).permute(2, 0, 1)[None].float()
    side = STEP * (classes.shape[-1] - 1) + 1  # the teacher's pixels, of which every fourth was kept
    at_classes = 2 * (grid * side - 0.5) / (side - 1) - 1
    classes = F.grid_sample(classes, at_classes, "bilinear", "border", align_corners=True)
    faces, sides = face_targets(labels.faces, box, size)
    return RegionTargets(
        F.grid_sample(subject, 2 * grid - 1, "bilinear", "border", align_corners=False),
        classes / classes.sum(1, keepdim=True).clamp_min(1e-6),
        faces,
        sides,
    )


def face_targets(faces: Floats, box: Sequence[float], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`RegionTargets.faces` and `sides` of boxes [N, 5] that are shares of the photo's sides."""
    height, width = size
    y, x = (torch.arange(0, side, STEP) + 0.5 for side in size)
    score, sides = torch.zeros(len(y), len(x)), torch.zeros(4, len(y), len(x))
    scale = np.array([width / (box[2] - box[0]), height / (box[3] - box[1])])
    for face in faces[::-1]:  # the best last: where two share a sample, it is the better one's
        (left, top), (right, bottom) = ((corner - box[:2]) * scale for corner in (face[:2], face[2:4]))
        middle, half = ((left + right) / 2, (top + bottom) / 2), (max(right - left, 1) / 2, max(bottom - top, 1) / 2)
        away = (((x - middle[0]) / half[0]) ** 2)[None] + (((y - middle[1]) / half[1]) ** 2)[:, None]
        score = torch.maximum(score, (-away / (2 * GLOW**2)).exp())
        core = away < CORE**2
        nearest = away == away.min()
        if 0 <= middle[0] < width and 0 <= middle[1] < height:
            core, score = core | nearest, score.masked_fill(core | nearest, 1)
        far = [x[None] - left, y[:, None] - top, right - x[None], bottom - y[:, None]]
        sides = torch.where(core, torch.stack([value.expand_as(score) for value in far]), sides)
    return score[None, None], sides[None].clamp_min(0)


def is_region_held_out(path: Path) -> bool:
    """Whether a photo is kept for evaluation, by its name alone; crops of one photo (name_t0, name_t1) go together."""
    group = re.sub(r"_t\d+$", "", path.stem)
    return zlib.crc32(f"regions {group}".encode()) % HELD_OUT_SHARE == 0


def _at_face(
    rng: np.random.Generator, faces: Floats, size: tuple[int, int], shape: tuple[int, int], largest: float
) -> tuple[float, float, float, float]:
    """Left, top, width and height, in pixels of a photo of `size`, of a crop with a face of any size anywhere in it."""
    face = faces[rng.integers(len(faces)), :4] * np.tile(size, 2)
    side = max(1.0, float(np.sqrt((face[2] - face[0]) * (face[3] - face[1]))))
    seen = np.exp(rng.uniform(*np.log(FACE_SEEN)))
    scale = min(largest, max(side / seen, 1 / LARGEST_ZOOM))
    across, down = (min(limit, scale * rng.uniform(0.9, 1.1) * n) for n, limit in zip(shape[::-1], size, strict=True))
    corner = []
    for low, high, length, limit in ((face[0], face[2], across, size[0]), (face[1], face[3], down, size[1])):
        first, last = max(0.0, min(high - length, limit - length)), min(limit - length, max(low, 0.0))
        corner.append(rng.uniform(min(first, last), max(first, last)))
    return corner[0], corner[1], across, down


def _ratio(photo: Path) -> float:
    """Width over height of a photo, from its header."""
    with Image.open(photo) as image:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= FIRST_TURNED
        return image.height / image.width if turned else image.width / image.height


def _jittered(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    bright, contrast, saturation = rng.uniform(1 - JITTER, 1 + JITTER, 3).tolist()
    saturation *= rng.random() >= GREY
    pixels = pixels * bright
    pixels = pixels.mean() + (pixels - pixels.mean()) * contrast
    grey = pixels.mean(1, keepdim=True)
    return (grey + (pixels - grey) * saturation).clamp_(0, 1)
