"""What a photo shows and where: its subject, things of PASCAL VOC's classes, faces.

The network (how it was trained is told in `stylize.training.tasks.regions_trainer`) sees the photo small and answers on
a coarse grid. Masks get the photo's edges from the guided filter, when they are asked for. Faces are found, and nobody
is recognised: the network knows no person from another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize import imaging
from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.imaging.boxes import Box, box_from_shares
from stylize.inference.detector import COCO, DETECTOR, SURE_ALONE, DetectedObject, Detector, is_in, refined_map
from stylize.inference.faces import decode_faces
from stylize.inference.guided_filter import PictureEdges
from stylize.inference.session import Device, Network, naming_damage, read_model

Floats = NDArray[np.float32]

REGIONS = "regions.onnx"  # file of a models folder
SUBJECT, BACKGROUND, FACE = "subject", "background", "face"
LONGER = 385  # pixels of the longer side at which a photo is seen; sides are 16 n + 1
LEAST = 33  # of the shorter side: of longer strips the network would see too little
SURE = 0.5  # probability from which a place belongs to a part
SURE_PART = 0.6  # mean probability under which a part of a class is not told
SMALLEST = 0.002  # share of the photo under which a part is not told
LARGEST_HOLE, UNSURE = 0.02, 0.1  # share of the photo up to which a hole is filled, if it is that likely none
FACE_WIDER, FACE_HIGHER = 1.2, 1.3  # a face's mask is an ellipse so much larger than its box: ears, chin, forehead
FACE_EDGE = 0.25  # share of an ellipse's radius over which the mask falls from 1 to 0
GUIDE_PIXELS = 3_000_000  # of the photo at which a mask follows its edges; larger photos enlarge that mask


class Region:
    """Something in a photo.

    `name` is "subject", "background", "face" or a class such as "person"; `box` is around it in pixels (`box.corners`
    is the other convention), `score` in 0..1 says how sure the network is, `area` is its share of the photo.
    """

    def __init__(self, name: str, box: Box, score: float, coarse: Floats, masks: PhotoMasks) -> None:
        self.name, self.box, self.score = name, box, round(score, 3)
        self.area = float(coarse.mean())
        self._coarse, self._masks = coarse, masks

    def __repr__(self) -> str:
        return f"Region({self.name!r}, {self.box}, score={self.score:.2f}, area={self.area:.3f})"

    @cached_property
    def mask(self) -> Pixels:
        """The soft mask [H, W] of the photo's size, 255 inside."""
        return self._masks.refined(self._coarse, soft=self.name == FACE)


class PhotoMasks:
    """What the network says of one photo, seen small as bytes [h, w, 3].

    `guide` is the photo at the size to which masks are filtered, `size` (width, height) is its own.
    """

    def __init__(
        self,
        size: tuple[int, int],
        guide: Pixels,
        small: Pixels,
        subject: Floats,
        classes: dict[str, Floats],
        faces: Floats,
        step: int,
        objects: Sequence[DetectedObject] | None = None,
    ) -> None:
        self._size, self._guide, self._small, self._step = size, guide, small, step
        self._subject, self._classes, self._faces = subject, classes, faces
        self._objects = objects  # None without a detector

    @property
    def names(self) -> list[str]:
        """The names that `mask` takes."""
        return [SUBJECT, BACKGROUND, *self._things, FACE]

    @property
    def _things(self) -> list[str]:
        """The classes of the network, and what else the detector has found."""
        return list(dict.fromkeys([*self._classes, *(one.name for one in self._objects or ())]))

    def mask(self, name: str) -> Pixels:
        """The soft mask 0..255 [H, W] of all that bears a name of `names`; empty where the photo shows none of it."""
        if name == BACKGROUND:
            return 255 - self.mask(SUBJECT)
        if name == FACE:
            return self.refined(self._face_mask(self._faces), soft=True)
        found = self._parts(self._subject, apart=False) if name == SUBJECT else self._class_parts(name)
        return self.refined(np.maximum.reduce([np.zeros_like(self._subject), *(coarse for _, _, coarse in found)]))

    def found(self) -> list[Region]:
        """The regions: subject and background, then the parts of every class, largest first, then faces."""
        regions = []
        for box, score, coarse in self._parts(self._subject, apart=False):
            regions.append(Region(SUBJECT, box, score, coarse, self))
        rest = 1 - self._subject
        for box, score, coarse in self._parts(rest, apart=False):
            regions.append(Region(BACKGROUND, box, score, coarse, self))
        parts = [
            Region(name, box, score, coarse, self)
            for name in self._things
            for box, score, coarse in self._class_parts(name)
        ]
        regions += sorted(parts, key=lambda region: -region.area)
        for face in self._faces:
            box = box_from_shares(tuple(face[:4].tolist()), self._size)
            regions.append(Region(FACE, box, float(face[4]), self._face_mask(face[None]), self))
        return regions

    def refined(self, coarse: Floats, *, soft: bool = False) -> Pixels:
        """A coarse mask [h, w] in 0..1 with the photo's edges: bytes [H, W]. What has a `soft` edge keeps it."""
        if coarse.max() < SURE / 2:  # nothing, of which the filter would make faint stains
            return np.zeros(self._size[::-1], np.uint8)
        refine = self._edges.soft_mask if soft else self._edges.mask
        coarse = coarse if soft else without_holes(coarse)
        return imaging.resize(refine(enlarged(coarse, self._step), self._guide), self._size)

    @cached_property
    def _edges(self) -> PictureEdges:
        return PictureEdges(self._small)

    def _class_parts(self, name: str) -> list[tuple[Box, float, Floats]]:
        """As `_parts` of a class; what the detector has found is one part a box."""
        likely = self._classes.get(name, np.zeros_like(self._subject))
        parts = self._parts(likely, apart=True)
        if self._objects is None:
            return parts
        boxes = [one.box for one in self._objects if one.name == name]
        parts = [part for part in parts if part[1] >= SURE_ALONE and not is_in(part[2] >= SURE, boxes)]
        foreground = np.maximum.reduce([self._subject, *self._classes.values()])
        for box in boxes:
            coarse = refined_map(likely, foreground, box)
            if (coarse >= SURE).mean() >= SMALLEST:
                parts.append((box_from_shares(tuple(box[:4].tolist()), self._size), float(box[4]), coarse))
        return parts

    def _parts(self, likely: Floats, *, apart: bool) -> list[tuple[Box, float, Floats]]:
        """Box, score and coarse mask of what lies in a map: each connected part, or all together."""
        sure = likely >= SURE
        parts = connected(sure) if apart else [sure] if sure.any() else []
        found = []
        for part in parts:
            score = float(likely[part].mean())
            if part.mean() < SMALLEST or (apart and score < SURE_PART):
                continue
            coarse = np.where(grown(part), likely, 0) if apart else likely
            rows, columns = (np.flatnonzero(part.any(axis)) for axis in (1, 0))
            sides = self._small.shape[1::-1]
            edges = (columns[0], rows[0], columns[-1], rows[-1])
            shares = [
                (self._step * int(edge) + 0.5 + (self._step / 2 if i > 1 else -self._step / 2)) / sides[i % 2]
                for i, edge in enumerate(edges)
            ]
            box = box_from_shares((shares[0], shares[1], shares[2], shares[3]), self._size)
            found.append((box, score, coarse.astype(np.float32)))
        return found

    def _face_mask(self, faces: Floats) -> Floats:
        """The coarse mask of some faces [N, 5]: ellipses with soft edges."""
        height, width = self._subject.shape
        y, x = (
            (self._step * np.arange(n) + 0.5) / side
            for n, side in zip((height, width), self._small.shape, strict=False)
        )
        mask = np.zeros((height, width), np.float32)
        for left, top, right, bottom, _ in faces:
            away = np.hypot(
                (x - (left + right) / 2)[None] / max(FACE_WIDER * (right - left) / 2, 1e-6),
                (y - (top + bottom) / 2)[:, None] / max(FACE_HIGHER * (bottom - top) / 2, 1e-6),
            )
            mask = np.maximum(mask, np.clip((1 - away) / FACE_EDGE + 0.5, 0, 1))
        return mask.astype(np.float32)


class RegionsNetwork:
    """The network of regions.onnx, with the host's detector beside it, if there is one.

    Raises NetworkError if a file is missing, damaged or another network.
    """

    def __init__(self, path: Path, device: Device) -> None:
        detector = path.with_name(DETECTOR)
        self._detector = Detector(detector, device) if detector.is_file() else None
        with naming_damage(path):
            self._network = Network(device, read_model(path))
            metadata = self._network.metadata
            self.classes = tuple(metadata["classes"].split())
            self._step = int(metadata["step"])
        if [out.name for out in self._network.outputs] != ["subject", "classes", "faces", "sides"]:
            raise NetworkError(f"{path.name} is not a network for regions. Fetch it again, or distil one.")

    @property
    def names(self) -> tuple[str, ...]:
        """What regions may be called."""
        things = [*self.classes[1:], *(COCO if self._detector is not None else ())]
        return SUBJECT, BACKGROUND, *dict.fromkeys(things), FACE

    def __call__(self, photo: Pixels) -> PhotoMasks:
        """What a photo [H, W, 3] shows."""
        height, width = photo.shape[:2]
        factor = max(1, round((height * width / GUIDE_PIXELS) ** 0.5))
        guide = np.asarray(Image.fromarray(photo).reduce(factor)) if factor > 1 else photo
        small = imaging.resize(guide, seen_size(width, height))
        subject, classes, faces, sides = self._network.run({"pixels": small[None]})
        boxes = decode_faces(faces, sides, self._step, (small.shape[1], small.shape[0]))
        named = {name: classes[i] for i, name in enumerate(self.classes) if i}
        objects = self._detector(photo) if self._detector is not None else None
        return PhotoMasks((width, height), guide, small, subject, named, boxes, self._step, objects)


def seen_size(width: int, height: int) -> tuple[int, int]:
    """The size (width, height) at which the network sees a photo: longer side `LONGER`, both 16 n + 1."""
    ratio = LONGER / max(width, height)
    return tuple(max(LEAST, 16 * round((side * ratio - 1) / 16) + 1) for side in (width, height))  # type: ignore[return-value]


def connected(inside: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """The connected parts of a map [h, w], largest first; places that touch at a corner are connected, too."""
    height, width = inside.shape
    left = inside.copy()
    parts = []
    for start in zip(*np.nonzero(inside), strict=True):
        if not left[start]:
            continue
        part = np.zeros_like(inside)
        queue = deque([start])
        left[start] = False
        while queue:
            y, x = queue.popleft()
            part[y, x] = True
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    if left[v, u]:
                        left[v, u] = False
                        queue.append((v, u))
        parts.append(part)
    return sorted(parts, key=lambda part: -int(part.sum()))


def without_holes(likely: Floats) -> Floats:
    """A map [h, w] without small holes of which the network is not sure: a badge on a suit belongs to the person.

    What is seen through an arm on a hip is surely something else, and stays.
    """
    filled = likely.copy()
    for hole in connected(enclosed(likely >= SURE)):
        if hole.mean() <= LARGEST_HOLE and likely[hole].mean() >= UNSURE:
            filled[hole] = 1
    return filled


def enclosed(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What of a map [h, w] is reached from its border only by crossing `inside`."""
    reached = np.zeros_like(inside)
    reached[[0, -1]] = reached[:, [0, -1]] = True
    reached &= ~inside
    count = -1
    while count != int(reached.sum()):
        count = int(reached.sum())
        for view, free in ((reached, ~inside), (reached.T, ~inside.T)):
            for rows in (range(1, len(view)), range(len(view) - 2, -1, -1)):
                step = rows.step
                for row in rows:
                    view[row] |= view[row - step] & free[row]
    return ~(reached | inside)


def grown(part: NDArray[np.bool_], places: int = 2) -> NDArray[np.bool_]:
    """A part with the places around it: where its soft edge lies."""
    for _ in range(places):
        around = np.pad(part, 1)
        h, w = part.shape
        part = np.logical_or.reduce([around[i : i + h, j : j + w] for i in range(3) for j in range(3)])
    return part


def enlarged(coarse: Floats, step: int) -> Floats:
    """A map [h, w] with `step` - 1 places between every two, linearly: [step (h - 1) + 1, step (w - 1) + 1]."""
    for axis in (0, 1):
        length = coarse.shape[axis]
        places = np.arange(step * (length - 1) + 1) / step
        first = np.minimum(places.astype(np.intp), max(length - 2, 0))
        share = (places - first).astype(np.float32).reshape(-1, *[1] * (1 - axis))
        second = np.minimum(first + 1, length - 1)
        coarse = coarse.take(first, axis) * (1 - share) + coarse.take(second, axis) * share
    return coarse
