"""Style networks made elsewhere: one image in, one image out, such as `mosaic-9` of the ONNX model zoo.

Any `*.onnx` in the models folder that is not ours becomes a style; its id is its file's name. What it is given is
read in `stylize.inference.external_input`, which lists the keys of an optional `<name>.json` beside it.

Without a range, bytes are 0..255, and floats are what a trial suggests: a network that answers a picture in 0..255 with
values no larger than about 1, or leaves 0..255 far behind while it answers one in 0..1 with such values, is taken to
work in 0..1 (or -1..1, if it answers with negative values).

The files may come from strangers: they are limited in size, must be whole in themselves, may use only operators that
ONNX Runtime has, and are tried once before they are offered.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from PIL import Image

from stylize import imaging
from stylize.callbacks import CancelCheck, ProgressCallback, raise_if_cancelled, report
from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.inference.engine_protocol import PaintFrame
from stylize.inference.external_input import (
    ImageFormat,
    as_image,
    from_network,
    guess_range,
    read_beside,
    read_format,
    read_range,
    to_network,
)
from stylize.inference.reflection import window
from stylize.inference.session import Array, Device, Network, read_model
from stylize.styles import MAX_TEXT, Style

OURS = ("painter*.onnx", "measure*.onnx", "fine*.onnx", "encoder*.onnx", "loss*.onnx", "regions*.onnx", "detector.onnx")
MULTIPLE = 32  # sides of what a network of free size is given are multiples of this; they halve them a few times
TILE, OVERLAP = 1024, 96  # pixels; networks with instance norm have no exact tiles, so theirs fade into each other
MAX_WHOLE = 1_500_000  # pixels painted at once
TRIAL_SIDE = 96  # of the picture that a network of free size is tried on, pixels
TRIAL_SECONDS = 8.0  # that the trial may take

_TEXTS = ("title", "artist", "year", "licence")

_log = logging.getLogger(__name__)


class ExternalNetwork:
    """One external network. Raises NetworkError, saying why, if it cannot be used."""

    def __init__(self, path: Path, device: Device) -> None:
        self._path, self._device = path, device
        self._network: Network | None = None
        self._lock = threading.Lock()
        self._image_format, self.metadata = _probe(path, device.threads)

    def paint(self, pixels: Pixels, progress: ProgressCallback | None, cancelled: CancelCheck | None) -> Pixels:
        """Paint `pixels` [H, W, 3] as they are."""
        if None not in self._image_format.size:
            return self._run(pixels)
        if pixels.shape[0] * pixels.shape[1] <= MAX_WHOLE:
            return self._padded(pixels)
        return self._tiled(pixels, progress, cancelled)

    def _tiled(self, pixels: Pixels, progress: ProgressCallback | None, cancelled: CancelCheck | None) -> Pixels:
        height, width = pixels.shape[:2]
        painted = np.zeros_like(pixels)
        boxes = [(top, left) for top in _starts(height) for left in _starts(width)]
        for done, (top, left) in enumerate(boxes):
            raise_if_cancelled(cancelled)
            box = np.s_[top : top + TILE, left : left + TILE]
            tile = self._padded(pixels[box])
            share = np.minimum(_ramp(tile.shape[0], top)[:, None], _ramp(tile.shape[1], left)[None, :])[..., None]
            painted[box] = np.rint(painted[box] + (tile.astype(np.float32) - painted[box]) * share)
            report(progress, done / len(boxes))
        return painted

    def _padded(self, pixels: Pixels) -> Pixels:
        """Paint with reflection at the right and bottom, up to sides that the network can halve."""
        height, width = pixels.shape[:2]
        whole = window(pixels, 0, height + -height % MULTIPLE, 0, width + -width % MULTIPLE)
        return self._run(whole)[:height, :width]

    def _run(self, pixels: Pixels) -> Pixels:
        """Paint at whatever size the network demands, and bring the answer back to the size of `pixels`."""
        with self._lock:
            if self._network is None:
                self._network = Network(self._device, read_model(self._path))
        size = pixels.shape[1], pixels.shape[0]
        wanted = self._image_format.size[0] or size[0], self._image_format.size[1] or size[1]
        answer = self._network.run(
            {self._network.inputs[0].name: to_network(imaging.resize(pixels, wanted), self._image_format)}
        )[0]
        image = as_image(answer, self._image_format.channels_first)
        if image is None:
            raise NetworkError(f"{self._path.name} answered with {answer.shape}, which is no image.")
        return imaging.resize(from_network(image, self._image_format), size)


@dataclass(frozen=True)
class ExternalEngine:
    """An external network as a style engine. A strength below 1 mixes the photo in."""

    network: ExternalNetwork
    strength: float
    brush: float | None

    def paint(
        self, pixels: Pixels, progress: ProgressCallback | None = None, cancelled: CancelCheck | None = None
    ) -> Pixels:
        """Paint `pixels` [H, W, 3] at the brush's working size, and bring them back to their own."""
        raise_if_cancelled(cancelled)
        size = pixels.shape[1], pixels.shape[0]
        small = imaging.resize(pixels, imaging.working_size(size, self.brush))
        painted = imaging.resize(self.network.paint(small, progress, cancelled), size)
        report(progress, 1.0)
        if self.strength == 1:
            return painted
        return np.asarray(Image.blend(Image.fromarray(pixels), Image.fromarray(painted), self.strength))

    def paint_region(
        self,
        pixels: Pixels,
        mask: Pixels,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:
        """Paint all of `pixels`, whatever `mask` shows: what such a network paints depends on the whole picture."""
        return self.paint(pixels, progress, cancelled), 0, 0

    def frame_stylizer(self) -> PaintFrame:
        """What paints the frames of one film or camera, each by itself."""
        return self.paint


def engine(
    known: dict[Path | None, ExternalNetwork], path: Path, device: Device, strength: float, brush: float | None
) -> ExternalEngine:
    """The network of a file as a style engine; it is read if it is not among the `known`, and then added to them."""
    if path not in known:
        known[path] = ExternalNetwork(path, device)
    return ExternalEngine(known[path], strength, brush)


def find_networks(folder: Path, device: Device, taken: Iterable[str]) -> Iterator[tuple[Style, ExternalNetwork]]:
    """The usable external networks in `folder`, as styles. What cannot be used is left out with a warning."""
    names = set(taken)
    for path in sorted(folder.glob("*.onnx")):
        if any(fnmatch(path.name.lower(), ours) for ours in OURS):
            continue
        name = re.sub(r"[^a-z0-9_-]+", "_", path.stem.lower()).strip("_-")[:64]
        try:
            if not name or name in names:
                raise NetworkError(f"the id {name!r}, made from its file's name, is taken or empty; rename the file.")
            network = ExternalNetwork(path, device)
        except NetworkError as error:
            _log.warning("%s was left out of the styles: %s", path.name, error)
            continue
        names.add(name)
        texts = {key: str(network.metadata.get(key, ""))[:MAX_TEXT] for key in _TEXTS}
        texts["title"] = texts["title"] or re.sub(r"[_-]+", " ", path.stem).strip().capitalize()
        yield Style(id=name, network=path, **texts), network  # type: ignore[arg-type]


def _probe(path: Path, threads: int) -> tuple[ImageFormat, dict[str, Any]]:
    """Read a network, run it once, and find out how it wants its image. Returns that and its metadata."""
    model = read_model(path)
    if b"\n\x08location" in model:  # a tensor's external_data entry
        raise NetworkError(f"{path.name} keeps its weights in another file; export it with the weights inside.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # it runs once
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own kinds
        raise NetworkError(f"{path.name} is not a network ONNX Runtime can load ({_short(error)}).") from error
    metadata = dict(session.get_modelmeta().custom_metadata_map) | read_beside(path)
    if len(session.get_inputs()) != 1 or len(session.get_outputs()) != 1:
        raise NetworkError(
            f"{path.name} has {len(session.get_inputs())} inputs and {len(session.get_outputs())} outputs; "
            "a style network has one image in and one image out."
        )
    image_format = read_format(path.name, session.get_inputs()[0], metadata)
    answer = _trial(path.name, session, image_format)
    answered = read_range(path.name, metadata, "output_range")
    if "range" in metadata or image_format.type == np.uint8:
        answered = answered or (
            image_format.range if answer.dtype != np.uint8 and image_format.type != np.uint8 else guess_range(answer)
        )
        return replace(image_format, output_range=answered), metadata
    guess = guess_range(answer)
    if guess[1] == 255 and np.mean((answer > -64) & (answer < 320)) < 0.75:
        guess = guess_range(_trial(path.name, session, replace(image_format, range=(0.0, 1.0))))
    return replace(
        image_format, range=guess, output_range=answered or (guess_range(answer) if answer.dtype == np.uint8 else guess)
    ), metadata


def _trial(name: str, session: Any, image_format: ImageFormat) -> Array:
    """The network's answer, [H, W, 3], to a soft picture. Raises NetworkError if it is no image."""
    width, height = (side or TRIAL_SIDE for side in image_format.size)
    ramp = np.linspace(0, 255, width)[None, :, None] * np.linspace(1, 0.2, height)[:, None, None]
    picture = (ramp * np.array([1.0, 0.8, 0.5])).astype(np.uint8)
    run = ort.RunOptions()
    run.log_severity_level = 4
    alarm = threading.Timer(TRIAL_SECONDS, setattr, (run, "terminate", True))
    alarm.start()
    try:
        answer = session.run(None, {session.get_inputs()[0].name: to_network(picture, image_format)}, run)[0]
    except Exception as error:  # onnxruntime's own kinds, and what it raises when it is stopped
        raise NetworkError(f"{name} fails on a picture of {width}x{height} ({_short(error)}).") from error
    finally:
        alarm.cancel()
    image = as_image(np.asarray(answer), image_format.channels_first)
    if image is None:
        raise NetworkError(f"{name} does not answer with an image of three channels.")
    if not np.isfinite(image).all():
        raise NetworkError(f"{name} answers with values that are not numbers.")
    return image


def _starts(length: int) -> list[int]:
    """Where tiles begin along a side."""
    return list(range(0, max(1, length - OVERLAP), TILE - OVERLAP))


def _ramp(length: int, start: int) -> Array:
    """How much of a tile counts along a side: it fades in over what was painted before."""
    ramp = np.ones(length, np.float32)
    if start:
        fade = min(OVERLAP, length)
        ramp[:fade] = (np.arange(fade) + 0.5) / fade
    return ramp


def _short(error: Exception) -> str:
    """The first line of what a library says, without its own file names."""
    return re.sub(r"/\S+", "", str(error).strip().split("\n")[0])[:160].strip()
