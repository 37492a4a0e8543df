"""The five calls over HTTP, with names that stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from stylize.errors import OptionError, StylizeError
from stylize.grid import NUMBERS, Axis, Grid, GridCell
from stylize.grid.labels import labels
from stylize.grid.sheet import Sheet
from stylize.options import PaintOptions, look_words, parse_style, shares
from stylize.styles import PHOTO, StyleRegistry
from stylize.web.app_context import PAINT_CONCURRENCY_ID, AppContext
from stylize.web.hosting import gradio_hooks, gradio_sessions
from stylize.web.hosting.memory import ApiSessions
from stylize.web.services import api_image, results
from stylize.web.services.pace import Pace
from stylize.web.share import known_regions

_WRONG_KIND = (
    "A value is of the wrong kind: image is a file, style a text, strength and brush are numbers, "
    "keep_colors is true or false."
)


def build(app: AppContext, page: gr.Blocks) -> None:  # long: the calls' docstrings are what clients read
    """Add `/stylize`, `/compare`, `/grid`, `/numbers` and `/styles`; nothing of them shows on the page."""
    with gr.Group(visible=False):
        image = gr.Image(label="image", type="filepath", image_mode=None)
        gradio_hooks.pass_paths(image)
        style = gr.Textbox("", label="style")
        strength = gr.Number(1.0, label="strength")
        keep_colors = gr.Checkbox(False, label="keep_colors")
        brush = gr.Number(1.0, label="brush")
        regions = gr.Textbox("", label="regions")
        painting = gr.Image(label="painting", format="png")
        gallery = gr.Gallery(label="paintings")
        chosen = gr.Textbox(",".join(style.id for style in app.some_styles(4)), label="styles")
        strengths = gr.Textbox("0.5,1", label="strengths")
        sheet = gr.Image(label="grid", format="png")
        table = gr.JSON(label="numbers")
        listing = gr.JSON(label="styles")

    sessions = ApiSessions(page)

    def stylize(
        image: str, style: str, strength: float, keep_colors: bool, brush: float, regions: str, request: gr.Request
    ) -> str:
        """Repaint a picture in the style of one painting, at the picture's own size; answers a PNG.

        Of an animation the first frame is painted.

        Args:
            image: the picture to repaint: a data URL, base64, or the address or path of a file of this server.
            style: the id of a style, as the tool `styles` lists them, or a blend such as great_wave=0.6,udnie=0.4. Left
                out, it is one of this server's choice; with regions that have styles, the rest stays as it is.
            strength: from 0 (the picture as it is) to 1 (the style).
            keep_colors: take the light of the painting and the colours of the picture.
            brush: size of the strokes relative to the picture, from 0.25 to 8; 0 paints at the picture's own size.
            regions: what is painted otherwise, such as "person=udnie@0.6; faces": a region, an id, a strength after @.
                A region alone stays as it is. Regions are subject, background, faces, person, cat and the like.
        """
        with _api_errors():
            registry = StyleRegistry(app.styles)  # ids and nothing else: the painter would also open a path
            by_region = known_regions(regions, registry)
            has_styles = any(choice is not None for _, choice in by_region or ())
            keeps_rest = style == PHOTO if style else has_styles
            known = {PHOTO: 1.0} if keeps_rest and by_region else _known(style or app.default_style, registry)
            path, picture = app.read_photo(image)
            options = PaintOptions(known, strength, keep_colors, brush or None, regions=by_region)
            made = app.painter.paint(picture, options, cancelled=gradio_sessions.disconnect_check(page, request))
            return str(results.save_image(made, results.file_name(path, look_words(options), ".png")))

    def compare(image: str, request: gr.Request) -> Iterator[list[tuple[str, str]]]:
        """Repaint a picture in every style, small; answers (picture, title) pairs, more and more of them.

        Args:
            image: the picture to repaint: a data URL, base64, or the address or path of a file of this server.
        """
        made: list[tuple[str, str]] = []
        pace = Pace()
        with _api_errors():
            path, picture = app.read_photo(image)
            ids = [style.id for style in app.styles]
            for one, small in app.painter.gallery(picture, ids, size=app.config.tile_size):
                name = results.file_name(path, [one.id], ".jpg")
                made.append((str(results.save_image(small, name)), one.title))
                if len(made) == len(ids) or pace.is_due():
                    yield list(made)

    def grid(image: str, styles: str, strengths: str, request: gr.Request) -> str:
        """Compare styles and strengths of one picture on one page: styles across, strengths down; answers a PNG.

        Args:
            image: the picture to repaint: a data URL, base64, or the address or path of a file of this server.
            styles: ids of styles with commas between them, as the tool `styles` lists them.
            strengths: numbers from 0 to 1 with commas between them.
        """
        with _api_errors():
            names = _names(styles)
            path, cells, painted = painted_grid(image, names, strengths, request)
            across, down = labels(cells, [app.title(app.weighted_styles(name)) for name in names])
            page_image = Sheet.of(cells, painted, across, down).image()
            return str(results.save_image(page_image, f"{results.stem(path)}-grid.png"))

    def numbers(image: str, styles: str, strengths: str, request: gr.Request) -> list[dict[str, Any]]:
        """Measure a picture in styles and strengths, small: distance from each painting's style, likeness, colours.

        Answers a list with an entry for each style and strength. `style_full`, `style_half` and `style_quarter` are the
        style loss at these sizes (0 is the painting itself), `ssim` is the likeness to the picture (1 is the same),
        `colors_moved` is how far colours at large are from the picture's (2 is just seen, 100 is black to white), and
        `seconds` are those that painting took. null is what cannot be told.

        Args:
            image: the picture to repaint: a data URL, base64, or the address or path of a file of this server.
            styles: ids of styles with commas between them, as the tool `styles` lists them.
            strengths: numbers from 0 to 1 with commas between them.
        """
        with _api_errors():
            names = _names(styles)
            _, _, painted = painted_grid(image, names, strengths, request, numbers=True)
            return [
                {"style": names[cell.style], "strength": cell.options.strength}
                | dict(zip(NUMBERS, cell.numbers.values(), strict=True))
                for cell in painted
                if cell.numbers is not None
            ]

    def painted_grid(
        image: str, names: list[str], strengths: str, request: gr.Request, numbers: bool = False
    ) -> tuple[str, Grid, list[GridCell]]:
        """The picture's path, and its grid with all cells. Raises StylizeError."""
        registry = StyleRegistry(app.styles)
        wanted = [registry[name] for name in names]
        path, picture = app.read_picture(image)
        cells = Grid([picture], wanted, _strengths(strengths), columns=(Axis.STYLE,))
        stop = gradio_sessions.disconnect_check(page, request)
        return path, cells, list(app.painter.grid(cells, app.config.tile_size, numbers=numbers, cancelled=stop))

    def styles() -> list[dict[str, str]]:
        """List the styles there are: id, title, artist, year."""
        return [style.as_dict() for style in app.styles]

    def prepare(arguments: list[Any]) -> list[Any]:
        if not arguments:
            return []
        return [api_image.receive(arguments[0], getattr(page, "max_file_size", None)), *arguments[1:]]

    gradio_hooks.extend_mcp_tools()
    gradio_hooks.prepare_calls(page, prepare, _WRONG_KIND, sessions.served)

    queue: dict[str, Any] = {
        "concurrency_id": PAINT_CONCURRENCY_ID,
        "concurrency_limit": app.config.concurrency_limit,
    }
    inputs = [image, style, strength, keep_colors, brush, regions]
    gr.Button(visible=False).click(stylize, inputs, painting, api_name="stylize", **queue)
    gr.Button(visible=False).click(compare, image, gallery, api_name="compare", **queue)
    gr.Button(visible=False).click(grid, [image, chosen, strengths], sheet, api_name="grid", **queue)
    gr.Button(visible=False).click(numbers, [image, chosen, strengths], table, api_name="numbers", **queue)
    gr.Button(visible=False).click(styles, None, listing, api_name="styles", queue=False)


def _known(text: str, registry: StyleRegistry) -> dict[str, float]:
    """The ids of a style or blend, with their shares. Raises StyleError or OptionError."""
    return {registry[name].id: share for name, share in shares(parse_style(text))}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _strengths(text: str) -> list[float]:
    """The numbers of a text with commas between them. Raises OptionError if one is none."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        what = f"The strengths are {text[:80]!r}; give numbers with commas between them, such as 0.5,1."
        raise OptionError(what) from error


@contextmanager
def _api_errors() -> Iterator[None]:
    """An error of ours reaches the caller as its sentence, without a traceback in the log."""
    try:
        yield
    except StylizeError as error:
        raise gr.Error(str(error), print_exception=False) from error
