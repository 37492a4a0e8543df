"""Pictures of high dynamic range (PQ, HLG) are tone-mapped, whichever way they say so."""

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from stylize import imaging
from stylize.imaging import cicp, tone_mapping
from tests.imaging.files import saved, with_chunk

NITS = (0, 1, 10, 50, 100, 203, 1000)


def pq(nits):
    """The PQ signal 0..1 (SMPTE ST 2084, equation 5.1)."""
    power = (np.asarray(nits, float) / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def hlg(nits):
    """The HLG signal 0..1 of grey on a display of 1,000 cd/m2 (ITU-R BT.2100, table 5)."""
    scene = (np.asarray(nits, float) / 1000) ** (1 / 1.2)
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    )


SIGNALS = {cicp.PQ: pq, cicp.HLG: hlg}


def shown(nits):
    """sRGB 0..255 of grey where nothing is compressed."""
    light = np.asarray(nits) / 203
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def greys(transfer, depth):
    """Patches of `NITS` as codes of this many bits, [8, 8 n, 3]."""
    codes = np.round(SIGNALS[transfer](NITS) * (2**depth - 1)).astype(np.uint16 if depth > 8 else np.uint8)
    return np.repeat(codes[None], 8, 1).repeat(8, 0)[..., None].repeat(3, 2)


def as_heif(transfer, bits):
    codes = greys(transfer, bits)
    if bits == 8:
        image = pillow_heif.from_bytes("RGB", codes.shape[1::-1], codes.tobytes())
    else:
        image = pillow_heif.from_bytes("RGB;16", codes.shape[1::-1], (codes << (16 - bits)).astype("<u2").tobytes())

    file = io.BytesIO()
    image.save(
        file, quality=-1, chroma=444, color_primaries=9, transfer_characteristics=transfer, matrix_coefficients=0
    )
    return file.getvalue()


def as_avif(transfer):
    data = bytearray(saved(Image.fromarray(greys(transfer, 8)), "AVIF"))
    at = data.index(b"nclx") + 4
    data[at : at + 4] = struct.pack(">HH", 9, transfer)
    return bytes(data)


def as_png(transfer):
    return with_chunk(saved(Image.fromarray(greys(transfer, 8)), "PNG"), b"cICP", bytes([9, transfer, 0, 1]))


def as_grey_png(transfer):
    codes = np.ascontiguousarray(greys(transfer, 16)[..., 0])
    return with_chunk(saved(Image.fromarray(codes), "PNG"), b"cICP", bytes([9, transfer, 0, 1]))


def as_grey_heif(transfer):
    codes = np.ascontiguousarray(greys(transfer, 10)[..., 0] << 6)
    image = pillow_heif.from_bytes("L;16", codes.shape[::-1], codes.astype("<u2").tobytes())
    file = io.BytesIO()
    image.save(file, quality=-1, color_primaries=9, transfer_characteristics=transfer)
    return file.getvalue()


FILES = {
    "HEIF, grey of 10 bits": (as_grey_heif, 2),
    "HEIF, 10 bits": (lambda transfer: as_heif(transfer, 10), 2),
    "HEIF, 8 bits": (lambda transfer: as_heif(transfer, 8), 4),
    "AVIF": (as_avif, 4),
    "PNG": (as_png, 3),
    "PNG, 16 bits": (as_grey_png, 2),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("transfer", [cicp.PQ, cicp.HLG])
def test_grey_below_white_is_shown_as_it_is_and_white_is_nearly_white(kind, transfer):
    write, tolerance = FILES[kind]
    found = imaging.read(write(transfer)).pixels[4, 4::8].astype(int)
    assert (np.ptp(found, axis=1) <= 2).all()  # grey
    assert np.abs(found[1:5, 0] - shown(NITS[1:5])).max() <= tolerance
    assert found[0].max() <= 2
    assert 244 <= found[5, 0] <= 250  # white of 203 cd/m2
    assert found[6, 0] >= 253  # the brightest that is told apart
    assert (np.diff(found[:, 0]) > 0).all()


def test_one_bright_pixel_changes_no_other():
    codes = np.round(pq(np.full((32, 32, 3), 100.0)) * 255).astype(np.uint8)
    plain = imaging.read(with_chunk(saved(Image.fromarray(codes), "PNG"), b"cICP", bytes([9, 16, 0, 1]))).pixels
    codes[0, 0] = 255
    lit = imaging.read(with_chunk(saved(Image.fromarray(codes), "PNG"), b"cICP", bytes([9, 16, 0, 1]))).pixels
    assert (plain[1:] == lit[1:]).all()


def test_the_curve_keeps_hue_and_order():
    light = np.linspace(0.01, 6, 200)[:, None] * np.array([1.0, 0.5, 0.25])
    mapped = tone_mapping.compress(light)
    assert (mapped <= 1 + 1e-9).all()
    assert (np.diff(mapped[light[:, 0] < tone_mapping.PEAK / tone_mapping.REFERENCE_WHITE, 0]) > 0).all()
    np.testing.assert_allclose(mapped[:, 1] / mapped[:, 0], 0.5)
    np.testing.assert_allclose(mapped[light[:, 0] < tone_mapping.KNEE], light[light[:, 0] < tone_mapping.KNEE])
