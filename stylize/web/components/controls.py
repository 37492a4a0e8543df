"""The controls beside the viewer: strength, brush, colours, a second and third style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr
from gradio.components import Component

from stylize.options import parse_regions
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.share import DEFAULT_SHARE, MAX_BRUSH, MIN_BRUSH, ControlValues, region_styles, regions_on_show

_SHARE_OF_A_STYLE = "(style) => ({ __type__: 'update', interactive: Boolean(style) })"  # nobody has none


@dataclass(frozen=True)
class Controls:
    """The components, named and ordered as in `ControlValues`; `style` is the main one of a blend."""

    style: gr.Textbox
    second_style: gr.Dropdown
    second_share: gr.Slider
    third_style: gr.Dropdown
    third_share: gr.Slider
    strength: gr.Slider
    brush: gr.Slider
    keep_colors: gr.Checkbox
    regions: gr.Textbox  # the browser writes it: static/viewer_regions.js

    @property
    def components(self) -> list[Any]:
        """All of them."""
        return [getattr(self, one.name) for one in fields(self)]

    @property
    def visible(self) -> list[Any]:
        """Those that a visitor moves."""
        return self.components[1:]

    @property
    def styles(self) -> list[Any]:
        """Those that name styles."""
        return [self.style, self.second_style, self.third_style, self.regions]

    def values(self, given: Mapping[Component, Any]) -> ControlValues:
        """The values of these components, from what a handler is given by component."""
        return ControlValues(*(given[component] for component in self.components))


def build(app: AppContext) -> Controls:
    """The controls, one below the other."""
    style = gr.Textbox(app.default_style, visible="hidden", elem_id="style")  # the browser sets it with a tile
    strength = gr.Slider(
        0, 1, 1, step=0.05, label=i18n("strength"), info=i18n("strength_info"), buttons=[], elem_id="strength"
    )
    brush = gr.Slider(
        MIN_BRUSH, MAX_BRUSH, 1, step=0.1, label=i18n("brush"), info=i18n("brush_info"), buttons=[], elem_id="brush"
    )
    keep_colors = gr.Checkbox(False, label=i18n("keep_colors"), container=False, elem_id="keep-colors")
    with gr.Accordion(i18n("blend"), open=False, elem_id="blend"):
        gr.HTML(element("blend_info", "p"), js_on_load=None, apply_default_css=False)
        second = _blend_controls(app, "second")
        third = _blend_controls(app, "third")
    regions = gr.Textbox("", visible="hidden", elem_id="regions")
    return Controls(style, *second, *third, strength, brush, keep_colors, regions)


def style_choices(
    app: AppContext, own_styles: OwnStyles, request: gr.Request | None = None, none_key: str = "no_style"
) -> list[tuple[Any, str]]:
    """What a list of styles offers: none (with this message, as ""), the visitor's own, those on show.

    Without a request the browser translates them.
    """
    own = [(style.title, style.id) for style in own_styles.values()]
    if request is None:
        return [(i18n(none_key), ""), *own, *((catalog.style_label(style), style.id) for style in app.styles)]
    shown = [(catalog.style_title(style, request), style.id) for style in app.styles]
    return [(catalog.translate(none_key, request), ""), *own, *shown]


def update_styles_handler(app: AppContext) -> Callable[..., tuple[Any, ...]]:
    """The handler of changed own styles: the choices of the lists; a style that is gone is chosen nowhere.

    What stays is not sent again: the visitor may have chosen another meanwhile.
    """

    def update(
        own_styles: OwnStyles, style: str, second: str, third: str, regions: str, request: gr.Request
    ) -> tuple[Any, ...]:
        registry, choices = app.registry(own_styles), style_choices(app, own_styles, request)
        lists = (
            gr.Dropdown(choices=choices) if not name or name in registry else gr.Dropdown(choices=choices, value="")
            for name in (second, third)
        )
        gone = any(name not in registry for name in region_styles(parse_regions(regions)))
        left = regions_on_show(regions, registry) if gone else gr.skip()
        return (gr.skip() if style in registry else app.default_style, *lists, left)

    return update


def _blend_controls(app: AppContext, name: str) -> tuple[gr.Dropdown, gr.Slider]:
    """A further style and its share."""
    style = gr.Dropdown(
        style_choices(app, {}), value="", label=i18n(f"{name}_style"), filterable=False,
        elem_id=f"{name}-style", elem_classes="choice-list",
    )  # fmt: skip
    share = gr.Slider(
        0, 1, DEFAULT_SHARE, step=0.05, label=i18n(f"{name}_share"), buttons=[],
        interactive=False, elem_id=f"{name}-share",
    )  # fmt: skip
    style.change(None, style, share, js=_SHARE_OF_A_STYLE, api_visibility="private")
    return style, share
