"""What kind a file is by its content: kinds that are not read but known, raw files, and how many pictures one holds."""

from __future__ import annotations

from PIL import Image

from stylize.callbacks import Note, NoteKind
from stylize.errors import PictureError

READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")  # Pillow's other decoders never see a file
NAMES = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"
HEAD = 32  # bytes that tell a kind

_RAW, _FILM = "a camera's raw file", "a film"
_STARTS = (
    *(
        (start, _RAW)
        for start in (b"II*\0\x10\0\0\0CR", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb")
    ),
    *((start, "a JPEG XL") for start in (b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    *((start, "a JPEG 2000") for start in (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")),
    *((start, "a Radiance HDR") for start in (b"#?RADIANCE", b"#?RGBE")),
    *((start, "a PostScript file") for start in (b"%!PS", b"\xc5\xd0\xd3\xc6")),
    *((start, "a web page") for start in (b"<!DOCTYPE", b"<!doctype", b"<html")),
    *((start, "an icon") for start in (b"\0\0\1\0", b"icns")),
    (b"II\xbc", "a JPEG XR"),
    (b"8BPS", "a Photoshop file"),
    (b"gimp xcf", "a GIMP file"),
    (b"%PDF", "a PDF"),
    (b"v/1\x01", "an OpenEXR"),
    (b"DDS ", "a DDS texture"),
    (b"qoif", "a QOI"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1aE\xdf\xa3", _FILM),
    (b"version https://git-lfs", "a Git LFS pointer (git lfs pull fetches the picture)"),
)
_STILLS = (b"hei", b"hev", b"mif", b"msf", b"avi", b"miaf")  # brands of HEIF and AVIF begin so
_NETPBM = tuple(b"P%d" % i for i in range(1, 8))

_SUBFILE, _DNG_VERSION = 254, 50706  # TIFF tags
_BITS_PER_SAMPLE, _SAMPLES_PER_PIXEL, _SAMPLE_FORMAT, _PHOTOMETRIC = 258, 277, 339, 262
_MP_ENTRIES = 0xB002
_REDUCED = 1  # a bit: a smaller version of another picture in this file
_CFA, _LINEAR_RAW = 32803, 34892
_SAMPLE_KINDS = {1: "unsigned integers", 2: "signed integers", 3: "floating-point numbers"}
_MOST_PAGES = 1000  # counted


def kind_of(head: bytes) -> str | None:
    """What a file of a kind that is not read is, with its article, by its first `HEAD` bytes; None if nobody knows."""
    for start, kind in _STARTS:
        if head.lstrip().startswith(start) or head.startswith(start):
            return kind
    if head[4:8] == b"ftyp" and not head[8:12].startswith(_STILLS):
        return _RAW if head[8:12] == b"crx " else _FILM
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return _FILM
    if head[:2] in _NETPBM and head[2:3].isspace():
        return "a Netpbm picture"
    return None


def unread(name: str, head: bytes, tags: dict[int, object] | None = None) -> str:
    """A sentence that says why the file is not read. `tags` are those of a TIFF."""
    kind = kind_of(head)
    if tags is not None and tags.get(_PHOTOMETRIC) in (_CFA, _LINEAR_RAW):
        kind = _RAW
    if kind == _RAW:
        return raw(name)
    if kind == _FILM:
        said = f"{name} is a film, and a picture is wanted here. Give a {NAMES} file"
        return f"{said}; to be painted, a film needs an ending such as .mp4 or .mkv."
    if kind is None and tags:
        return f"{name} is a TIFF of {_samples(tags)}, which is not read. Save it with 8 or 16 bits a channel."
    if kind is not None:
        return f"{name} is {kind}, which is not read. Give a {NAMES} file."
    return f"{name} is not a picture we can read. Give a {NAMES} file."


def _samples(tags: dict[int, object]) -> str:
    """How many channels of what a TIFF says that it has."""
    bits, form = (
        value[0] if isinstance(value, tuple) and value else value
        for value in (tags.get(_BITS_PER_SAMPLE, 1), tags.get(_SAMPLE_FORMAT, 1))
    )
    what = _SAMPLE_KINDS.get(form, "numbers") if isinstance(form, int) else "numbers"
    return f"{tags.get(_SAMPLES_PER_PIXEL, 1)} channels of {bits}-bit {what}"


def raw(name: str) -> str:
    """A sentence for a camera's raw file."""
    return f"{name} is {_RAW}: what it holds for viewers is a small preview. Develop it and export a JPEG or TIFF."


def check_whole(image: Image.Image, name: str) -> None:
    """Raises PictureError if the picture that Pillow opens is but the preview of a raw file."""
    tags = getattr(image, "tag_v2", None)
    if image.format == "TIFF" and tags and (_DNG_VERSION in tags or tags.get(_SUBFILE, 0) & _REDUCED):
        raise PictureError(raw(name))


def notes_on(image: Image.Image) -> tuple[Note, ...]:
    """What else the file holds beside the picture that is read; `image` is at its first frame before and after."""
    which, count, what = _count(image)
    return (Note(what, f"Only {which} of {count} {what} is used."),) if count > 1 else ()


def _count(image: Image.Image) -> tuple[str, int, NoteKind]:
    """Which picture of how many is read, and what they are called."""
    if image.format == "TIFF":
        return "the first", _pages(image), "pages"
    if image.format == "MPO":  # gain maps and thumbnails of phones are no pictures of their own
        entries = image.mpinfo.get(_MP_ENTRIES, [])  # type: ignore[attr-defined]
        kinds = [str(entry["Attribute"]["MPType"]) for entry in entries]
        return "the first", sum(kind.startswith(("Multi-Frame", "Baseline")) for kind in kinds), "pictures"
    if image.format == "HEIF":
        return "the main one", int(getattr(image, "n_frames", 1)), "pictures"
    return "the first", int(getattr(image, "n_frames", 1)) - bool(image.info.get("default_image")), "frames"


def _pages(image: Image.Image) -> int:
    """Pages of a TIFF that are pictures of their own, not smaller versions of another."""
    count = 0
    try:
        for index in range(_MOST_PAGES):
            image.seek(index)
            count += not image.tag_v2.get(_SUBFILE, 0) & _REDUCED  # type: ignore[attr-defined]
    except EOFError:
        pass
    image.seek(0)
    return count
