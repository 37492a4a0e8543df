"""How the page looks: theme, style sheet, fonts and the script in its head. Nothing comes from another machine."""

from __future__ import annotations

import base64
import inspect
from functools import cache

import gradio as gr

from stylize.paths import FONTS, STATIC
from stylize.web.config import WebConfig
from stylize.web.locale.markup import catalogs_script

SCRIPTS = (  # of the head
    "i18n.js",
    "gradio_words.js",
    "number_fields.js",
    "radio_groups.js",
    "reveal.js",
    "requests.js",
    "connection.js",
    "page_history.js",
    "kept_photos.js",
    "open_link.js",
    "photo_drop.js",
    "photo_camera.js",
    "photo_strip.js",
    "photo_crop.js",
    "device_painter.js",
    "on_device.js",
    "device_photo.js",
    "photo_opening.js",
    "difference_chooser.js",
    "duel_state.js",
)
STYLE_SHEETS = (  # in this order
    "style.css",
    "photo.css",
    "viewer.css",
    "viewer_regions.css",
    "comparison_grid.css",
    "difference_view.css",
    "duel.css",
    "grid_numbers.css",
)

_FACES = (("Newsreader", "newsreader.woff2", "400 700"), ("Source Sans", "source-sans-3.woff2", "200 900"))
_CHINESE_FONTS = ("PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei")


_COLOURS = {  # Gradio's variables by the variables of static/style.css
    "body_background_fill": "var(--paper)",
    "background_fill_primary": "var(--card)",
    "background_fill_secondary": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--quiet)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent": "var(--accent)",
    "color_accent_soft": "var(--accent-soft)",
    "block_background_fill": "var(--card)",
    "block_border_color": "var(--line)",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--quiet)",
    "block_title_text_color": "var(--ink)",
    "block_info_text_color": "var(--quiet)",
    "input_background_fill": "var(--card)",
    "input_border_color": "var(--line)",
    "input_border_color_focus": "var(--accent)",
    "slider_color": "var(--accent)",
    "checkbox_background_color": "var(--card)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--quiet)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_border_color_focus": "var(--accent)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "var(--accent-soft)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent-strong)",
    "button_primary_border_color": "transparent",
    "button_primary_text_color": "var(--on-accent)",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "var(--accent-soft)",
    "button_secondary_border_color": "var(--line)",
    "button_secondary_text_color": "var(--ink)",
    "link_text_color": "var(--accent)",
    "loader_color": "var(--accent)",
    "code_background_fill": "var(--paper)",
}


@cache
def static(name: str) -> str:
    """The text of a file beside this module."""
    return (STATIC / name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """Paper and ink, one accent; colours are the variables of static/style.css."""
    made = gr.themes.Base(
        font=["Source Sans", *_CHINESE_FONTS, "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        text_size=gr.themes.sizes.text_md,
    )
    known = inspect.signature(made.set).parameters
    dark = {f"{name}_dark": value for name, value in _COLOURS.items() if f"{name}_dark" in known}
    return made.set(
        **_COLOURS,
        **dark,
        block_border_width="1px",
        block_shadow="none",
        block_radius="10px",
        input_shadow="none",
        input_shadow_focus="none",
        button_primary_shadow="none",
        button_secondary_shadow="none",
        button_transform_hover="none",
        layout_gap="16px",
    )


def style_sheet(config: WebConfig) -> str:
    """All of the page's CSS, with the host's accent."""
    faces = "\n".join(_face(family, file, weights) for family, file, weights in _FACES)
    sheets = "\n".join(static(name) for name in STYLE_SHEETS)
    return f"{faces}\n:root {{ --accent-given: {config.accent}; }}\n{sheets}"


def _face(family: str, file: str, weights: str) -> str:
    data = base64.b64encode((FONTS / file).read_bytes()).decode()
    source = f'url("data:font/woff2;base64,{data}") format("woff2")'
    return f'@font-face {{ font-family: "{family}"; font-weight: {weights}; font-display: swap; src: {source}; }}'


def head() -> str:
    """What goes into the page's head: the catalogues and the scripts that every part uses."""
    scripts = "\n".join(static(name) for name in SCRIPTS)
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<script>{catalogs_script()}\n{scripts}</script>"
    )
