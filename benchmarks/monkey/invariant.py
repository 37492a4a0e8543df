"""What must hold once the page is quiet: all that it shows and hands out is of its photo and its controls.

Pixels are compared with `Stylizer`, called directly with the same options.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.monkey.photo_visitor import CROP, PHOTO, crop_text
from benchmarks.monkey.rest import PATIENCE
from benchmarks.monkey.visitor import STYLE, Visitor
from stylize import PaintOptions, Stylizer, imaging
from stylize.web.app_context import DEFAULT_PHOTO, example_photo
from stylize.web.components.photo_crop import Crop
from stylize.web.config import WebConfig
from stylize.web.locale import catalog
from stylize.web.services.results import SCREEN_QUALITY
from stylize.web.share import ControlValues, to_query

EXACT = 2  # levels of 255 by which a download may differ at most
CLOSE = 1.5  # levels by which a picture on the screen may differ on average: it is a JPEG or a WebP
STATE = """async () => {
  const one = (selector) => document.querySelector(selector);
  const value = (selector) => one(selector)?.value;
  const source = (selector) => one(selector)?.src ?? "";
  const canvas = one("#slider canvas");
  const drawn = canvas?.width ? canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data : [];
  const kept = await window.stylize.keptPhotos.all();
  const caption = one("#caption h2"), facts = one("#caption .facts");
  return {
    photo: source("#photo img"), crop: kept.find(({ id }) => id === history.state?.photo)?.crop ?? null,
    style: value("#style textarea"),
    second_style: value("#second-style input"), second_share: value("#second-share input[type=range]"),
    third_style: value("#third-style input"), third_share: value("#third-share input[type=range]"),
    strength: value("#strength input[type=range]"), brush: value("#brush input[type=range]"),
    keep_colors: one("#keep-colors input").checked,
    mask: window.stylize.mask ?? "", brushed: drawn.some((level, at) => at % 4 === 3 && level > 0),
    inverted: one(".mask-invert").getAttribute("aria-pressed") === "true",
    viewer: [source(".viewer-photo"), source(".viewer-painting")],
    title: caption.textContent, query: caption.dataset.query, facts: { ...facts.dataset },
    address: location.search,
    marked: [...document.querySelectorAll(".tile.selected")].map((tile) => tile.dataset.style),
    closed: one("#downloads").inert,
    tiles: [...document.querySelectorAll(".tile")].map(
      (tile) => [tile.dataset.style, tile.querySelector("img").src, tile.classList.contains("waiting")]),
    gallery: one(".gallery-status").dataset.state,
    tab: [...document.querySelectorAll("#tabs button[role=tab]")].findIndex((tab) => tab.ariaSelected === "true"),
    pins: window.stylize.pins ?? [],
    panes: [...document.querySelectorAll("#comparison .panes img")].map((image) => image.src),
    failed: [...document.querySelectorAll(".request-status[data-state=failed]")].map((one) => one.dataset.kind),
  };
}"""
COMPARE_TAB = 2


class Photo(NamedTuple):
    """One that the page shows: its name, empty for the page's default, and the part of it."""

    name: str
    crop: Crop | None


@dataclass
class Reference:
    """What is right, painted by the library."""

    photos: Mapping[str, Path]
    styles: tuple[str, ...]  # on show
    painter: Stylizer = field(default_factory=lambda: Stylizer(device="cpu"))
    config: WebConfig = field(default_factory=WebConfig)
    _tiles: dict[Photo, dict[str, Image.Image]] = field(default_factory=dict)

    def photo(self, photo: Photo) -> Image.Image:
        """As it is read, and the part of it that is shown."""
        picture = imaging.read(self.photos.get(photo.name) or example_photo(photo.name or DEFAULT_PHOTO))
        if photo.crop is not None:
            picture = photo.crop(picture)
        return picture.as_image()

    def painting(self, photo: Photo, options: PaintOptions) -> Image.Image:
        """At full size."""
        return self.painter.paint(self.photo(photo), options)

    def tile(self, photo: Photo, style: str) -> Image.Image:
        """Of the gallery."""
        if photo not in self._tiles:
            painted = self.painter.gallery(self.photo(photo), self.styles, self.config.tile_size)
            self._tiles[photo] = {one.id: image for one, image in painted}
        return self._tiles[photo][style]

    def title_id(self, title: str | None) -> str:
        """The id of a style by its English title; empty for none."""
        return next((style.id for style in self.painter.styles if catalog.style_title(style) == title), "")

    def title(self, options: PaintOptions) -> str:
        """English, of a style or a blend."""
        parts = self.painter.parts(options.style)
        if len(parts) == 1:
            return catalog.style_title(parts[0][0])
        return " + ".join(f"{catalog.style_title(style)} {share:.0%}" for style, share in parts)


def faults(page: Page, visitor: Visitor, reference: Reference) -> list[str]:
    """What does not hold on a page that is quiet, in sentences."""
    state = page.evaluate(STATE)
    if state["failed"]:
        return [f"failed without a reason: {', '.join(state['failed'])}"]
    photo = Photo(Path(state["photo"]).stem if state["photo"] else "", state["crop"] and Crop.of(state["crop"]))
    chosen = _chosen(state, reference)
    options = chosen.options()
    found = [*_lost(state, photo, visitor), *_words(state, reference, photo, options)]
    mask = Image.open(io.BytesIO(base64.b64decode(state["mask"].split(",", 1)[1]))) if state["mask"] else None
    if (mask is not None) != (state["brushed"] or state["inverted"]):
        found.append("the mask on the page is not the one that was sent")
    painting = reference.painting(photo, replace(options, mask=mask and mask.convert("L")))
    found += _pictures(page, state, reference.photo(photo), painting)
    found += _tiles(page, state, reference, photo)
    if state["tab"] == COMPARE_TAB:
        found += _panes(page, state, reference, photo, options)
    else:
        found += _download(page, painting, photo, options)
    return found


def _chosen(state: Mapping[str, Any], reference: Reference) -> ControlValues:
    """What the controls say; those that were never opened say nothing yet."""
    blank = ControlValues("")
    shares = {name: float(state[name] or getattr(blank, name)) for name in ("second_share", "third_share")}
    others = {name: reference.title_id(state[name]) for name in ("second_style", "third_style")}
    numbers = {name: float(state[name]) for name in ("strength", "brush")}
    return ControlValues(style=state["style"], keep_colors=state["keep_colors"], **shares, **others, **numbers)


def _lost(state: Mapping[str, Any], photo: Photo, visitor: Visitor) -> Iterator[str]:
    """Whatever the visitor did last and the page no longer says."""
    crop = crop_text(photo.crop.turns, photo.crop.box) if photo.crop else ""
    for name, value in visitor.wanted.items():
        if name in (PHOTO, CROP) and visitor.disturbed:
            continue
        there = {PHOTO: photo.name, CROP: crop}.get(name, state.get(name))
        if there != value:
            yield f"{name} is {there!r}, the visitor wants {value!r}"


def _words(state: Mapping[str, Any], reference: Reference, photo: Photo, options: PaintOptions) -> Iterator[str]:
    """Caption, address, marked tile, and whether the downloads are open."""
    query = to_query(options)
    width, height = reference.photo(photo).size
    facts = {"i18n": "painted", "width": str(width), "height": str(height)}
    expected = {
        "title": reference.title(options),
        "query": query,
        "marked": [state[STYLE]],
        "closed": False,
        "facts": state["facts"] | facts,
        "gallery": "gallery_done" if photo.name else "gallery_example",
    }
    for name, value in expected.items():
        if state[name] != value:
            yield f"{name} is {state[name]!r}, right is {value!r}"
    if state["address"].lstrip("?") not in ({query} if state["address"] else {"", f"style={reference.styles[0]}"}):
        yield f"the address says {state['address']!r}, right is {query!r}"


def _pictures(page: Page, state: Mapping[str, Any], photo: Image.Image, painting: Image.Image) -> Iterator[str]:
    """Both of the viewer's."""
    for name, source, right in zip(("photo", "painting"), state["viewer"], (photo, painting), strict=True):
        yield from _differs(f"the {name} in the viewer", _fetch(page, source), right)


def _tiles(page: Page, state: Mapping[str, Any], reference: Reference, photo: Photo) -> Iterator[str]:
    for style, source, waiting in state["tiles"]:
        if waiting:
            yield f"the tile {style} waits"
        elif photo.name:  # without one the tiles are the styles' own thumbnails
            yield from _differs(f"the tile {style}", _fetch(page, source), reference.tile(photo, style))
        elif photo_of(source) != style:
            yield f"the tile {style} is not its thumbnail: {source}"


def _panes(
    page: Page, state: Mapping[str, Any], reference: Reference, photo: Photo, options: PaintOptions
) -> Iterator[str]:
    """The pinned paintings side by side."""
    pins = state["pins"]
    right = pins if len(pins) > 1 else []
    if len(state["panes"]) != len(right):
        yield f"{len(state['panes'])} paintings are compared, right are {len(right)}"
        return
    for style, source in zip(right, state["panes"], strict=True):
        painting = reference.painting(photo, replace(options, style=style))
        yield from _differs(f"{style} in the comparison", _fetch(page, source), painting)


def _download(page: Page, painting: Image.Image, photo: Photo, options: PaintOptions) -> Iterator[str]:
    """The file that the first button gives."""
    page.locator("#tabs button[role=tab]").first.click()
    with page.expect_download(timeout=PATIENCE) as download:
        page.locator("#png").click()
    ids = "-".join(dict.fromkeys(part for part in options.style))
    if (name := download.value.suggested_filename) != f"{photo.name or DEFAULT_PHOTO}-{ids}.png":
        yield f"the download is named {name}"
    with Image.open(download.value.path()) as file:
        there = file.convert(painting.mode)
    if there.size != painting.size:
        yield f"the download has {there.size} pixels, right is {painting.size}"
    elif (apart := int(_apart(there, painting).max())) > EXACT:
        yield f"the download differs by {apart} levels"


def _fetch(page: Page, source: str) -> Image.Image:
    answer = page.request.get(source)
    return Image.open(io.BytesIO(answer.body())) if answer.ok else Image.new("RGB", (1, 1))


def _differs(what: str, there: Image.Image, right: Image.Image) -> Iterator[str]:
    """Whether a picture is another one than `right`, written for the screen."""
    if there.size != right.size:
        yield f"{what} has {there.size} pixels, right is {right.size}"
        return
    buffer = io.BytesIO()
    right.save(buffer, "WEBP" if right.mode == "RGBA" else "JPEG", quality=SCREEN_QUALITY)
    if (mean := float(_apart(flat(there), flat(Image.open(buffer))).mean())) > CLOSE:
        yield f"{what} differs by {mean:.1f} levels on average"


def flat(image: Image.Image) -> Image.Image:
    """On white."""
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")


def _apart(one: Image.Image, other: Image.Image) -> np.ndarray[Any, Any]:
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))


def photo_of(source: str) -> str:
    """The name of a file by its address, without its ending."""
    return Path(source).stem
