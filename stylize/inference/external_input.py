"""How an external network wants its image: read from its input, its string metadata, or a file beside it.

The file is `<name>.json` and wins. The keys are

    title, artist, year, licence     what is said about the style; default: the file's name
    range          [low, high] of the values going in, such as [0, 255], [0, 1] or [-1, 1]
    output_range   the same for what comes out; default: as `range`
    order          "RGB" (default) or "BGR"
    layout         "NCHW" or "NHWC"; default: where the 3 is
    size           [width, height] it must be given; default: any, or what the network's input says
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stylize.errors import NetworkError
from stylize.imaging import Pixels
from stylize.inference.session import Array

MAX_SIDE = 4096  # pixels of a fixed size
MAX_JSON = 64 * 1024  # bytes

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


@dataclass(frozen=True)
class ImageFormat:
    """How a network wants its image and gives its own. `size` is (width, height), None where any will do."""

    type: type[Any]
    channels_first: bool
    size: tuple[int | None, int | None]
    bgr: bool
    range: tuple[float, float]
    output_range: tuple[float, float]


def read_format(name: str, image: Any, metadata: Mapping[str, Any]) -> ImageFormat:
    """What the input and the metadata say; ranges are the given one or 0..255 until the network was tried."""
    kind = _TYPES.get(image.type)
    if kind is None or len(image.shape) != 4:
        raise NetworkError(
            f"{name} wants {image.type} of {len(image.shape)} dimensions; a style network takes one image, "
            "float32, float16 or uint8 of 4."
        )
    layout = str(metadata.get("layout") or ("NHWC" if image.shape[3] == 3 and image.shape[1] != 3 else "NCHW")).upper()
    order = str(metadata.get("order") or "RGB").upper()
    if layout not in ("NCHW", "NHWC") or order not in ("RGB", "BGR"):
        raise NetworkError(f"{name} says layout {layout!r}, order {order!r}; they must be NCHW or NHWC, RGB or BGR.")
    batch, *rest = (side if isinstance(side, int) and side > 0 else None for side in image.shape)
    channels, height, width = rest if layout == "NCHW" else (rest[2], rest[0], rest[1])
    if batch not in (None, 1) or channels not in (None, 3):
        raise NetworkError(f"{name} wants a batch of {batch} and {channels} channels; a style network takes one RGB.")
    size = (width, height)
    if "size" in metadata:
        wide, high = _numbers(name, metadata, "size")
        size = round(wide), round(high)
    if any(side is not None and not 8 <= side <= MAX_SIDE for side in size):
        raise NetworkError(f"{name} wants images of {size[0]}x{size[1]}; sides from 8 to {MAX_SIDE} are accepted.")
    given = read_range(name, metadata, "range") or (0.0, 255.0)
    return ImageFormat(kind, layout == "NCHW", size, order == "BGR", given, given)


def guess_range(image: Array) -> tuple[float, float]:
    """The range that an answer [H, W, 3] seems to be in."""
    if image.dtype == np.uint8 or np.abs(image).max() > 2:
        return 0.0, 255.0
    return (-1.0, 1.0) if image.min() < -0.25 else (0.0, 1.0)


def to_network(pixels: Pixels, image_format: ImageFormat) -> Array:
    """[H, W, 3] bytes as the network's input."""
    image: Array = pixels[..., ::-1] if image_format.bgr else pixels
    if image_format.type != np.uint8:
        low, high = image_format.range
        image = (image.astype(np.float32) * np.float32((high - low) / 255) + np.float32(low)).astype(image_format.type)
    return np.ascontiguousarray(image.transpose(2, 0, 1) if image_format.channels_first else image)[None]


def from_network(image: Array, image_format: ImageFormat) -> Pixels:
    """[H, W, 3] of the network as bytes."""
    if image.dtype != np.uint8:
        low, high = image_format.output_range
        levels = (np.nan_to_num(image.astype(np.float32)) - np.float32(low)) * np.float32(255 / (high - low))
        image = np.rint(levels.clip(0, 255)).astype(np.uint8)
    return np.ascontiguousarray(image[..., ::-1] if image_format.bgr else image)


def as_image(answer: Array, channels_first: bool) -> Array | None:
    """An answer [1, 3, H, W], [1, H, W, 3] or without the 1, as [H, W, 3]; None if it is no image."""
    if answer.dtype not in (np.float32, np.float16, np.float64, np.uint8) or answer.ndim not in (3, 4):
        return None
    if answer.ndim == 4:
        if len(answer) != 1:
            return None
        answer = answer[0]
    for first in (channels_first, not channels_first):
        if answer.shape[0 if first else 2] == 3:
            image: Array = answer.transpose(1, 2, 0) if first else answer
            return image if min(image.shape) > 0 else None
    return None


def read_beside(path: Path) -> dict[str, Any]:
    """The keys of `<name>.json` beside a network, if there is one."""
    beside = path.with_suffix(".json")
    try:
        if not beside.is_file():
            return {}
        if beside.stat().st_size > MAX_JSON:
            raise NetworkError(f"{beside.name} is too large (at most {MAX_JSON // 1024} KB).")
        metadata = json.loads(beside.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise NetworkError(f"{beside.name} cannot be read as JSON ({error}).") from error
    if not isinstance(metadata, dict):
        raise NetworkError(f'{beside.name} must hold an object such as {{"range": [0, 255]}}.')
    return metadata


def read_range(name: str, metadata: Mapping[str, Any], key: str) -> tuple[float, float] | None:
    """The range that the metadata of a network say under `key`, if they do."""
    if key not in metadata:
        return None
    low, high = _numbers(name, metadata, key)
    if not low < high:
        raise NetworkError(f"{name} says {key} [{low:g}, {high:g}]; the second must be larger.")
    return low, high


def _numbers(name: str, metadata: Mapping[str, Any], key: str) -> tuple[float, float]:
    """Two numbers: a list in JSON; in a network's metadata, which is text, JSON or "0-255"."""
    value = metadata[key]
    if isinstance(value, str):
        value = re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?", value)[:3]
    try:
        first, second = (float(part) for part in value)
        if not (math.isfinite(first) and math.isfinite(second)):
            raise ValueError(value)
    except (TypeError, ValueError) as error:
        raise NetworkError(f"{name} says {key} {str(metadata[key])[:80]!r}; it must be two numbers.") from error
    return first, second
