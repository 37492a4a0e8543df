"""Paint animations: every frame, its duration, how often it plays and transparency are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from stylize import imaging
from stylize.callbacks import CancelCheck, ProgressCallback, raise_if_cancelled, report
from stylize.errors import VideoError
from stylize.imaging import Pixels
from stylize.imaging.animation_reader import Animation, open_animation
from stylize.imaging.picture import Picture
from stylize.video.at_once import paint_frames

KINDS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG", ".avif": "AVIF"}
QUALITY = {"WEBP": 88, "AVIF": 90}
DEFAULT_DURATION = 100  # ms of a frame that says 0, as in browsers
GIF_UNIT = 10  # ms


def paint_animation(
    source: Path,
    target: Path,
    paint: Callable[[Pixels], Pixels],
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> Path:
    """Paint the animation `source`, frame by frame with `paint`, into `target`, which appears whole or not at all.

    What kind `source` is its content decides; what `target` becomes, its ending. Raises VideoError if one cannot be
    read or written or is too long, and Cancelled.
    """
    kind = KINDS.get(target.suffix.lower())
    if kind is None:
        raise VideoError(f"{target.name} cannot be written: an animation's ending must be one of {', '.join(KINDS)}.")
    with open_animation(source) as animation:
        options = _options(animation, kind)
        frames = _painted(animation, paint, progress, cancelled)
        try:
            with imaging.atomic_path(target) as part:
                _write(frames, part, kind, animation.is_transparent, options)
        except (OSError, ValueError) as error:
            raise VideoError(f"{target} cannot be written ({error}).") from error
    report(progress, 1.0)
    return target


def _options(animation: Animation, kind: str) -> dict[str, Any]:
    """What Pillow is told to write: durations in milliseconds, and how often the animation plays."""
    durations = animation.durations
    if animation.kind != kind:
        durations = [duration or DEFAULT_DURATION for duration in durations]
    options: dict[str, Any] = {"duration": whole_durations(durations, GIF_UNIT if kind == "GIF" else 1)}
    if kind == "GIF":
        if animation.plays != 1:  # a GIF that plays once says nothing, the others how often they repeat
            options["loop"] = max(0, animation.plays - 1)
    elif kind != "AVIF":  # plays for ever
        options["loop"] = animation.plays
    return options


def whole_durations(durations: Sequence[float], unit: int) -> list[int]:
    """Durations in milliseconds as multiples of `unit`, such that every frame ends as close to its time as it can."""
    whole: list[int] = []
    end = 0.0
    for duration in durations:
        end += duration
        whole.append(max(0, round(end / unit) * unit - sum(whole)))
    return whole


def _painted(
    animation: Animation,
    paint: Callable[[Pixels], Pixels],
    progress: ProgressCallback | None,
    cancelled: CancelCheck | None,
) -> Iterator[Image.Image]:
    def frames() -> Iterator[tuple[Picture, Pixels]]:
        for picture in animation:
            raise_if_cancelled(cancelled)
            yield picture, picture.pixels

    for index, (picture, painted) in enumerate(paint_frames(paint, frames())):
        yield picture.with_pixels(painted).as_image()
        report(progress, min(0.99, (index + 1) / len(animation)))


def _write(frames: Iterator[Image.Image], part: Path, kind: str, is_transparent: bool, options: dict[str, Any]) -> None:
    mode = "RGBA" if is_transparent else "RGB"
    if kind == "GIF" and not is_transparent:
        shown: Iterator[Image.Image] = (frame.quantize(256) for frame in frames)
    else:  # in a GIF transparency is all or nothing, which Pillow chooses
        shown = (frame if frame.mode == mode else frame.convert(mode) for frame in frames)
    if kind == "GIF" and is_transparent:
        options |= {"disposal": 2}  # the frame before must not show through
    elif kind == "WEBP":
        options |= {"quality": QUALITY[kind], "method": 2}
    elif kind == "AVIF":
        options |= {"quality": QUALITY[kind], "speed": 8}
    first = next(shown)
    rest = shown if kind in ("GIF", "WEBP") else list(shown)  # the other encoders count them first
    first.save(part, kind, save_all=True, append_images=rest, **options)
