"""Colours: from what a file declares to sRGB, and a painting's luminance with its photo's chroma."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from stylize.imaging.color_space import ColorSpace, to_srgb
from stylize.imaging.color_tags import Declared
from stylize.imaging.deep_gray import Levels
from stylize.imaging.picture import Pixels

Converter = Callable[[Image.Image], Pixels]  # a part of an image to sRGB [H, W, 3]

_GREY = ("1", "L", "LA", "La")


def converter(image: Image.Image, declared: Declared, levels: Levels | None) -> Converter:
    """What brings a part of `image`, also one converted to RGBA, to sRGB [H, W, 3].

    `levels` belongs to pictures of more than eight bits a sample. A profile that is broken, or of another kind than the
    picture, is passed over.
    """
    if isinstance(declared, ColorSpace) and image.mode not in ("CMYK", "LAB"):
        return _by_space(declared, levels)
    if isinstance(declared, bytes):
        try:
            return _by_profile(image, declared, levels)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return lambda band: _plain(band, levels)


def recolor(painted: Pixels, photo: Pixels) -> Pixels:
    """The painting's luminance with the photo's chroma, both [H, W, 3] (YCbCr of ITU-R BT.601, as in JPEG)."""
    luminance = Image.fromarray(painted).convert("YCbCr").getchannel(0)
    _, blue, red = Image.fromarray(photo).convert("YCbCr").split()
    return np.asarray(Image.merge("YCbCr", (luminance, blue, red)).convert("RGB"))


def _plain(band: Image.Image, levels: Levels | None) -> Pixels:
    if levels is not None:
        return _three((levels(band) / 257 + 0.5).astype(np.uint8))
    return np.asarray(band if band.mode in ("RGB", "RGBA") else band.convert("RGB"))[..., :3]


def _by_space(space: ColorSpace, levels: Levels | None) -> Converter:
    def codes(band: Image.Image) -> Pixels | np.ndarray:
        return _plain(band, None) if levels is None else _three(levels(band))

    return lambda band: to_srgb(codes(band), space)


def _by_profile(image: Image.Image, profile: bytes, levels: Levels | None) -> Converter:
    """Raises PyCMSError or ValueError if the profile cannot be used."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    grey = image.mode in _GREY or levels is not None
    wanted = {"RGB": image.mode not in ("CMYK", "LAB"), "GRAY": grey, "CMYK": image.mode == "CMYK"}
    if not wanted.get(space):
        raise ValueError(f"a profile of {space} for a picture of {image.mode}")
    mode = {"RGB": "RGB", "GRAY": "L" if levels is None else "I;16", "CMYK": "CMYK"}[space]
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")

    def convert(band: Image.Image) -> Pixels:
        if levels is not None:
            band = Image.fromarray(levels(band) if space == "GRAY" else _plain(band, levels))
        return np.asarray(ImageCms.applyTransform(band if band.mode == mode else band.convert(mode), transform))

    return convert


def _three(grey: np.ndarray) -> np.ndarray:
    """[H, W] as [H, W, 3]."""
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))
