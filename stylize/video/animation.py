"""Paint animated GIF and WebP files: every frame, its duration, the number of rounds and transparency are kept."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageSequence

from stylize import imaging
from stylize.callbacks import CancelCheck, ProgressCallback, raise_if_cancelled, report
from stylize.errors import PictureError, VideoError
from stylize.imaging import Pixels

KINDS = {".gif": "GIF", ".webp": "WEBP"}
MAX_PIXELS = 150_000_000  # of all frames together: Pillow's encoders hold them until the end
QUALITY = 88  # of WebP


def is_animation(path: Path) -> bool:
    """Whether `path` is a GIF or WebP of more than one frame."""
    if path.suffix.lower() not in KINDS:
        return False
    try:
        with Image.open(path, formats=list(KINDS.values())) as image:
            return bool(getattr(image, "is_animated", False))
    except Exception:  # Pillow's decoders raise many kinds
        return False  # reading it as a picture says what is wrong


def paint_animation(
    source: Path,
    target: Path,
    paint: Callable[[Pixels], Pixels],
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> Path:
    """Paint the animation `source`, frame by frame with `paint`, into `target`, which appears whole or not at all.

    Raises VideoError if it cannot be read or written or is too long, and Cancelled.
    """
    kind = KINDS.get(target.suffix.lower())
    if kind is None:
        raise VideoError(f"{target.name} cannot be written: an animation's ending must be .gif or .webp.")
    with _opened(source) as image:
        durations, see_through = _survey(image, source.name)
        frames = _painted(image, source.name, paint, len(durations), progress, cancelled)
        try:
            with imaging.atomic_path(target) as part:
                _write(frames, part, kind, durations, _rounds(image), see_through)
        except (OSError, ValueError) as error:
            raise VideoError(f"{target} cannot be written ({error}).") from error
    report(progress, 1.0)
    return target


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(source, formats=list(KINDS.values()))
    except Exception as error:  # Pillow's decoders raise many kinds
        raise VideoError(f"{source.name} is not an animation we can read ({error}). Give a GIF or WebP.") from error
    with image:
        yield image


def _survey(image: Image.Image, name: str) -> tuple[list[int], bool]:
    """Milliseconds of every frame, and whether one is transparent somewhere.

    Raises VideoError if there are too many, or one is damaged.
    """
    try:
        count = int(getattr(image, "n_frames", 1))
    except Exception as error:
        raise VideoError(_damaged(name, error)) from error
    if image.width * image.height * count > MAX_PIXELS:
        raise VideoError(
            f"{name} is too long: {count} frames of {image.width}x{image.height}; "
            f"at most {MAX_PIXELS // 1_000_000} megapixels in all are accepted."
        )
    durations, see_through = [], False
    try:
        for index in range(count):
            image.seek(index)
            image.load()
            durations.append(round(image.info.get("duration", 0)))
            if image.has_transparency_data:
                see_through |= image.convert("RGBA").getchannel("A").getextrema() != (255, 255)
    except Exception as error:
        raise VideoError(_damaged(name, error)) from error
    return durations, see_through


def _damaged(name: str, error: Exception) -> str:
    said = " ".join(str(error).split())[:160] or type(error).__name__
    return f"{name} is damaged or cut off and cannot be decoded ({said})."


def _rounds(image: Image.Image) -> int | None:
    """How often it plays: 0 is for ever, None a GIF that says nothing (once)."""
    loop = image.info.get("loop")
    return None if loop is None else int(loop)


def _painted(
    image: Image.Image,
    name: str,
    paint: Callable[[Pixels], Pixels],
    count: int,
    progress: ProgressCallback | None,
    cancelled: CancelCheck | None,
) -> Iterator[Image.Image]:
    image.seek(0)
    for index, frame in enumerate(ImageSequence.Iterator(image)):
        raise_if_cancelled(cancelled)
        try:
            picture = imaging.read(frame)
        except PictureError as error:
            raise VideoError(f"{name}, frame {index + 1}: {error}") from error
        yield picture.with_pixels(paint(picture.pixels))
        report(progress, min(0.99, (index + 1) / count))


def _write(
    frames: Iterator[Image.Image], part: Path, kind: str, durations: list[int], loop: int | None, see_through: bool
) -> None:
    options: dict[str, Any] = {"duration": durations}
    if loop is not None:
        options["loop"] = loop
    if kind == "WEBP":
        options |= {"quality": QUALITY, "method": 2}
    elif see_through:  # in a GIF all or nothing, which Pillow chooses; and the frame before must not show through
        frames = (frame.convert("RGBA") for frame in frames)
        options["disposal"] = 2
    else:
        frames = (frame.quantize(256) for frame in frames)
    first = next(frames)
    first.save(part, kind, save_all=True, append_images=frames, **options)
