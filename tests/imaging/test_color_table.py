"""Format x mode x what the file declares: every picture comes back as a colour-managed viewer shows it."""

import io
import struct
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylize import imaging
from tests.imaging import profiles
from tests.imaging.files import saved, with_chunk
from tests.imaging.profiles import ADOBE_RGB, DISPLAY_P3, SRGB

COLOURS = ((220, 40, 40), (60, 140, 200), (30, 90, 20), (128, 128, 128), (250, 250, 250), (0, 0, 0))
SIDE = 8  # of a patch of one colour
GREYS = ("1", "L", "LA", "I;16", "F")

MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P", "RGB"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F"),
    "HEIF": ("L", "RGB", "RGBA"),
    "AVIF": ("L", "RGB", "RGBA"),
}
TAKES_ICC = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")
TAKES_EXIF = ("JPEG", "PNG", "WEBP")  # in HEIF and AVIF the code points decide; Pillow writes no such TIFF


def viewed(pixels, primaries=SRGB, gamma=None):
    """What a colour-managed viewer shows of RGB values 0..255 that are meant with these primaries and this curve."""
    signal = np.asarray(pixels, float) / 255
    light = (
        np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
        if gamma is None
        else signal**gamma
    )
    light = light @ (np.linalg.inv(profiles.xyz_matrix(SRGB)) @ profiles.xyz_matrix(primaries)).T
    light = light.clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def picture(mode):
    """Patches of `COLOURS`; where there is alpha, it grows downwards."""
    rgb = np.repeat(np.repeat(np.array([COLOURS], np.uint8), SIDE, 0), SIDE, 1)
    image = Image.fromarray(rgb)
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(np.asarray(image.convert("L"), np.float32) / 255)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(np.linspace(40, 255, SIDE).astype(np.uint8)[:, None].repeat(image.width, 1)))
    return image.convert(mode, dither=Image.Dither.NONE) if mode != "LA" else image.convert("LA")


def stored(data):
    """The pixels as they are in the file, in RGB 0..255, unmanaged."""
    image = Image.open(io.BytesIO(data))
    pixels = np.asarray(image)
    if image.mode.startswith("I;16"):
        return (pixels / 257)[..., None].repeat(3, 2)
    if image.mode == "F":
        return (pixels * 255)[..., None].repeat(3, 2)
    return np.asarray(image.convert("RGBA") if image.has_transparency_data else image.convert("RGB"))[..., :3]


def with_icc(profile, image, kind):
    return saved(image, kind, icc_profile=profile)


def with_adobe_exif(image, kind):
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}}
    return saved(image, kind, exif=exif)


def with_code_points(image, kind):
    """Display P3 told by numbers: cICP in PNG, nclx in HEIF and AVIF."""
    if kind == "PNG":
        return with_chunk(saved(image, kind), b"cICP", bytes([12, 13, 0, 1]))
    if kind == "HEIF":
        return saved(image, kind, color_primaries=12, transfer_characteristics=13)
    data = bytearray(saved(image, kind))
    at = data.index(b"nclx") + 4
    data[at : at + 4] = struct.pack(">HH", 12, 13)
    return bytes(data)


def with_gamma(image, kind):
    """PNG's own tags: linear light, and the primaries of Display P3."""
    points = (profiles.D65, *DISPLAY_P3)
    data = with_chunk(saved(image, kind), b"gAMA", struct.pack(">I", 100_000))
    return with_chunk(data, b"cHRM", b"".join(struct.pack(">2I", round(x * 1e5), round(y * 1e5)) for x, y in points))


SRGB_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DECLARED = {  # how a file says it, in which formats and modes, and what it means
    "nothing": (saved, lambda kind, mode: mode != "LAB", {}),
    "sRGB ICC": (partial(with_icc, SRGB_ICC), lambda kind, mode: kind in TAKES_ICC and mode not in ("CMYK", "LAB"), {}),
    "P3 ICC": (
        partial(with_icc, profiles.rgb_profile(DISPLAY_P3)),
        lambda kind, mode: kind in TAKES_ICC and mode not in ("CMYK", "LAB"),
        {"primaries": DISPLAY_P3},
    ),
    "grey ICC": (
        partial(with_icc, profiles.grey_profile(1.8)),
        lambda kind, mode: kind in TAKES_ICC and mode in GREYS and kind not in ("HEIF", "AVIF", "WEBP"),
        {"gamma": 1.8},
    ),
    "Adobe RGB EXIF": (
        with_adobe_exif,
        lambda kind, mode: kind in TAKES_EXIF and mode not in ("CMYK", "LAB"),
        {"primaries": ADOBE_RGB, "gamma": 563 / 256},
    ),
    "code points": (
        with_code_points,
        lambda kind, mode: kind in ("PNG", "HEIF", "AVIF"),
        {"primaries": DISPLAY_P3},
    ),
    "gAMA and cHRM": (with_gamma, lambda kind, mode: kind == "PNG", {"primaries": DISPLAY_P3, "gamma": 1.0}),
}
TABLE = [
    (kind, mode, declared)
    for kind, modes in MODES.items()
    for mode in modes
    for declared, (_, takes, _) in DECLARED.items()
    if takes(kind, mode)
]


def test_the_table_holds_every_format_and_mode_that_is_read():
    assert set(MODES) == set(imaging.READABLE)
    assert {mode for kind, mode, declared in TABLE if declared == "P3 ICC"} == {
        "1", "L", "LA", "P", "RGB", "RGBA", "I;16", "F"
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "mode", "declared"), TABLE)
def test_a_picture_comes_back_as_a_viewer_shows_it(kind, mode, declared):
    write, _, meaning = DECLARED[declared]
    image = picture(mode)
    data = write(image, kind)
    found = imaging.read(data)
    difference = np.abs(found.pixels - viewed(stored(data), **meaning)).max()
    assert difference <= (1 if declared == "nothing" else 2)
    if mode in ("LA", "RGBA"):
        assert (found.alpha == np.asarray(image.getchannel("A"))).all()
    else:
        assert found.alpha is None
