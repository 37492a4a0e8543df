"""What --region and --keep ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from stylize import imaging
from stylize.errors import OptionError
from stylize.inference.regions import SUBJECT
from stylize.inference.style_predictor import names_a_file
from stylize.options import RegionChoice, RegionName, RegionStyle, parse_region, regions_word
from stylize.region_engine import region_name
from stylize.stylizer import Stylizer

NamedRegions = Sequence[tuple[RegionName, RegionChoice]]


def read_regions(painted: Iterable[str], kept: Iterable[str], stylizer: Stylizer) -> NamedRegions | None:
    """The regions with their styles, and those that stay as they are; None if there are none.

    A region is a name or the file of a mask. Raises OptionError or StyleError for what is neither or has no style,
    PictureError for a mask that cannot be read, NetworkError if names cannot be found.
    """
    chosen: list[tuple[str, RegionChoice]] = [*map(_parse, painted), *((name.strip(), None) for name in kept)]
    names = [name for name, _ in chosen]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise OptionError(f"The region {twice[:80]!r} is given twice.")
    for _, choice in chosen:
        if isinstance(choice, RegionStyle):
            stylizer.parts(choice.style)  # a style that is not there is told now
    return [(_region(name, stylizer), choice) for name, choice in chosen] or None


def regions_file_name(painted: Iterable[str], kept: Iterable[str]) -> str:
    """What the name of a file ends in that is painted by these regions, as `regions_word`. Raises as `parse_region`."""
    return regions_word([*map(_parse, painted), *((name.strip(), None) for name in kept)])


def _parse(text: str) -> tuple[str, RegionStyle]:
    """As `parse_region`; the file of a mask or painting that exists is meant by its name, whatever signs that has."""
    splits = [(text[:i].strip(), text[i + 1 :].strip()) for i, sign in enumerate(text) if sign == "="]
    name, style = next((split for split in reversed(splits) if names_a_file(split[0])), (splits or [(text, "")])[0])
    file, at, strength = style.rpartition("@")
    if names_a_file(style):
        return name, RegionStyle(style)
    if at and names_a_file(file):
        return name, replace(parse_region(f"{SUBJECT}={SUBJECT}@{strength}")[1], style=file)
    return name, parse_region(f"{SUBJECT}={style}" if name and style else text)[1]


def _region(name: str, stylizer: Stylizer) -> RegionName:
    if names_a_file(name):
        return imaging.read(Path(name)).as_image()
    return region_name(name, stylizer.region_names)
