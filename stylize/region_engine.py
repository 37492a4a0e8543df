"""A photo painted by regions: each with its own style and statistics, laid over each other by soft masks.

Where regions overlap, a mask drawn by hand lies over faces, these over classes, these over subject and background, and
these over the rest. On one level shares add up to one at most, so nothing of the rest shows where two regions meet.
"""

from __future__ import annotations

import difflib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from stylize import imaging
from stylize.callbacks import (
    CancelCheck,
    Note,
    NoteCallback,
    ProgressCallback,
    portions,
    raise_if_cancelled,
    report,
)
from stylize.errors import OptionError, PictureError
from stylize.imaging import LayeredPicture, Pixels
from stylize.inference.engine_protocol import PaintFrame, StyleEngine
from stylize.inference.regions import BACKGROUND, FACE, SUBJECT, PhotoMasks, RegionsNetwork
from stylize.inference.session import Device
from stylize.inference.steady_masks import SteadyMasks
from stylize.options import CorrectedRegion, PaintOptions, RegionName, called_region
from stylize.styles import PHOTO
from stylize.video.temporal import FrameStylizer

MOST_TOGETHER = 25_000_000  # pixels of a picture whose regions are painted at the same time: each takes memory
ROUNDING = 2  # levels by which keeping the colours may change a frame of which nothing is painted
ALIASES = {"faces": FACE, "people": "person"}

_log = logging.getLogger(__name__)


class Masks(Protocol):
    """What tells where regions are: of a photo, or of a film's frames."""

    def mask(self, name: str) -> Pixels:
        """The soft mask 0..255 [H, W] of a region."""


class RegionPainter(Protocol):
    """The part of a `StyleEngine` that paints regions."""

    def paint_region(
        self, pixels: Pixels, mask: Pixels, progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:  # fmt: skip
        """Paint what of a picture is seen where `mask` [H, W] is not 0: a part of it, and its top and left."""


Layer = tuple[RegionPainter | None, Pixels]  # what paints, and its share 0..255 of every pixel [H, W]


@dataclass(frozen=True)
class RegionEngine:
    """Paints each region with its own engine, and `rest` with another; None leaves the photo there.

    `network` finds the regions that have names. On `device` the regions share the threads of the picture.
    """

    regions: Sequence[tuple[RegionName, StyleEngine | None]]
    rest: StyleEngine | None
    network: RegionsNetwork | None
    device: Device

    def paint(
        self, pixels: Pixels, progress: ProgressCallback | None = None, cancelled: CancelCheck | None = None
    ) -> Pixels:
        """Paint `pixels` [H, W, 3]. Raises PictureError if they show nothing that would be painted."""
        raise_if_cancelled(cancelled)
        names = [name for name, _ in self.regions]
        masks = self.network(pixels) if self.network is not None else None
        found, rest = region_shares(pixels, names, masks)
        layers = [(self.rest, rest), *((engine, share) for (_, engine), share in zip(self.regions, found, strict=True))]
        if not any(engine is not None and share.any() for engine, share in layers):
            painted = [name for name, engine in self.regions if engine is not None]
            raise PictureError(_nothing_to_paint(painted, self.rest is not None, masks))
        return paint_layers(pixels, layers, self.device, progress, cancelled)

    def paint_region(
        self, pixels: Pixels, mask: Pixels, progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:  # fmt: skip
        """Paint all of `pixels`, whatever `mask` shows."""
        return self.paint(pixels, progress, cancelled), 0, 0

    def frame_stylizer(self) -> PaintFrame:
        """What paints the frames of one film, with masks that are steady over time; a region may be in none of them."""
        names = [name for name, _ in self.regions]
        engines = [self.rest, *(engine for _, engine in self.regions)]
        frames = [None if engine is None else _FramesEngine(engine.frame_stylizer()) for engine in engines]
        steady = None if self.network is None else SteadyMasks(self.network)

        def paint(pixels: Pixels) -> Pixels:
            if steady is not None:
                steady(pixels)
            found, rest = region_shares(pixels, names, steady)
            return paint_layers(pixels, list(zip(frames, [rest, *found], strict=True)), self.device)

        return paint


@dataclass(frozen=True)
class _FramesEngine:
    """The frames of one film as a `RegionPainter`: each is painted whole: the edges of a part would jump with it."""

    paint_frame: PaintFrame

    def paint_region(
        self, pixels: Pixels, mask: Pixels, progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:  # fmt: skip
        """Paint all of the next frame, with the statistics of the part that is seen where the painter has any."""
        if isinstance(self.paint_frame, FrameStylizer):
            return self.paint_frame(pixels, mask), 0, 0
        return self.paint_frame(pixels), 0, 0


class WatchedFrames:
    """Paints a film's frames with `paint_frame`, and knows whether that has changed any."""

    def __init__(self, paint_frame: PaintFrame) -> None:
        self._paint_frame, self._has_painted = paint_frame, False

    def __call__(self, pixels: Pixels) -> Pixels:
        """Paint the next frame [H, W, 3]."""
        painted = self._paint_frame(pixels)
        if not self._has_painted:
            self._has_painted = bool((np.abs(painted.astype(np.int16) - pixels) > ROUNDING).any())
        return painted

    def tell_if_unpainted(self, film: str, note: NoteCallback | None) -> None:
        """At the film's end, tell `note`, or the log, if no frame has shown anything of the regions."""
        if not self._has_painted:
            said = f"{film} shows none of the regions that were to be painted: all of it stays as it is."
            (note or _log.warning)(Note("unpainted", said))


def region_engine(
    options: PaintOptions,
    engine: Callable[[PaintOptions], StyleEngine],
    network: Callable[[], RegionsNetwork],
    device: Device,
) -> RegionEngine:
    """What paints by the regions of `options`; `engine` paints with options that have none.

    `network` is asked for only if a region has a name. Raises OptionError for a name that it does not know, and what
    the others raise.
    """
    regions = options.by_region()
    finds = network() if any(called_region(name) is not None for name, _ in regions) else None
    known = finds.names if finds is not None else ()
    rest = None if options.style == PHOTO else engine(replace(options, regions=None))
    named = [(region_name(name, known), None if own is None else engine(own)) for name, own in regions]
    names = [name for name in (called_region(name) for name, _ in named) if name is not None]
    if len(set(names)) < len(names):
        raise OptionError("A region is given twice, by two of its names.")
    return RegionEngine(named, rest, finds, device)


def region_name(name: RegionName, known: Sequence[str]) -> RegionName:
    """A region's name as the network has it; a mask is itself. Raises OptionError for a name that is not `known`."""
    called = called_region(name)
    if called is None:
        return name
    found = ALIASES.get(called, called)
    if found not in known:
        near = difflib.get_close_matches(called.lower(), [*known, *ALIASES], 1, 0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise OptionError(f"There is no region {called[:80]!r}. {hint}Choose {', '.join(known)}, or give a mask.")
    return replace(name, name=found) if isinstance(name, CorrectedRegion) else found


def paint_layers(
    pixels: Pixels,
    layers: Sequence[Layer],
    device: Device,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> Pixels:
    """`pixels` [H, W, 3] painted by layers whose shares sum to 255 at most; what is left is the photo's."""
    painted = [(engine, share) for engine, share in layers if engine is not None and share.any()]
    left = np.full(pixels.shape[:2], 255, np.uint8)
    sheet = LayeredPicture(pixels.shape)
    parts = _parts(pixels, painted, device, progress, cancelled)
    for (part, top, side), (_, share) in zip(parts, painted, strict=True):
        sheet.lay(part, share, top, side)
        left -= share
    sheet.lay(pixels, left)
    report(progress, 1.0)
    return sheet.finished()


def _parts(
    pixels: Pixels,
    layers: Sequence[tuple[RegionPainter, Pixels]],
    device: Device,
    progress: ProgressCallback | None,
    cancelled: CancelCheck | None,
) -> Iterator[tuple[Pixels, int, int]]:
    """What is painted for each layer, in order: at the same time where there are threads, and memory, for it."""
    told = portions(progress, [float(np.count_nonzero(share)) for _, share in layers])
    if len(layers) < 2 or not device.has_room or pixels.shape[0] * pixels.shape[1] > MOST_TOGETHER:
        for (engine, share), tell in zip(layers, told, strict=True):
            yield engine.paint_region(pixels, share, tell, cancelled)
        return
    left = threading.Event()  # the one who waits for the parts has gone

    def stop() -> bool:
        return left.is_set() or (cancelled is not None and cancelled())

    def paint(layer: tuple[RegionPainter, Pixels], tell: ProgressCallback | None) -> tuple[Pixels, int, int]:
        with device.shared():
            return layer[0].paint_region(pixels, layer[1], tell, stop)

    with device.waiting(), ThreadPoolExecutor(min(len(layers), device.threads)) as pool:
        try:
            yield from pool.map(paint, layers, told)
        finally:
            left.set()


def region_shares(pixels: Pixels, names: Sequence[RegionName], masks: Masks | None) -> tuple[list[Pixels], Pixels]:
    """The share 0..255 [H, W] that each region has of a picture [H, W, 3], and that of the rest; they sum to 255."""
    found: dict[int, Pixels] = {}
    uncovered = np.full(pixels.shape[:2], 255, np.uint8)
    for level in reversed(list(_levels(names))):  # from the top
        own = _masks(pixels, [names[i] for i in level], masks)
        found |= {i: imaging.product(mask, uncovered) for i, mask in zip(level, own, strict=True)}
        for i in level:
            uncovered = uncovered - found[i]
    return [found[i] for i in range(len(names))], uncovered


def _levels(names: Sequence[RegionName]) -> Iterator[list[int]]:
    """Which regions lie on one level, from the lowest."""
    by_name = [called_region(name) for name in names]
    numbers = range(len(names))
    yield [i for i in numbers if by_name[i] in (SUBJECT, BACKGROUND)]
    yield [i for i in numbers if by_name[i] not in (SUBJECT, BACKGROUND, FACE, None)]
    yield [i for i in numbers if by_name[i] == FACE]
    yield from ([i] for i in numbers if by_name[i] is None)


def _masks(pixels: Pixels, names: Sequence[RegionName], masks: Masks | None) -> list[Pixels]:
    """The masks of one level, which sum to 255 at most."""
    size = pixels.shape[1], pixels.shape[0]
    own: dict[str, Pixels] = {}
    found = []
    for name in names:
        called = called_region(name)
        if isinstance(name, Image.Image):
            found.append(imaging.resize(imaging.drawn_mask(name), size))
        elif called is not None and masks is not None:
            other = {SUBJECT: BACKGROUND, BACKGROUND: SUBJECT}.get(called, "")
            own[called] = 255 - own[other] if other in own else masks.mask(called)  # these are the picture together
            if isinstance(name, CorrectedRegion):
                own[called] = corrected(own[called], name.mask)
            found.append(own[called])
    return imaging.without_excess(found) if len(found) > 1 else found


def corrected(mask: Pixels, by_hand: Image.Image) -> Pixels:
    """A mask [H, W] with what was drawn by hand over it: nothing where that is transparent."""
    size = mask.shape[1], mask.shape[0]
    drawn, opaque = imaging.luminance_and_alpha(by_hand)
    added, share = (imaging.resize(part, size) for part in (imaging.product(drawn, opaque), opaque))
    return imaging.product(mask, 255 - share) + np.minimum(added, share)


def _nothing_to_paint(names: Sequence[RegionName], has_rest: bool, masks: PhotoMasks | None) -> str:
    """The sentence for a picture that shows none of the regions `names`, which would be painted."""
    if not names:
        said = "Nothing of this picture would be painted: "
        if has_rest:
            return f"{said}the regions that stay as they are cover it."
        return f"{said}all regions stay as they are. Give one of them a style, or a style for the rest."
    called = [name for name in map(called_region, names) if name is not None]
    if not called:
        return "Nothing of this picture would be painted: the mask shows nothing of it. White is what is painted."
    there = list(dict.fromkeys(region.name for region in masks.found())) if masks else []
    missing = [name for name in called if name not in there]
    said = f"it shows no {', '.join(missing)}" if missing else f"nothing is left of {', '.join(called)}"
    return f"Nothing of this picture would be painted: {said}. Found: {', '.join(there) or 'nothing'}."
