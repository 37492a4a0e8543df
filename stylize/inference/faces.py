"""Faces as boxes: from the regions network's scores, one box for each. Nobody is recognised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FACE_SCORE = 0.5  # least score of a face
SAME_FACE = 0.75  # boxes whose middles are nearer than this share of their sides are of one face


def decode_faces(score: Floats, sides: Floats, step: int, size: tuple[int, int]) -> Floats:
    """Boxes [N, 5] of the faces, best first: left, top, right, bottom as shares of the sides, score.

    `score` [h, w] and `sides` [4, h, w] are the network's; a face is where the score is highest around. `size` is the
    width and height at which the photo was seen.
    """
    around = np.pad(score, 1)
    h, w = score.shape
    highest = np.max([around[i : i + h, j : j + w] for i in range(3) for j in range(3)], 0)
    rows, columns = np.nonzero((score >= FACE_SCORE) & (score == highest))
    x, y = step * columns + 0.5, step * rows + 0.5
    left, top, right, bottom = sides[:, rows, columns]
    corners = np.stack([x - left, y - top, x + right, y + bottom], 1) / np.tile(size, 2)
    boxes = np.concatenate([np.clip(corners, 0, 1), score[rows, columns, None]], 1).astype(np.float32)
    return _of_faces(_of_faces(boxes))  # the means of two groups may be of one face, too


def _of_faces(boxes: Floats) -> Floats:
    """One box [N, 5] a face: those that are about as high and as far left as a better one are averaged with it."""
    groups: list[list[Floats]] = []
    for box in boxes[np.argsort(-boxes[:, 4], kind="stable")]:
        near = [group for group in groups if (np.abs(_middle(box) - _middle(group[0])) < _reach(group[0])).all()]
        if near:
            near[0].append(box)
        else:
            groups.append([box])
    faces = [
        np.append(np.average(group, 0, [box[4] for box in group])[:4], group[0][4]).astype(np.float32)
        for group in groups
    ]
    return np.array(faces, np.float32).reshape(-1, 5)


def _middle(box: Floats) -> Floats:
    middle = (box[:2] + box[2:4]) / 2
    return middle.astype(np.float32)


def _reach(box: Floats) -> Floats:
    """How far from a face's middle another box's may be and still be the same face's."""
    reach = SAME_FACE * (box[2:4] - box[:2])
    return reach.astype(np.float32)


def mean_in(likely: Floats, box: Floats) -> float:
    """The mean of a map [h, w] over a box of shares of its sides."""
    left, top, right, bottom = box[:4] * np.tile(likely.shape[::-1], 2)
    part = likely[int(top) : max(int(bottom), int(top) + 1), int(left) : max(int(right), int(left) + 1)]
    return float(part.mean()) if part.size else 0.0


def distinct(boxes: Floats, most: float) -> Floats:
    """Boxes [N, 5], best first, without those that overlap a better one by more than the IoU `most`."""
    left = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[overlaps(best, left) <= most]
    return np.array(kept, np.float32).reshape(-1, 5)


def overlaps(box: Floats, others: Floats) -> Floats:
    """The IoU [N] of a box (left, top, right, bottom) with `others` [N, 4 or more]."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:4], others[:, 2:4])
    common = np.clip(high - low, 0, None).prod(1)
    areas = [np.clip(b[..., 2:4] - b[..., :2], 0, None).prod(-1) for b in (box, others)]
    shares: Floats = common / np.maximum(areas[0] + areas[1] - common, 1e-12)
    return shares
