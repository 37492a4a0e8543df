"""The three calls over HTTP, with names that stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from stylize.errors import StylizeError
from stylize.web.hosting.memory import Callers
from stylize.web.services import results
from stylize.web.services.cancellation import hung_up
from stylize.web.state import FIRST, PAINTING, Studio


def build(studio: Studio) -> None:
    """Add `/stylize`, `/compare` and `/styles`; nothing of them shows on the page."""
    with gr.Group(visible=False):
        image = gr.Image(label="image", type="filepath", image_mode=None)
        setattr(image, "preprocess", lambda payload: payload and payload.path)  # noqa: B010
        style = gr.Textbox(FIRST, label="style")
        strength = gr.Number(1.0, label="strength")
        keep_colors = gr.Checkbox(False, label="keep_colors")
        brush = gr.Number(1.0, label="brush")
        painting = gr.Image(label="painting", format="png")
        gallery = gr.Gallery(label="paintings")
        listing = gr.JSON(label="styles")

    page = gr.context.Context.root_block
    callers = Callers(page)

    def stylize(image: str, style: str, strength: float, keep_colors: bool, brush: float, request: gr.Request) -> str:
        """Repaint a picture in the style of one painting, at the picture's own size; answers a PNG.

        Args:
            image: the picture to repaint.
            style: the id of a style, as the tool `styles` lists them.
            strength: from 0 (the picture as it is) to 1 (the style).
            keep_colors: take the light of the painting and the colours of the picture.
            brush: size of the strokes relative to the picture, from 0.25 to 8.
        """
        with _spoken(callers, request):
            known = studio.painter.styles[style]  # an id and nothing else: the painter would also open a path
            path, picture = studio.open(_given(image))
            made = studio.painter(
                picture,
                known,
                strength=strength,
                keep_colors=keep_colors,
                brush=brush,
                cancelled=hung_up(page, request),
            )
            return str(results.put(made, results.file_name(path, {known.id: 1.0}, ".png")))

    def compare(image: str, request: gr.Request) -> Iterator[list[tuple[str, str]]]:
        """Repaint a picture in every style, small; answers (picture, title) pairs, more with every step.

        Args:
            image: the picture to repaint.
        """
        made: list[tuple[str, str]] = []
        with _spoken(callers, request):
            path, picture = studio.open(_given(image))
            for one, small in studio.painter.gallery(
                picture, [style.id for style in studio.styles], size=studio.settings.wall_size
            ):
                name = results.file_name(path, {one.id: 1.0}, ".jpg")
                made.append((str(results.put(small, name)), one.title))
                yield list(made)

    def styles() -> list[dict[str, str]]:
        """List the styles there are: id, title, artist, year."""
        return [style.as_dict() for style in studio.styles]

    gr.Button(visible=False).click(
        stylize,
        [image, style, strength, keep_colors, brush],
        painting,
        api_name="stylize",
        concurrency_id=PAINTING,
        concurrency_limit=studio.settings.at_once,
    )
    gr.Button(visible=False).click(
        compare,
        image,
        gallery,
        api_name="compare",
        concurrency_id=PAINTING,
        concurrency_limit=studio.settings.at_once,
    )
    gr.Button(visible=False).click(styles, None, listing, api_name="styles", queue=False)


def _given(image: str | None) -> str:
    if not image:
        raise gr.Error("No image came with the request; send one as the first argument.", print_exception=False)
    return image


@contextmanager
def _spoken(callers: Callers, request: gr.Request) -> Iterator[None]:
    """An error of ours reaches the caller as its sentence, without a traceback in the log; then the call is over."""
    try:
        yield
    except StylizeError as error:
        raise gr.Error(str(error), print_exception=False) from error
    finally:
        callers.served(request.session_hash)
