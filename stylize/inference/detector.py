"""Objects by boxes: a detector of COCO's 80 classes, which a host may put into the models folder as `detector.onnx`.

Its layout is that of YOLOX (Ge et al. 2021, https://arxiv.org/abs/2107.08430): pixels are BGR in 0..255 [1, 3, S, S],
the picture at the top left and 114 around it; the answer [1, N, 85] has, for every place of grids of 8, 16 and 32
pixels, the middle of a box in places from there, the logarithm of its size in places, whether there is something, and
what.

Boxes refine what the regions network sees: whatever lies in one, on its class's map or else in the foreground, is one
region with the box's name and score; what that network alone takes for a thing must be surer than without a detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.inference.faces import distinct, mean_in
from stylize.inference.session import Device, Network, read_model

Floats = NDArray[np.float32]

DETECTOR = "detector.onnx"  # file of a models folder
STRIDES = (8, 16, 32)
SURROUNDINGS = 114  # level around the picture
LEAST_SCORE = 0.4  # of an object
MOST_OVERLAP = 0.5  # IoU above which two boxes are of one object
SURE_ALONE = 0.8  # mean probability from which a part is told although the detector has no box of it
ON_ITS_MAP = 0.2  # mean probability of the class in the box from which its map is the mask
SOFT_EDGE = 0.08  # share of the box's sides over which its region ends outside of it

_COCO = """
person bicycle car motorbike aeroplane bus train truck boat traffic_light fire_hydrant stop_sign
parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe backpack umbrella handbag tie
suitcase frisbee skis snowboard sports_ball kite baseball_bat baseball_glove skateboard surfboard
tennis_racket bottle wine_glass cup fork knife spoon bowl banana apple sandwich orange broccoli carrot
hot_dog pizza donut cake chair sofa plant bed table toilet television laptop mouse remote keyboard
cell_phone microwave oven toaster sink refrigerator book clock vase scissors teddy_bear hair_drier
toothbrush
"""
COCO = tuple(_COCO.split())  # in COCO's order, called as the regions network calls what both know


class DetectedObject(NamedTuple):
    """An object of a photo: `box` is left, top, right, bottom as shares of its sides, and the score, 0..1."""

    name: str
    box: Floats


class Detector:
    """The network of detector.onnx. Raises NetworkError if the file is damaged or has another layout."""

    def __init__(self, path: Path, device: Device) -> None:
        try:
            self._network = Network(device, read_model(path))
            self._input, *more = self._network.inputs
            self._side = int(self._input.shape[-1])
            self._grid, self._strides = _grid(self._side)
            wanted = [1, 3, self._side, self._side], [[1, len(self._grid), 5 + len(COCO)]]
            is_detector = (list(self._input.shape), [list(out.shape) for out in self._network.outputs]) == wanted
        except NetworkError:
            raise
        except Exception as error:  # onnxruntime's own kinds, and a shape that is none
            raise NetworkError(f"{path.name} is damaged or no detector. Replace it, or take it away.") from error
        if not is_detector or more:
            raise NetworkError(
                f"{path.name} is no detector of COCO's classes in the layout of YOLOX: input [1, 3, S, S], output "
                f"[1, N, {5 + len(COCO)}]. Replace it, or take it away."
            )

    def __call__(self, photo: Pixels) -> list[DetectedObject]:
        """The objects of a photo [H, W, 3], class by class, the surest first."""
        height, width = photo.shape[:2]
        ratio = self._side / max(height, width)
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        seen = np.full((self._side, self._side, 3), SURROUNDINGS, np.float32)
        small = Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
        seen[: size[1], : size[0]] = np.asarray(small)
        answer = self._network.run({self._input.name: np.ascontiguousarray(seen[..., ::-1].transpose(2, 0, 1))[None]})[
            0
        ][0]
        middle = (answer[:, :2] + self._grid) * self._strides
        half = np.exp(np.minimum(answer[:, 2:4], 10)) * self._strides / 2
        corners = np.concatenate([middle - half, middle + half], 1) / np.tile(size, 2)
        scores = answer[:, 4:5] * answer[:, 5:]
        found = []
        for kind in np.unique(scores.argmax(1)[scores.max(1) >= LEAST_SCORE]):
            sure = (scores[:, kind] >= LEAST_SCORE) & (scores.argmax(1) == kind)
            boxes = np.concatenate([np.clip(corners[sure], 0, 1), scores[sure, kind][:, None]], 1).astype(np.float32)
            found += [DetectedObject(COCO[kind], box) for box in distinct(boxes, MOST_OVERLAP)]
        return found


def refined_map(likely: Floats, foreground: Floats, box: Floats) -> Floats:
    """The coarse mask [h, w] of what lies in a box: on its class's map, or in the foreground where that has little."""
    own = likely if mean_in(likely, box) >= ON_ITS_MAP else foreground
    return (own * window(box, own.shape)).astype(np.float32)


def is_in(part: NDArray[np.bool_], boxes: Sequence[Floats]) -> bool:
    """Whether the middle of a part [h, w] lies in one of these boxes."""
    y, x = ((np.flatnonzero(part.any(axis)).mean() + 0.5) / part.shape[1 - axis] for axis in (1, 0))
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom, _ in boxes)


def window(box: Floats, shape: tuple[int, ...]) -> Floats:
    """1 inside a box of shares on a map [h, w], falling to 0 outside of it."""
    sides = []
    for axis, length in enumerate(shape):
        low, high = box[1 - axis], box[3 - axis]
        places = (np.arange(length) + 0.5) / length
        away = np.maximum(low - places, places - high)
        sides.append(np.clip(1 - away / max(SOFT_EDGE * (high - low), 1 / length), 0, 1))
    found: Floats = np.outer(*sides).astype(np.float32)
    return found


def _grid(side: int) -> tuple[Floats, Floats]:
    """Column and row [N, 2] of every place, and how many pixels it has [N, 1]."""
    places, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[: side // stride, : side // stride]
        places.append(np.stack([columns, rows], -1).reshape(-1, 2))
        strides.append(np.full((rows.size, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)
