"""The encoder: any picture in, a style vector for the painter out, in one pass.

How it was trained is told in `stylize.training.models.encoder`. Its file names the painter that its vectors are for,
and holds a small picture: painted with the vector, it shows whether light and contrast are those of the painting
(`match_colors`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from stylize import imaging
from stylize.errors import MissingNetworkError, NetworkError, PictureError, StyleError
from stylize.imaging import Pixels, Source
from stylize.inference import style_vector
from stylize.inference.lru_cache import LruCache
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device, Network, naming_damage, read_model
from stylize.options import StyleChoice, StyleName, shares
from stylize.styles import MAX_VALUE, Style, StyleRegistry, Vector

SIDE = 320  # shorter side at which a picture is looked at, pixels
LONGEST = 3 * SIDE // 2  # of the longer side, pixels; of longer pictures only the middle is looked at
MIN_SIDE = 64  # pixels a side under which there is no style to see
FLAT = 0.01  # deviation of a picture's values, in 0..1, under which there is none either
# How much of what is amiss `match_colors` mends; docs/research/encoder.csv has others.
LIGHT, CONTRAST = 0.15, 0.35
KEPT = 32  # styles of files that are remembered, 15 KB each at most

Paint = Callable[[Pixels, Vector], Pixels]  # a small picture [H, W, 3], in a style


class StylePredictor:
    """The encoder of a models folder, for the painter `sha` and vectors [size].

    `paint(pixels, vector)` is that painter. Raises NetworkError if the file is missing, broken or was made for another.
    """

    def __init__(self, path: Path, device: Device, sha: str, size: int, paint: Paint) -> None:
        self._paint = paint
        if not path.is_file():
            raise MissingNetworkError(
                f"{path.parent} holds no {path.name}, which predicts styles from pictures. Copy it there, or choose "
                "one of the styles by its id."
            )
        with naming_damage(path):
            self._network = Network(device, read_model(path))
            made_for, found = self._network.metadata["painter"], self._network.outputs[0].shape
        if made_for != sha or found != [size] or len(self._network.outputs) != 2:
            raise NetworkError(f"{path.name} was made for another painter; train it again with this one.")

    @classmethod
    def of_painter(cls, path: Path, device: Device, painter: OnnxPainter) -> StylePredictor:
        """The encoder for a painter. Raises as the class does."""
        return cls(
            path, device, painter.sha256, painter.style_size, lambda pixels, vector: painter.measure(pixels, vector)[0]
        )

    def __call__(self, painting: Source) -> Vector:
        """The style vector [size] of a picture: a path, the bytes of a file, or a PIL image.

        Raises PictureError if it cannot be read, is too small, or is of one colour.
        """
        picture = imaging.read(painting)
        width, height = picture.size
        if min(width, height) < MIN_SIDE:
            raise PictureError(f"A painting of {width}x{height} is too small: give one of {MIN_SIDE} pixels or more.")
        pixels = encoder_input(picture.pixels)
        if pixels.std((0, 1)).max() < 255 * FLAT:
            raise PictureError("This picture is blank: there is no style in it to see.")
        vector, reference = self.run(pixels)
        return _checked(match_colors(vector, pixels, self._paint(reference, vector)))

    def run(self, pixels: Pixels) -> tuple[Vector, Pixels]:
        """The vector for pixels [H, W, 3] of the size that `encoder_input` gives, and the picture to try it on."""
        vector, reference = self._network.run({"pixels": pixels[None]})
        return _checked(vector), reference


def match_colors(vector: Vector, painting: Pixels, painted: Pixels) -> Vector:
    """`vector` with each colour's mean and deviation in `painted` brought nearer to those in `painting`.

    Pictures are bytes [H, W, 3]; `painted` is what `vector` makes of any. The last layer's scale and shift say what
    colours come out, and an encoder misses those of paintings unlike the ones it learnt from. Not all the way: what is
    painted has light of its own.
    """
    (wanted, spread), (mean, deviation) = (
        (pixels.mean((0, 1), np.float32) / 255, pixels.std((0, 1), np.float32) / 255) for pixels in (painting, painted)
    )
    ratio = np.clip((spread / np.maximum(deviation, 1 / 255)) ** CONTRAST, 0.5, 2)
    level = mean + LIGHT * (wanted - mean)
    matched = vector.copy()
    scales, shifts, gate = style_vector.split(matched)
    scale, shift = style_vector.last_layer(scales), style_vector.last_layer(shifts)
    ratios, means, levels = (np.repeat(values, style_vector.SUBPIXELS) for values in (ratio, mean, level))
    scale *= ratios
    shift[:] = ratios * (shift - means) + levels
    gate *= ratio
    return matched


def _checked(vector: Vector) -> Vector:
    if not np.isfinite(vector).all() or np.abs(vector).max() > MAX_VALUE:
        raise NetworkError("The encoder's answer to this picture is no style.")
    return vector


def encoder_input(pixels: Pixels) -> Pixels:
    """What the encoder sees of `pixels` [H, W, 3]: shorter side `SIDE`, and at most `LONGEST` of the longer one."""
    height, width = pixels.shape[:2]
    ratio = SIDE / min(height, width)
    longest = round(LONGEST / ratio)  # cut before resizing: a picture may be a thousand times as long as high
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    pixels = pixels[top : top + longest, left : left + longest]
    height, width = pixels.shape[:2]
    return imaging.resize(pixels, (max(SIDE, round(width * ratio)), max(SIDE, round(height * ratio))))


class PredictedStyles:
    """The styles of picture files, each predicted once for as long as the file stays the same."""

    def __init__(self, predict: Callable[[Path, str, str], Style]) -> None:
        self._predict = predict
        self._styles = LruCache[Style](KEPT)

    def __call__(self, path: Path) -> Style:
        """The style of the picture in `path`; its id and title come from the file's name."""
        name = re.sub(r"[^a-z0-9_-]+", "_", path.stem.lower()).strip("_-")[:64] or "own"
        status = path.stat()
        key = (path.resolve(), status.st_mtime_ns, status.st_size)
        return self._styles.get(key, lambda: self._predict(path, name, path.stem))

    def parts(self, choice: StyleChoice, known: StyleRegistry, paths: bool) -> list[tuple[Style, float]]:
        """The styles of a choice with their shares: of `known`, or with `paths` those of picture files, too.

        Raises StyleError, OptionError, PictureError or NetworkError for what is no style.
        """
        return [(self._named(name, known, paths), share) for name, share in shares(choice)]

    def _named(self, name: StyleName, known: StyleRegistry, paths: bool) -> Style:
        if isinstance(name, Style):
            return name
        if not paths or (isinstance(name, str) and name in known):
            return known[name]
        if names_a_file(name):
            return self(Path(name))
        try:
            return known[name]
        except StyleError as error:
            raise StyleError(f"{error} The path of a picture is a style, too.") from error


def names_a_file(name: object) -> bool:
    """Whether `name` is the path of a file that exists."""
    try:
        return isinstance(name, str | os.PathLike) and Path(name).is_file()
    except (OSError, ValueError):  # too long for a path, or with a NUL in it
        return False
