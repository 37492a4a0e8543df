"""What the teachers of the regions network say of photos, made once and kept in a folder.

A teacher is an ONNX network, found in a folder by its name. How each wants its input is its authors' choice:

    u2net*.onnx     subject  RGB over its maximum, ImageNet's mean and deviation, 320x320 (Qin et al. 2020,
                             https://arxiv.org/abs/2005.09007)
    deeplab*.onnx   classes  RGB in -1..1, 257x257, the 21 classes of PASCAL VOC (Chen et al. 2018,
                             https://arxiv.org/abs/1802.02611)
    yunet*.onnx     faces    BGR in 0..255, any size (Wu et al. 2023, https://doi.org/10.1007/s11633-023-1423-y)

Labels cover the whole photo, whatever their own size: places in them are shares of the photo's sides.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from stylize import imaging
from stylize.errors import PictureError, TrainingError
from stylize.imaging import Pixels, atomic_path
from stylize.inference.faces import distinct, overlaps
from stylize.inference.session import Device, Network, read_model
from stylize.training.models.loss_network import MEAN, STD
from stylize.training.models.regions import CLASSES

Floats = NDArray[np.float32]

SUBJECT_SIDE, CLASSES_SIDE = 320, 257  # pixels at which the teachers see a photo
CLASSES_STEP = 4  # every so many rows and columns of the classes are kept: they are made from a grid of 8
FACE_SIDES = (640, 320)  # longer side at which faces are looked for: small ones, and those that fill the photo
FACE_SCORE = 0.9  # of a face that is kept, in the photo and in its mirror image
FACE_OVERLAP = 0.3  # IoU above which two boxes are one face
ANIMALS = ("bird", "cat", "cow", "dog", "horse", "sheep")  # whose faces are none of a person
LEAST_SUBJECT = 0.5  # of the largest value: under it there is no subject that could be stretched to 1
# Boxes from which the detector's answers count: sides in pixels, by the step of each of its four maps.
_PRIORS = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}


@dataclass(frozen=True)
class RegionLabels:
    """What the teachers say of one photo."""

    subject: Pixels  # [320, 320], 0..255
    classes: Pixels  # [65, 65, 21], probabilities of 0..255
    faces: Floats  # [N, 5]: left, top, right, bottom as shares of the photo's sides, score

    def save(self, path: Path) -> None:
        """Write the labels, whole or not at all."""
        with atomic_path(path) as part, part.open("wb") as file:
            np.savez_compressed(file, subject=self.subject, classes=self.classes, faces=self.faces)

    @classmethod
    def load(cls, path: Path) -> RegionLabels:
        """Labels that `save` wrote. Raises TrainingError if they are damaged."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(stored["subject"], stored["classes"], stored["faces"])
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise TrainingError(f"{path} is damaged ({error}). Remove it; the same command makes it anew.") from error


class Teachers:
    """The three teachers of a folder. Raises TrainingError if one is missing, NetworkError if one is damaged."""

    def __init__(self, folder: Path, device: Device) -> None:
        self._subject = Network(device, read_model(find_teacher(folder, "u2net")))
        self._classes = Network(device, read_model(find_teacher(folder, "deeplab")))
        self._faces = Network(device, _any_size(find_teacher(folder, "yunet")))

    def __call__(self, pixels: Pixels) -> RegionLabels:
        """The labels of a photo [H, W, 3]."""
        classes = self.classes(pixels)
        return RegionLabels(self.subject(pixels), classes, of_people(self.faces(pixels), classes))

    def subject(self, pixels: Pixels) -> Pixels:
        """The subject [320, 320], 0..255, of a photo [H, W, 3]."""
        image = imaging.resize(pixels, (SUBJECT_SIDE, SUBJECT_SIDE)).astype(np.float32)
        image = (image / max(image.max(), 1.0) - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
        name = self._subject.inputs[0].name
        found = self._subject.run({name: image.transpose(2, 0, 1)[None]})[0][0, 0]
        if found.max() > LEAST_SUBJECT:
            found = (found - found.min()) / (found.max() - found.min())
        return np.rint(255 * np.clip(found, 0, 1)).astype(np.uint8)

    def classes(self, pixels: Pixels) -> Pixels:
        """Probabilities [65, 65, 21] of the classes, 0..255, in a photo [H, W, 3]."""
        image = imaging.resize(pixels, (CLASSES_SIDE, CLASSES_SIDE)).astype(np.float32) / 127.5 - 1
        logits = self._classes.run({self._classes.inputs[0].name: image[None]})[0][0, ::CLASSES_STEP, ::CLASSES_STEP]
        likely = np.exp(logits - logits.max(-1, keepdims=True))
        return np.rint(255 * likely / likely.sum(-1, keepdims=True)).astype(np.uint8)

    def faces(self, pixels: Pixels) -> Floats:
        """Boxes [N, 5] of the faces in a photo [H, W, 3], best first: sides as shares of the photo's, and scores.

        A face is one in the mirror image, too, and has the smaller of both scores. So clouds and plates are no faces:
        of 27 people and 13 other things that the teacher called faces with 0.8, 24 and 3 remain, these animals.
        """
        found, mirrored = (self._seen_faces(np.ascontiguousarray(view)) for view in (pixels, pixels[:, ::-1]))
        mirrored[:, [0, 2]] = 1 - mirrored[:, [2, 0]]
        for face in found:
            again = mirrored[overlaps(face, mirrored) >= FACE_OVERLAP, 4]
            face[4] = min(face[4], again.max(initial=0))
        return distinct(found[found[:, 4] >= FACE_SCORE], FACE_OVERLAP)

    def _seen_faces(self, pixels: Pixels) -> Floats:
        found = np.concatenate([self._faces_at(pixels, side) for side in FACE_SIDES])
        return distinct(found[found[:, 4] >= FACE_SCORE], FACE_OVERLAP)

    def _faces_at(self, pixels: Pixels, longer: int) -> Floats:
        height, width = pixels.shape[:2]
        ratio = longer / max(height, width)
        height, width = (max(64, round(side * ratio)) for side in (height, width))
        bgr = imaging.resize(pixels, (width, height))[..., ::-1].astype(np.float32).transpose(2, 0, 1)
        places, sure, overlap = self._faces.run({self._faces.inputs[0].name: bgr[None]})
        score = np.sqrt(sure[:, 1] * np.clip(overlap[:, 0], 0, 1))
        priors = _priors(height, width)
        middle = priors[:, :2] + 0.1 * places[:, :2] * priors[:, 2:]
        size = priors[:, 2:] * np.exp(0.2 * places[:, 2:4])
        scale = np.array([width, height], np.float32)
        boxes = [(middle - size / 2) / scale, (middle + size / 2) / scale, score[:, None]]
        return np.concatenate(boxes, 1).astype(np.float32)


def of_people(faces: Floats, classes: Pixels) -> Floats:
    """Those of some faces [N, 5] in which `classes` [65, 65, 21] are not rather animals than people."""
    height, width = classes.shape[:2]
    kept = []
    for left, top, right, bottom in faces[:, :4].clip(0, 1):
        rows = slice(min(int(top * height), height - 1), max(math.ceil(bottom * height), 1))
        columns = slice(min(int(left * width), width - 1), max(math.ceil(right * width), 1))
        likely = dict(zip(CLASSES, classes[rows, columns].mean((0, 1)), strict=True))
        kept.append(sum(likely[name] for name in ANIMALS) <= likely["person"])
    return faces[np.array(kept, bool)]


def find_teacher(folder: Path, name: str) -> Path:
    """The network in `folder` whose file begins with `name`. Raises TrainingError if there is none."""
    found = sorted(folder.glob(f"{name}*.onnx"))
    if not found:
        raise TrainingError(f"{folder} holds no {name}*.onnx. Give --teachers a folder with u2net, deeplab and yunet.")
    return found[0]


def label_photos(
    paths: Sequence[Path], teachers: Callable[[], Teachers], folder: Path, each: Callable[[], object]
) -> list[Path]:
    """Label photos that have no labels in `folder` yet; returns those that could be read, `each` is called for each."""
    ready: Teachers | None = None
    labelled = []
    for path in paths:
        target = labels_path(path, folder)
        if not target.exists():
            ready = ready or teachers()
            try:
                ready(imaging.read(path).pixels).save(target)
            except PictureError:
                each()
                continue
        labelled.append(path)
        each()
    return labelled


def labels_path(photo: Path, folder: Path) -> Path:
    """Where the labels of a photo are kept: by the bytes of its file."""
    return folder / (hashlib.sha256(photo.read_bytes()).hexdigest()[:32] + ".npz")


def _any_size(path: Path) -> bytes:
    """A network of one convolution after another for pictures of any size, whatever size it was exported for."""
    model = onnx.load(path)
    for value, names in (
        (model.graph.input[0], ("height", "width")),
        *((out, ("rows",)) for out in model.graph.output),
    ):
        dimensions = value.type.tensor_type.shape.dim
        for dimension, name in zip(dimensions[-2:] if len(names) == 2 else dimensions[:1], names, strict=True):
            dimension.dim_param = name
    model.graph.ClearField("value_info")
    return bytes(model.SerializeToString())


def _priors(height: int, width: int) -> Floats:
    """Middle and size [N, 4] of the boxes from which the face detector's answers count, in pixels."""
    rows, columns = ((side + 1) // 2 // 2 for side in (height, width))
    found = []
    for step, sizes in _PRIORS.items():
        rows, columns = rows // 2, columns // 2
        y, x, size = np.meshgrid(
            *(np.array(n, np.float32) for n in (range(rows), range(columns), sizes)), indexing="ij"
        )
        found.append(np.stack([(x + 0.5) * step, (y + 0.5) * step, size, size], -1).reshape(-1, 4))
    return np.concatenate(found).astype(np.float32)
