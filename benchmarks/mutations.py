"""Hostile input, made from a seed: the same seed gives the same bytes on one machine.

Sound files of every format that Pillow and pillow-heif write, then flipped, cut, spliced and with headers that lie;
bombs; style files, networks, films, arguments and links of the same kind.
"""

from __future__ import annotations

import io
import json
import math
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from benchmarks import declared_colors
from benchmarks.report import photo
from stylize import Stylizer, imaging, styles

MODES = ("RGB", "RGBA", "1", "L", "LA", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F")
SIZES = ((48, 36), (1, 1), (1, 700), (900, 1), (17, 31))
BOMB_SIDES = (7000, 12_000)  # of true bombs, pixels: from large to refused
RATE_OF_BOMBS = 0.004
SHARE_OF_OPENED = 0.8  # files of the formats that are read at all
ANIMATIONS = (".gif", ".webp", ".png", ".avif")
NUMBERS = (0, 1, 2, 127, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
ODD = (
    None, True, "", "x", "../../x", "/etc/passwd", "..\\..\\x", "great_wave\0", "<script>", "a" * 5000, "😀", b"x", -1,
    0, 1e308, -1e308, 5e-324, 10**400, math.nan, math.inf, -math.inf, 1j, (), [], {}, ["udnie"], {"udnie": None},
    {"udnie": math.nan}, {"udnie": 10**400}, {"udnie": 1e308, "the_kiss": 1e308}, {"": 1}, {None: 1}, {"../x": 1},
    {"udnie": -1}, {"udnie": 5e-324}, {"udnie": 1, "the_kiss": 0}, object, np.float32("nan"), np.zeros(3),
)  # fmt: skip

pillow_heif.register_heif_opener()


def picture(chance: random.Random) -> bytes:
    """The bytes of a file that claims to be a picture."""
    roll = chance.random()
    if roll < RATE_OF_BOMBS:
        return bomb(chance)
    files = sound_pictures()
    known = [name for name in files if name.split()[0] in imaging.READABLE]
    name = chance.choice(known if chance.random() < SHARE_OF_OPENED else list(files))
    if roll < 0.03:
        return chance.choice([b"", b"\0", b"<svg/>", b"%PDF-1.4", files[name][: chance.randrange(32)]])
    if roll < 0.06:
        return files[name]
    if roll < 0.16:
        return declared_colors.picture(chance, mutated)
    if roll < 0.30:
        return lie(files[name], chance)
    if roll < 0.35:
        return files[name] + files[chance.choice(list(files))]
    return mutated(files[name], chance)


def style(chance: random.Random) -> bytes:
    """The bytes of a file that claims to be a style of the shipped painter."""
    book = _book()
    data = styles.dumps(book[chance.choice([one.id for one in book])])
    if chance.random() < 0.3:  # a sound container with an odd header
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        where = chance.choice([header, header["__metadata__"], header["vector"]])
        where[chance.choice([*where, "more"])] = chance.choice(
            ["", "../../x", "A" * 9000, [], [0, 2**62], {}, -1, None, "F64"]
        )
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + data[8 + length :]
    return mutated(data, chance)


def network(chance: random.Random) -> bytes:
    """The bytes of a file that claims to be a style network made elsewhere."""
    return mutated(_sound_network(), chance)


def film(chance: random.Random, folder: Path) -> Path:
    """A file in `folder` that claims to be a film or an animation."""
    kind = chance.choice([*ANIMATIONS, ".mp4", ".mkv", ".avi", ".webm"])
    data = sound_film(kind, folder)
    path = folder / f"hostile{chance.choice([kind, kind, '.mp4', '.gif', '.png'])}"
    path.write_bytes(mutated(data, chance) if chance.random() < 0.95 else data)
    return path


def arguments(chance: random.Random) -> dict[str, Any]:
    """Keyword arguments of `Stylizer`, one to three of them odd."""
    given: dict[str, Any] = {"photo": photo(24, 16), "style": "udnie"}
    for name in chance.sample(["photo", "style", "strength", "brush", "mask", "keep_colors"], chance.choice([1, 1, 3])):
        given[name] = chance.choice(ODD)
    return given


def query(chance: random.Random) -> dict[str, str]:
    """The parameters of a link to the page."""
    values = ["nan", "inf", "-1", "1e999", "0x10", "", "1_0", "९", "../../x", "a" * 9000, "%00", "udnie=nan", "udnie"]
    values += ["udnie=1e308,the_kiss=1e308", "udnie=0", ",,,", "=", "udnie=,the_kiss", "<script>", "the_kiss=-3,udnie"]
    return {
        name: chance.choice(values)
        for name in ("style", "strength", "brush", "keep_colors", "more")
        if chance.random() < 0.8
    }


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to a few changes: bytes flipped, set, cut out, repeated, inserted or cut off."""
    made = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        chance.choice(_CHANGES)(made, chance)
    return repaired(bytes(made)) if chance.random() < 0.5 else bytes(made)


def lie(data: bytes, chance: random.Random) -> bytes:
    """`data` with another number where its header probably keeps sizes and counts."""
    made = bytearray(data)
    marks = [made.find(mark) for mark in (b"IHDR", b"ispe", b"VP8X", b"\xff\xc0", b"\xff\xc2", b"acTL", b"fcTL")]
    start = next((at + 2 for at in marks if at >= 0), 0)
    for _ in range(chance.choice([1, 2, 3])):
        width, order = chance.choice([2, 4]), chance.choice([">", "<"])
        at = start + chance.randrange(24)
        if at + width <= len(made):
            value = chance.choice(NUMBERS) & (0xFFFF if width == 2 else 0xFFFFFFFF)
            made[at : at + width] = struct.pack(order + ("H" if width == 2 else "I"), value)
    return repaired(bytes(made))


def bomb(chance: random.Random) -> bytes:
    """A small file that is a large picture, of a mode that is dear to convert."""
    width, height = (chance.randrange(*BOMB_SIDES) for _ in range(2))
    kind = chance.choice(["PNG", "PNG", "TIFF", "WEBP", "GIF"])
    mode = chance.choice({"PNG": ["L", "RGBA", "LA", "P", "I;16"], "TIFF": ["F", "I", "CMYK", "RGBA"]}.get(kind, ["P"]))
    file = io.BytesIO()
    if kind == "WEBP":
        Image.new("RGBA", (min(width, 16_000), height), (9, 9, 9, 9)).save(file, kind, lossless=True, method=0)
    else:
        options = {"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {}
        Image.new(mode, (width, height)).save(file, kind, **options)
    return file.getvalue()


def repaired(data: bytes) -> bytes:
    """A PNG with the right check sums, so that what was changed is read; anything else as it is."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    made, at = data[:8], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunk = data[at + 4 : at + 8 + length]
        if len(chunk) < length + 4:
            break
        made += data[at : at + 4] + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        at += 12 + length
    return made + data[at:]


@cache
def sound_pictures() -> dict[str, bytes]:
    """Small valid files of every format that can be written here, and the first bytes of those that can only be read.

    Formats that are opened come in every mode they take, and animated; by a name such as "PNG RGBA 48x36".
    """
    Image.init()
    found: dict[str, bytes] = {}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in sorted(Image.SAVE):
        for mode in MODES if kind in imaging.READABLE else ("RGB",):
            for size in SIZES if kind in imaging.READABLE and mode in ("RGB", "P") else SIZES[:1]:
                options: dict[str, Any] = {"exif": exif, "icc_profile": profile} if size == SIZES[0] else {}
                made = saved(photo(*size), mode, kind, **options) or saved(photo(*size), mode, kind)
                if made:
                    found[f"{kind} {mode} {size[0]}x{size[1]}"] = made
        frames = [photo(20 + 2 * i, 15).resize((20, 15)) for i in range(4)]
        made = saved(frames[0], "RGB", kind, save_all=True, append_images=frames[1:])
        if made:
            found[f"{kind} of four"] = made
    for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "group4"):
        made = saved(photo(48, 36), "1" if kind == "group4" else "RGB", "TIFF", compression=kind)
        if made:
            found[f"TIFF {kind}"] = made
    heads = {"PSD": b"8BPS\0\1", "FLI": b"\0\0\0\0\x11\xaf", "XPM": b"/* XPM */", "SUN": b"Y\xa6j\x95"}
    heads |= {"MPEG": b"\0\0\1\xb3", "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "DCX": b"\xb1h\xde:"}
    return found | {kind: head + bytes(range(256)) * 4 for kind, head in heads.items()}


@cache
def few_pictures() -> dict[str, bytes]:
    """A valid file of each format that is opened, by the format's name; quick to make."""
    return {kind: saved(photo(48, 36), "RGB", kind) or b"" for kind in imaging.READABLE}


@cache
def sound_film(kind: str, folder: Path) -> bytes:
    """A short animation or film of this ending."""
    frames = [photo(64 + 2 * i, 48).crop((2 * i, 0, 2 * i + 64, 48)) for i in range(8)]
    path = folder / f"sound{kind}"
    if kind in ANIMATIONS:
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, loop=0)
        return path.read_bytes()
    import av

    codec = {".webm": "libvpx", ".avi": "mpeg4"}.get(kind, "libx264")
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_image(frame)))
        out.mux(stream.encode(None))
    return path.read_bytes()


def saved(image: Image.Image, mode: str, kind: str, **options: Any) -> bytes | None:
    """The file, or None where a format does not take it."""
    file = io.BytesIO()
    try:
        (image.convert("L").convert(mode) if mode in ("I", "F", "I;16", "LA", "PA") else image.convert(mode)).save(
            file, kind, **options
        )
    except Exception:  # each format complains in its own way
        return None
    return file.getvalue()


@cache
def _sound_network() -> bytes:
    """A convolution of any size in, the same out, with metadata."""
    from onnx import TensorProto, helper, numpy_helper

    weight = np.random.default_rng(0).normal(0, 0.2, (3, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "weight"], ["felt"], pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["felt"], ["answer"]),
    ]
    ends = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, f"{n}_h", f"{n}_w"]) for n in ("image", "answer")
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], [numpy_helper.from_array(weight, "weight")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    helper.set_model_props(model, {"range": "0-1", "title": "Sigmoid"})
    made: bytes = model.SerializeToString()
    return made


@cache
def _book() -> styles.StyleRegistry:
    return Stylizer(device="cpu").styles


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _flip_early(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(min(len(data), 200))] = chance.randrange(256)


def _set(data: bytearray, chance: random.Random) -> None:
    if data:
        at = chance.randrange(len(data))
        data[at : at + 4] = chance.choice(NUMBERS).to_bytes(4, chance.choice(["big", "little"]))


def _cut_off(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _cut_out(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.choice([1, 2, 4, 100])]


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    part = data[at : at + chance.choice([1, 4, 64])]
    data[at:at] = part * chance.choice([1, 2, 200])


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.choice([1, 3, 40]))


def _splice(data: bytearray, chance: random.Random) -> None:
    first, second = (chance.randrange(len(data) + 1) for _ in range(2))
    length = chance.choice([4, 32, 300])
    data[first : first + length] = data[second : second + length]


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _flip_early, _flip_early, _set, _cut_off, _cut_out, _repeat, _insert, _splice
)  # fmt: skip
