"""Colours: from a file's profile to sRGB, and a painting's luminance with its photo's chroma."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from stylize.imaging.picture import Pixels


def recolor(painted: Pixels, photo: Pixels) -> Pixels:
    """The painting's luminance with the photo's chroma, both [H, W, 3] (YCbCr of ITU-R BT.601, as in JPEG)."""
    luminance = Image.fromarray(painted).convert("YCbCr").getchannel(0)
    _, blue, red = Image.fromarray(photo).convert("YCbCr").split()
    return np.asarray(Image.merge("YCbCr", (luminance, blue, red)).convert("RGB"))


def to_srgb(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What brings a part of a picture to sRGB."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB")
            return lambda part: ImageCms.applyTransform(part, transform) or part
        except (ImageCms.PyCMSError, OSError):  # a broken profile: colours as they are
            pass
    return lambda part: part.convert("RGB")
