"""Downloads: the painting in the viewer as PNG at once, and in other formats, smaller or as a print on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.web import theme
from stylize.web.app_context import AppContext, session_id
from stylize.web.components import copy_link, viewer
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import downloads, results
from stylize.web.services.downloads import DownloadOptions

FORMAT_NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "avif": "AVIF"}  # the same in every language
SCRIPTS = ("downloads.js", "downloads_device.js")  # one script in this order
CONCURRENCY_ID = "download"  # of Gradio's queue: one file at a time, since a large print takes 300 MB meanwhile


@dataclass(frozen=True)
class Downloads:
    """The components: the PNG, and everything else."""

    png: gr.DownloadButton
    options: gr.HTML


def build(app: AppContext, first: str) -> Downloads:
    """The downloads and the link to the look; `first` is the PNG of the painting that the page opens with."""
    with gr.Column(elem_id="downloads"):
        png = gr.DownloadButton(i18n("png"), first, variant="primary", elem_id="png")
        options = gr.HTML(
            {"job": 0},
            html_template=_options_template(),
            js_on_load="\n".join(map(theme.static, SCRIPTS)),
            apply_default_css=False,
            elem_id="download-options",
        )
    made = options.make(
        make_handler(app, Path(first)),
        None,
        options,
        concurrency_id=CONCURRENCY_ID,
        concurrency_limit=1,
        trigger_mode="multiple",
        api_visibility="private",
        show_progress="hidden",
    )
    made.failure(None, js="() => window.stylize.downloadFailed()")  # the queue was full, or the connection is lost
    copy_link.build("#caption [data-query]", "copy_link", "copy-link")
    return Downloads(png, options)


def make_handler(app: AppContext, first: Path) -> Callable[..., dict[str, Any]]:
    """The handler that makes a file of the newest painting; `first` is the one that the page opened with."""

    def make(event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """What static/downloads.js takes: the job's number, and `file` or `error`, a sentence."""
        answer: dict[str, Any] = {"job": event.job}
        with app.report_errors(request) as errors:
            number = int(event.request)
            painting = app.requests.finished(session_id(request), viewer.KIND, number) if number else first
            options = DownloadOptions(event.format, int(event.quality), int(event.longer_side), event.paper)
            if painting is None or not painting.is_file():
                errors.append(catalog.translate("download_old", request))
            else:
                answer["file"] = results.file_data(downloads.make(painting, options))
        return answer | ({"error": errors[0]} if errors else {})

    return make


def _options_template() -> str:
    formats = [
        f'<option value="{name}">{FORMAT_NAMES[name]}</option>'
        if name in FORMAT_NAMES
        else element("download_print", "option", value=name)
        for name in downloads.SUFFIXES
    ]
    sizes = [
        element("size_side", "option", {"pixels": str(side)}, value=str(side))
        if side
        else element("size_full", "option", value="0")
        for side in downloads.LONGER_SIDES
    ]
    papers = [f'<option value="{name}">{name.upper()}</option>' for name in downloads.PAPERS]
    quality = DownloadOptions.quality
    return (
        f"<details><summary>{element('download_more')}{element('download_waits')}</summary><form>"
        + _choice("download_format", "format", formats)
        + _choice("download_size", "longer_side", sizes)
        + _choice("download_paper", "paper", papers)
        + f'<label data-field="quality">{element("download_quality")}'
        f'<input name="quality" type="range" min="40" max="100" value="{quality}"><output>{quality}</output></label>'
        + element("download_make", "button", type="submit")
        + element("download_share", "button", type="button", class_="download-share", hidden="")
        + '</form></details><p class="download-status" role="status"></p>'
    )


def _choice(key: str, name: str, options: Iterable[str]) -> str:
    """HTML of a labelled list."""
    return f'<label data-field="{name}">{element(key)}<select name="{name}">{"".join(options)}</select></label>'
