"""What a person says of photos: subjects that were cut out by hand, and faces that were looked at.

The photos are public, known by their names, and not part of this project.

`cut_outs.json` has a list of polygons for each, x, y, x, y, ... in pixels; what lies in an odd number of them is
inside. They were drawn corner by corner, then moved to the colours' edge within three pixels (GrabCut, Rother et al.
2004, https://doi.org/10.1145/1186562.1015720), looked at, and corrected.

`people.json` has the faces of people among those boxes of 40 pixels or more that YuNet calls faces with a score of 0.8,
in the photos that are held out, and one more that our network found: left, top, right and bottom in pixels, an age
(child, adult, older) and a skin (light, brown, dark) as they look in the photo, "blurred" where it is far out of focus,
"hidden in part" where something is before it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from stylize.imaging import Pixels

OUTLINES, PEOPLE = (Path(__file__).with_name(name) for name in ("cut_outs.json", "people.json"))
FINER = 4  # times as large outlines are filled, so that pixels on the edge have a share
NEAR = 6  # pixels from the edge in which a mask is judged

Shares = NDArray[np.float32]


class Person(NamedTuple):
    """A face that a person sees: its box in pixels, and what it looks like."""

    corners: tuple[float, float, float, float]  # left, top, right, bottom
    looks: tuple[str, ...]


def people(photo: Path) -> list[Person]:
    """The faces of a photo; none if nobody has looked for any."""
    faces = json.loads(PEOPLE.read_text()).get(photo.name, [])
    return [Person(tuple(face[:4]), tuple(face[4:])) for face in faces]


def cut_outs(folders: Sequence[Path]) -> dict[Path, list[list[float]]]:
    """The outlines of those photos that lie in some folders."""
    outlines: dict[str, list[list[float]]] = json.loads(OUTLINES.read_text())
    return {
        path: outlines[path.name] for folder in folders for path in sorted(folder.iterdir()) if path.name in outlines
    }


def filled(outlines: Sequence[Sequence[float]], size: tuple[int, int]) -> Shares:
    """The share 0..1 of every pixel of a photo of `size` (width, height) that lies inside: [H, W]."""
    width, height = size
    inside = np.zeros((height * FINER, width * FINER), bool)
    for outline in outlines:
        part = Image.new("1", inside.shape[::-1])
        ImageDraw.Draw(part).polygon([value * FINER for value in outline], fill=1)
        inside ^= np.asarray(part)
    return inside.reshape(height, FINER, width, FINER).mean((1, 3), dtype=np.float32)


def edge_error(mask: Pixels, by_hand: Shares, near: int = NEAR) -> float:
    """The mean difference, 0..1, of a mask 0..255 [H, W] from one cut by hand, within `near` pixels of its edge.

    A sharp edge that is `n` pixels off has about n / 2 `near`; one in the right place that falls over 2 `near` pixels
    has a quarter.
    """
    inside = Image.fromarray((by_hand >= 0.5).astype(np.uint8))
    most, least = (
        np.asarray(inside.filter(kind(2 * near + 1))) for kind in (ImageFilter.MaxFilter, ImageFilter.MinFilter)
    )
    return float(np.abs(mask / 255 - by_hand)[most != least].mean())
