"""Colours of frames: into sRGB for painting, and back for encoding, with tags that say what was encoded.

Numbers of matrices, primaries and transfer characteristics are the code points of ITU-T H.273, as in FFmpeg.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import Interpolation, VideoReformatter

from stylize.imaging import Pixels, cicp

MATRIX_RGB, MATRIX_BT709, MATRIX_BT601, MATRIX_BT2020 = 0, 1, 6, 9
LIMITED_RANGE = 1  # libav's number for luma of 16..235

LUT_SIZE = 33  # nodes a side of the table that maps other colours to sRGB; 65 differs by less than a level

# Chroma is repeated and averaged again, which loses nothing; without the other two flags swscale darkens by a level.
_TO_RGB = Interpolation.POINT | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_TO_YUV = Interpolation.AREA
# Code points of matrices to the numbers that swscale has for them.
_SWSCALE = {MATRIX_BT709: 1, 4: 4, 5: 5, MATRIX_BT601: 5, 7: 7, MATRIX_BT2020: 9}
_BT2020_CONSTANT = 10  # luminance; swscale has no such matrix, and the other is near


@dataclass(frozen=True)
class ColorTags:
    """What the numbers of a frame mean: code points of ITU-T H.273."""

    matrix: int
    primaries: int
    transfer: int


def color_tags(frame: Any) -> ColorTags:
    """The tags of a decoded frame; an unspecified matrix is that of HD or SD, as players assume it."""
    matrix, primaries, transfer = int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)
    if frame.format.is_rgb:
        matrix = MATRIX_RGB
    elif matrix == _BT2020_CONSTANT:
        matrix = MATRIX_BT2020
    elif matrix not in _SWSCALE:
        is_hd = frame.width >= 1280 or frame.height > 576
        matrix = MATRIX_BT709 if is_hd else MATRIX_BT601
        if transfer in cicp.HDR_TRANSFERS or primaries == cicp.BT2020:
            matrix = MATRIX_BT2020
    if primaries == cicp.UNSPECIFIED and (matrix == MATRIX_BT2020 or transfer in cicp.HDR_TRANSFERS):
        primaries = cicp.BT2020
    return ColorTags(matrix, primaries, transfer)


def _is_shown_as_srgb(tags: ColorTags) -> bool:
    """Whether players show these numbers as those of sRGB; the gammas of old television they all pass over."""
    is_old = tags.transfer in (cicp.GAMMA22, cicp.GAMMA28)
    return cicp.is_srgb(tags.primaries, cicp.UNSPECIFIED if is_old else tags.transfer)


class FrameConverter:
    """Converts the frames of one film between what its codecs hold and sRGB pixels.

    `encoded` holds the tags of the frames that `to_frame` makes: those of the film, or BT.709 where the film is RGB,
    of high dynamic range, or of a wider gamut.
    """

    def __init__(self, first_frame: Any) -> None:
        self._tags = color_tags(first_frame)
        self._to_rgb, self._to_yuv = VideoReformatter(), VideoReformatter()
        self._lut: _ColorTable | None = None
        if not _is_shown_as_srgb(self._tags):
            self._lut = _ColorTable(self._tags)
        if self._lut or self._tags.matrix == MATRIX_RGB:
            self.encoded = ColorTags(MATRIX_BT709, cicp.BT709, 1)
        else:
            self.encoded = self._tags

    def to_pixels(self, frame: Any) -> tuple[Pixels, bool]:
        """A decoded frame as sRGB pixels [H, W, 3], and whether something in it was transparent, which becomes white.

        A picture (JPEG) of a transparent photo has white there, too.
        """
        has_alpha = any(component.is_alpha for component in frame.format.components) or frame.format.has_palette
        if has_alpha:
            return _on_white(self._reformat(frame, "rgba").to_ndarray())
        if self._lut is None:
            return self._reformat(frame, "rgb24").to_ndarray(), False
        return self._lut.apply(self._reformat(frame, "rgb48le")), False

    def to_frame(self, pixels: Pixels, pixel_format: str) -> Any:
        """Pixels [H, W, 3] as a frame to encode, of limited range."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        return self._to_yuv.reformat(
            frame,
            format=pixel_format,
            dst_colorspace=_SWSCALE[self.encoded.matrix],
            dst_color_range=LIMITED_RANGE,
            interpolation=_TO_YUV,
        )

    def _reformat(self, frame: Any, pixel_format: str) -> Any:
        matrix = None if self._tags.matrix == MATRIX_RGB else _SWSCALE[self._tags.matrix]
        return self._to_rgb.reformat(frame, format=pixel_format, src_colorspace=matrix, interpolation=_TO_RGB)


class _ColorTable:
    """Maps R'G'B' of other primaries or transfer characteristics to sRGB by a table of three dimensions."""

    def __init__(self, tags: ColorTags) -> None:
        self._tags = tags
        self._graph: Graph | None = None
        self._size = (0, 0)

    def apply(self, frame: Any) -> Pixels:
        """A frame of format rgb48le as sRGB pixels [H, W, 3]."""
        if self._graph is None or self._size != (frame.width, frame.height):
            self._size = (frame.width, frame.height)
            self._graph = self._build()
        self._graph.vpush(frame)
        return self._graph.vpull().to_ndarray().astype(np.uint8, copy=False)

    def _build(self) -> Graph:
        graph = Graph()
        width, height = self._size
        source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb48le"), time_base=Fraction(1))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.cube"
            _write_cube(path, self._tags)
            table = graph.add("lut3d", file=str(path), interp="tetrahedral")
        graph.link_nodes(source, table, graph.add("format", pix_fmts="rgb24"), graph.add("buffersink"))
        graph.configure()
        return graph


def _write_cube(path: Path, tags: ColorTags) -> None:
    """The table as a .cube file, red fastest."""
    axis = np.linspace(0, 1, LUT_SIZE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    nodes = np.stack([red, green, blue], -1).reshape(-1, 3)
    rows = cicp.to_srgb(nodes, tags.primaries, tags.transfer)
    np.savetxt(path, rows, fmt="%.6f", header=f"LUT_3D_SIZE {LUT_SIZE}", comments="")


def _on_white(rgba: Pixels) -> tuple[Pixels, bool]:
    """RGBA [H, W, 4] over white as [H, W, 3], and whether anything was transparent."""
    alpha = rgba[..., 3:].astype(np.uint16)
    if alpha.min() == 255:
        return rgba[..., :3], False
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8), True
