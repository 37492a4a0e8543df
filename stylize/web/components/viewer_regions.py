"""By regions: what the photo in the viewer shows, each with a style of its own, and their masks corrected by hand."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image, ImageOps

from stylize.errors import PictureError
from stylize.imaging import Pixels
from stylize.inference.regions import BACKGROUND, SUBJECT
from stylize.options import MAX_REGIONS, CorrectedRegion, PaintOptions, RegionName, called_region
from stylize.region_engine import ALIASES
from stylize.web.app_context import AppContext, OwnStyles, WeightedStyles
from stylize.web.hosting import gradio_hooks
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.services.drawn_masks import read_mask

MASK_SIDE = 640  # pixels of the longer side of the masks that the page shows
CHOICES = ("rest", "style", "photo")  # of a region: as the rest, a style of its own, or the photo stays

_FINDING = threading.BoundedSemaphore(1)  # photos looked at at the same time: a large one takes 200 MB meanwhile


def template() -> str:
    """HTML of the panel, closed."""
    choices = "".join(
        f'<label><input type="radio" name="region-choice" value="{choice}">{element(f"regions_{choice}")}</label>'
        for choice in CHOICES
    )
    return (
        '<section class="regions" id="regions-panel" hidden><div class="regions-quick">'
        + element("regions_cut_out", "button", type="button", aria_pressed="false", class_="regions-cut-out")
        + f'<label class="regions-faces"><input type="checkbox">{element("regions_keep_faces")}</label></div>'
        '<p class="regions-status" role="status"></p>'
        + element("try_again", "button", type="button", class_="regions-retry", hidden="")
        + element("regions_draw", "button", type="button", class_="regions-draw", hidden="")
        + '<div class="regions-chips" role="group"></div>'
        '<fieldset class="region-detail" hidden><legend></legend>'
        f'<div class="region-choices">{choices}</div>'
        f'<label class="region-strength">{element("strength")}'
        '<input type="range" min="0" max="1" step="0.05"><output></output></label>'
        + element("regions_wall", "p", class_="region-wall")
        + '<div class="region-actions">'
        + element("regions_correct", "button", type="button", aria_pressed="false", class_="region-correct")
        + element("regions_uncorrect", "button", type="button", class_="region-uncorrect", hidden="")
        + "</div></fieldset></section>"
    )


def opener(app: AppContext) -> str:
    """HTML of the button that opens the panel; hidden where the models find no regions."""
    hidden = "" if app.finds_regions else " hidden"
    return (
        f'<button type="button" class="regions-open" aria-expanded="false" aria-controls="regions-panel"{hidden}>'
        f'{element("regions_open")}<span class="regions-count"></span></button>'
    )


def find_function(app: AppContext) -> Callable[..., dict[str, Any]]:
    """What the browser calls to know what a photo shows."""

    def find_regions(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        """For the path of a `photo` (None is the one that the page opens with) answers `{"regions": [...]}`.

        A region has its `name` and a `mask`, the address of a small PNG that is opaque inside. Or there is `error`.
        """
        with _FINDING, app.report_errors(request) as errors:
            path = asked.get("photo")
            if path is not None and not gradio_hooks.is_upload(str(path)):
                raise PictureError("This picture is no longer here.")
            return {"regions": find(app, None if path is None else str(path))}
        return {"error": errors[0]}

    return find_regions


def find(app: AppContext, photo: str | None) -> list[dict[str, str]]:
    """The regions of a photo by name, in the order in which they are found. Raises StylizeError."""
    _, picture = app.read_photo(photo)
    small = picture.convert("RGB")
    small.thumbnail((MASK_SIDE, MASK_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    masks: dict[str, Pixels] = {}
    for region in app.painter.regions(small):
        if region.name != BACKGROUND:
            masks[region.name] = np.maximum(masks.get(region.name, np.uint8(0)), region.mask)
    if SUBJECT in masks:
        others = {name: mask for name, mask in masks.items() if name != SUBJECT}
        masks = {SUBJECT: masks[SUBJECT], BACKGROUND: 255 - masks[SUBJECT], **others}
    return [{"name": name, "mask": _address(mask)} for name, mask in masks.items()]


def _address(mask: Pixels) -> str:
    file = io.BytesIO()
    Image.merge("LA", (Image.new("L", mask.shape[::-1]), Image.fromarray(mask))).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def with_corrections(options: PaintOptions, corrections: str) -> PaintOptions:
    """Options whose regions have the masks that were corrected by hand: JSON of PNGs by name, as the page sends it.

    A correction of the subject is one of the background, too. What cannot be read corrects nothing.
    """
    masks = read_corrections(corrections)
    if not masks:
        return options
    regions = [(_corrected(name, masks), choice) for name, choice in dict(options.regions or ()).items()]
    return replace(options, regions=regions or None)


def read_corrections(corrections: str) -> dict[str, Image.Image]:
    """The corrections of the page by the names of regions, grey with alpha."""
    try:
        given = json.loads(corrections or "{}")
        masks = {str(name): read_mask(data, "LA") for name, data in list(given.items())[:MAX_REGIONS]}
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {name: mask for name, mask in masks.items() if mask is not None}


def _corrected(name: RegionName, masks: Mapping[str, Image.Image]) -> RegionName:
    called = called_region(name) or ""
    found = ALIASES.get(called, called)
    if found == BACKGROUND and SUBJECT in masks:
        value, share = masks[SUBJECT].split()
        return CorrectedRegion(called, Image.merge("LA", (ImageOps.invert(value), share)))
    return CorrectedRegion(called, masks[found]) if found in masks else name


def describe(app: AppContext, options: PaintOptions, own_styles: OwnStyles | None, request: gr.Request | None) -> str:
    """What each region has, in the visitor's language: `Person: Udnie 60% · Background: the photo stays`."""
    parts = []
    for name, styles, strength in app.weighted_regions(options, own_styles):
        has = catalog.translate("regions_photo", request) if styles is None else app.title(styles, request)
        share = "" if styles is None or strength == options.strength else f" {strength:.0%}"
        parts.append(f"{region_title(called_region(name) or '', request)}: {has}{share}")
    return " · ".join(parts)


def region_title(name: str, request: gr.Request | None) -> str:
    """What a region is called in the visitor's language; a name that the catalogues do not know stays."""
    return catalog.CATALOGS[catalog.language(request)].regions.get(ALIASES.get(name, name), name.replace("_", " "))


def is_covered(options: PaintOptions) -> bool:
    """Whether regions with a style leave nothing for that of the rest."""
    regions = options.by_region()
    covered = {SUBJECT, BACKGROUND} <= {called_region(name) for name, _ in regions}
    return covered and any(own is not None for _, own in regions)


def seen_styles(app: AppContext, options: PaintOptions, own_styles: OwnStyles | None) -> list[WeightedStyles]:
    """The styles and blends of a painting, each once; that of the rest first, if anything is left for it."""
    own = [one.styles for one in app.weighted_regions(options, own_styles) if one.styles is not None]
    seen: list[WeightedStyles] = [] if is_covered(options) else [app.weighted_styles(options.style, own_styles)]
    for styles in own:
        if styles not in seen:
            seen.append(styles)
    return seen
