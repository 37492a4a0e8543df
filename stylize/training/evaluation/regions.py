"""How far the regions of the pipeline agree with the teachers, on photos that were never trained on.

    python -m stylize.training.evaluation.regions --photos DIR [DIR ...] --teachers DIR --labels runs/regions

Prints a table:

    subject   IoU of the masks (at one half), and boundary F: the harmonic mean of the shares of each boundary that lie
              within two pixels of the other's, at 320x320; of photos in which the teacher sees a subject
    teacher   the same of what it says of the mirrored photo: nobody who learns from it can be expected to agree more
    classes   IoU over all photos together, of person and of the classes that the teacher sees most
    edge      mean error within six pixels of the edge of ten subjects that were cut out by hand, and the teacher's
    faces     share found of the teacher's faces of 40 pixels or more, and false ones a photo
    people    the same of faces that a person sees, by what they look like, and boxes of 40 pixels or more beside them
    time      of finding the regions of a photo, and of all that and the subject's mask at 12 megapixels
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from stylize import imaging
from stylize.errors import StylizeError
from stylize.imaging import Pixels
from stylize.inference.faces import overlaps
from stylize.inference.regions import FACE, REGIONS, SUBJECT, PhotoMasks, RegionsNetwork
from stylize.inference.session import Device
from stylize.paths import MODELS
from stylize.training.arguments import add_threads
from stylize.training.data.region_labels import RegionLabels, Teachers
from stylize.training.evaluation.by_hand import Person, cut_outs, edge_error, filled, people
from stylize.training.tasks.distil_regions import labelled_photos

LEAST_SUBJECT = 0.01  # share of the photo: with less the teacher sees no subject
NEAR = 2  # pixels, at the teacher's size, by which boundaries may differ
COMMONEST = 5  # classes beside person
LEAST_FACE = 40  # side in pixels of faces that should be found
SAME_FACE = 0.4  # IoU from which two boxes are of one face
LARGE = 4000, 3000  # of a photo of 12 megapixels

Inside = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Faces(NamedTuple):
    """Faces that should be found, those of them that were, and those found where the teacher sees none."""

    wanted: int
    found: int
    false: int


def iou(a: Inside, b: Inside) -> float:
    """Intersection over union of two masks; 1 if both are empty."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def boundary_f(a: Inside, b: Inside, near: int = NEAR) -> float:
    """The harmonic mean of the shares of each mask's boundary that lie within `near` pixels of the other's."""
    edges = [_boundary(a), _boundary(b)]
    if not all(edge.any() for edge in edges):
        return float(edges[0].any() == edges[1].any())
    one, other = (float(_widened(b, near)[a].mean()) for a, b in (edges, edges[::-1]))
    return 2 * one * other / max(one + other, 1e-9)


def compare_faces(masks: PhotoMasks, labels: RegionLabels, size: tuple[int, int]) -> Faces:
    """The faces of a photo of `size` (width, height)."""
    mine = _faces(masks) / np.tile(size, 2)
    wanted = labels.faces[_sides(labels.faces * np.append(np.tile(size, 2), 1)) >= LEAST_FACE]
    found = sum(bool((overlaps(face, mine) >= SAME_FACE).any()) for face in wanted)
    false = sum(not (overlaps(box, labels.faces) >= SAME_FACE / 2).any() for box in mine)
    return Faces(len(wanted), found, false)


def compare_people(masks: PhotoMasks, faces: list[Person]) -> tuple[list[bool], int]:
    """Which of some faces were found, and how many boxes are found that are large enough and hold none of them."""
    mine = _faces(masks)
    theirs = np.array([face.corners for face in faces], np.float32).reshape(-1, 4)
    found = [bool((overlaps(face, mine) >= SAME_FACE).any()) for face in theirs]
    large = mine[_sides(mine) >= LEAST_FACE]
    return found, sum(not (overlaps(box, theirs) >= SAME_FACE / 2).any() for box in large)


def _faces(masks: PhotoMasks) -> Floats:
    """The boxes [N, 4] of all faces that were found, in pixels."""
    boxes = [region.box.corners for region in masks.found() if region.name == FACE]
    return np.array(boxes, np.float32).reshape(-1, 4)


def _sides(boxes: Floats) -> Floats:
    """The side [N] of a square as large as each box [N, 4 or more]."""
    sides: Floats = np.sqrt(np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None).prod(1))
    return sides


def self_agreement(teachers: Teachers, photos: list[Path], labels: list[Path]) -> dict[str, str]:
    """How far the teacher for the subject agrees with what it says of the mirrored photos: names and texts."""
    ious, edges = [], []
    for photo, file in zip(tqdm(photos, unit="photo", mininterval=5), labels, strict=True):
        subject = RegionLabels.load(file).subject >= 128
        if subject.mean() >= LEAST_SUBJECT:
            again = teachers.subject(np.ascontiguousarray(imaging.read(photo).pixels[:, ::-1]))[:, ::-1] >= 128
            ious.append(iou(again, subject))
            edges.append(boundary_f(again, subject))
    return {
        "teacher, mirrored, IoU": f"{np.mean(ious):.3f}, median {np.median(ious):.3f}",
        "teacher, mirrored, boundary F": f"{np.mean(edges):.3f}",
    }


def edge_errors(network: RegionsNetwork, teachers: Teachers, folders: list[Path]) -> dict[str, str]:
    """How far the subject's edge, and the teacher's, is from those of `cut_outs` in some folders: names and texts."""
    errors = []
    for path, outlines in cut_outs(folders).items():
        pixels = imaging.read(path).pixels
        size = pixels.shape[1], pixels.shape[0]
        by_hand = filled(outlines, size)
        theirs = np.asarray(Image.fromarray(teachers.subject(pixels)).resize(size, Image.Resampling.BILINEAR))
        errors.append([edge_error(mask, by_hand) for mask in (network(pixels).mask(SUBJECT), theirs)])
    if not errors:
        return {}
    ours, theirs = np.array(errors).T
    return {
        "edge, mean error": f"{ours.mean():.3f}, of {len(errors)} photos cut out by hand",
        "teacher, edge, mean error": f"{theirs.mean():.3f}, more than ours in {np.count_nonzero(ours < theirs)}",
    }


def evaluate(network: RegionsNetwork, photos: list[Path], labels: list[Path]) -> dict[str, str]:
    """Names and texts of all numbers."""
    ious, edges, seconds = [], [], []
    common, union = np.zeros((2, len(network.classes)))
    faces, others = np.zeros(3, int), 0
    by_looks: dict[str, list[bool]] = {}
    for photo, file in zip(tqdm(photos, unit="photo", mininterval=5), labels, strict=True):
        pixels, wanted = imaging.read(photo).pixels, RegionLabels.load(file)
        started = time.perf_counter()
        masks = network(pixels)
        masks.found()
        seconds.append(time.perf_counter() - started)
        subject = wanted.subject >= 128
        if subject.mean() >= LEAST_SUBJECT:
            mine = _at(masks.mask(SUBJECT), subject.shape)
            ious.append(iou(mine, subject))
            edges.append(boundary_f(mine, subject))
        best = wanted.classes.argmax(-1)
        for number, name in enumerate(network.classes[1:], 1):
            mine, theirs = _at(masks.mask(name), best.shape), best == number
            common[number] += np.count_nonzero(mine & theirs)
            union[number] += np.count_nonzero(mine | theirs)
        faces += compare_faces(masks, wanted, (pixels.shape[1], pixels.shape[0]))
        seen = people(photo)
        found, false = compare_people(masks, seen)
        others += false
        for person_seen, is_found in zip(seen, found, strict=True):
            for look in ("all", *person_seen.looks):
                by_looks.setdefault(look, []).append(is_found)
    person = network.classes.index("person")
    often = [n for n in np.argsort(-union) if n != person and union[n]][:COMMONEST]
    shares = {network.classes[n]: common[n] / max(union[n], 1) for n in (person, *often)}
    return {
        "photos": str(len(photos)),
        "subject, IoU": f"{np.mean(ious):.3f}, of {len(ious)} photos",
        "subject, boundary F": f"{np.mean(edges):.3f}",
        **{f"{name}, IoU": f"{share:.3f}" for name, share in shares.items()},
        "these classes, mean IoU": f"{np.mean(list(shares.values())):.3f}",
        "faces found": f"{faces[1]} of {faces[0]}",
        "false faces": f"{faces[2]} in {len(photos)} photos",
        "people found": ", ".join(f"{sum(of)} of {len(of)} {look}" for look, of in by_looks.items()),
        "what is no face of theirs": f"{others} in {len(photos)} photos",
        "regions of a photo": f"{1000 * median(seconds):.0f} ms",
        "12 megapixels, with the subject's mask": f"{_large(network, photos[0]):.2f} s",
    }


def _large(network: RegionsNetwork, photo: Path) -> float:
    """Seconds, the least of three, that a photo of 12 megapixels takes."""
    pixels: Pixels = np.asarray(Image.fromarray(imaging.read(photo).pixels).resize(LARGE))

    def run() -> float:
        started = time.perf_counter()
        masks = network(pixels)
        masks.found()
        masks.mask(SUBJECT)
        return time.perf_counter() - started

    return min(_times(run, 3))


def _times(run: Callable[[], float], count: int) -> list[float]:
    return [run() for _ in range(count)]


def _at(mask: Pixels, shape: tuple[int, int]) -> Inside:
    """Whether the places of a grid lie in a mask."""
    return np.asarray(Image.fromarray(mask).resize(shape[::-1], Image.Resampling.BOX)) >= 128


def _boundary(inside: Inside) -> Inside:
    """The pixels inside that touch one outside; the picture's border is no boundary."""
    around = np.pad(inside, 1, "edge")
    h, w = inside.shape
    alike = [around[1 + y : h + 1 + y, 1 + x : w + 1 + x] for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0))]
    return inside & ~np.logical_and.reduce(alike)


def _widened(edge: Inside, by: int) -> Inside:
    h, w = edge.shape
    around = np.pad(edge, by)
    span = range(2 * by + 1)
    return np.logical_or.reduce([around[y : y + h, x : x + w] for y in span for x in span])


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="stylize.training.evaluation.regions", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, type=Path, nargs="+", metavar="DIR", help="folders of photos")
    parser.add_argument("--teachers", required=True, type=Path, metavar="DIR", help="folder of the larger networks")
    parser.add_argument("--labels", required=True, type=Path, metavar="DIR", help="folder of the run, for its labels")
    parser.add_argument("--models", type=Path, default=MODELS, help="the folder of regions.onnx")
    add_threads(parser)
    arguments = parser.parse_args(argv)
    try:
        network = RegionsNetwork(arguments.models / REGIONS, Device("cpu", arguments.threads))
        held_out = labelled_photos(
            arguments.photos, arguments.teachers, arguments.labels, arguments.threads, held_out=True
        )
        numbers = evaluate(network, held_out.photos, held_out.labels)
        teachers = Teachers(arguments.teachers, Device("cpu", arguments.threads))
        numbers |= edge_errors(network, teachers, arguments.photos)
        for name, text in (numbers | self_agreement(teachers, held_out.photos, held_out.labels)).items():
            print(f"{name:40} {text}")
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
