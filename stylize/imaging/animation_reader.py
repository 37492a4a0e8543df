"""Animations in: the frames of a GIF, WebP, PNG or AVIF as pictures, by content and whatever the ending."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from PIL import Image

from stylize.errors import PictureError, VideoError
from stylize.imaging.color_tags import declared
from stylize.imaging.picture import Picture
from stylize.imaging.read import damaged, read_frame

FORMATS = ("GIF", "WEBP", "PNG", "AVIF")
MAX_PIXELS = 150_000_000  # of all frames together: Pillow's encoders hold them until the end


def is_animation(source: Path | IO[bytes]) -> bool:
    """Whether `source` is a GIF, WebP, PNG or AVIF of more than one frame."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source, formats=FORMATS) as image:
                return bool(getattr(image, "is_animated", False))
    except Exception:  # Pillow's decoders raise many kinds
        return False  # reading it as a picture says what is wrong


@contextlib.contextmanager
def open_animation(path: Path) -> Iterator[Animation]:
    """The animation in `path`. Raises VideoError if it cannot be read or is too long."""
    with contextlib.ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = stack.enter_context(Image.open(path, formats=FORMATS))
                animation = Animation(image, path.name)
        except VideoError:
            raise
        except Exception as error:  # Pillow's decoders raise many kinds
            raise VideoError(
                f"{path.name} is not an animation we can read ({error}). Give a GIF, WebP, PNG or AVIF."
            ) from error
        yield animation


class Animation:
    """Iterates over the frames, each a whole upright Picture in sRGB; may be iterated again."""

    def __init__(self, image: Image.Image, name: str) -> None:
        self._image, self._name = image, name
        self.kind = str(image.format)
        self.size = image.size
        self._colors = declared(image)
        self._first = int(bool(image.info.get("default_image")))  # of an animated PNG, for who shows no animations
        self._count = int(getattr(image, "n_frames", 1)) - self._first
        if image.width * image.height * self._count > MAX_PIXELS:
            raise VideoError(
                f"{name} is too long: {self._count} frames of {image.width}x{image.height}; "
                f"at most {MAX_PIXELS // 1_000_000} megapixels in all are accepted."
            )

    def __len__(self) -> int:
        """How many frames it has."""
        return self._count

    def __iter__(self) -> Iterator[Picture]:
        """The frames. Raises VideoError if one is damaged."""
        for index in range(self._count):
            with self._seeking(index):
                picture = read_frame(self._image, f"{self._name}, frame {index + 1},", self._colors)
            yield picture

    @property
    def plays(self) -> int:
        """How often it is shown; 0 is for ever."""
        loop = self._image.info.get("loop")
        if self.kind == "GIF":  # says how often it is repeated, or nothing
            return 1 if loop is None else int(loop) and int(loop) + 1
        return int(loop or 0)

    @property
    def durations(self) -> list[float]:
        """Milliseconds of every frame; 0 where the file says so. Raises VideoError if one is damaged."""
        return self._survey[0]

    @property
    def is_transparent(self) -> bool:
        """Whether a frame is transparent somewhere. Raises VideoError if one is damaged."""
        return self._survey[1]

    @cached_property
    def _survey(self) -> tuple[list[float], bool]:
        durations, transparent = [], False
        for index in range(self._count):
            with self._seeking(index):
                durations.append(float(self._image.info.get("duration", 0)))
                if self._image.has_transparency_data:
                    transparent |= self._image.convert("RGBA").getchannel("A").getextrema() != (255, 255)
        return durations, transparent

    @contextlib.contextmanager
    def _seeking(self, index: int) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._image.seek(self._first + index)
                self._image.load()
                yield
        except PictureError as error:
            raise VideoError(str(error)) from error
        except Exception as error:  # Pillow's decoders raise many kinds
            raise VideoError(damaged(self._name, error)) from error
