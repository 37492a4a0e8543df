"""ICC profiles made for tests: https://www.color.org/specification/ICC.2-2023.pdf, ICC.1:2022 sections 7 to 10."""

import struct

import numpy as np

D50 = (0.9642, 1.0, 0.8249)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
D65 = (0.3127, 0.3290)


def rgb_profile(primaries=DISPLAY_P3, gamma=None) -> bytes:
    """A matrix profile of these primaries with white D65; `gamma` None is sRGB's curve."""
    columns = adapted(xyz_matrix(primaries)).T
    curve = _curve(gamma)
    tags = {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    return _profile(b"RGB ", tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def grey_profile(gamma=None) -> bytes:
    return _profile(b"GRAY", {b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """Ink to Lab by a table of 2^4 corners: L is 100 less all ink, a and b are 0 but for pure cyan."""
    corners = []
    for corner in range(16):
        c, m, y, k = (corner >> shift & 1 for shift in (3, 2, 1, 0))
        lightness = 100 * (1 - k) * (1 - 0.3 * c) * (1 - 0.5 * m) * (1 - 0.1 * y)
        chroma = (1 - k) * np.array([-40 * c + 60 * m, -40 * c + 80 * y])
        corners += [round(lightness * 2.55), *np.clip(np.round(chroma + 128), 0, 255).astype(int)]
    identity = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    table = head + identity * 4 + bytes(corners) + identity * 3
    return _profile(b"CMYK", {b"A2B0": table}, pcs=b"Lab ", kind=b"prtr")


def xyz_matrix(primaries, white=D65) -> np.ndarray:
    """RGB to XYZ, [3, 3]."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    x, y = white
    return columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y])


def adapted(matrix: np.ndarray) -> np.ndarray:
    """To the white of profiles, D50."""
    cones = BRADFORD @ matrix.sum(1)
    return np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50 / cones) @ BRADFORD @ matrix


def _xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))


def _curve(gamma) -> bytes:
    if gamma is None:  # parametric type 3: sRGB
        parameters = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        return b"para\0\0\0\0\0\3\0\0" + struct.pack(">5i", *(round(p * 65536) for p in parameters))
    return b"para\0\0\0\0\0\0\0\0" + struct.pack(">i", round(gamma * 65536))


def _profile(space: bytes, tags: dict[bytes, bytes], pcs=b"XYZ ", kind=b"mntr") -> bytes:
    text = b"mluc" + struct.pack(">6I", 0, 1, 12, 0x656E5553, 8, 28) + "Test".encode("utf-16-be")
    tags = {b"desc": text, b"cprt": text, b"wtpt": _xyz(D50)} | tags
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += struct.pack(">4sII", name, at + len(data), len(value))
        data += value
    length = at + len(data)
    date = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    head = struct.pack(">I4sI4s4s4s", length, b"", 0x04300000, kind, space, pcs) + date + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(v * 65536) for v in D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data
