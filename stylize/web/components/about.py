"""Numbers, and calls over HTTP as code that runs when it is pasted."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import gradio as gr
import onnxruntime

from stylize.web.app_context import AppContext
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element

PYTHON = """\
from gradio_client import Client, handle_file

client = Client("{url}")
painting = client.predict(handle_file("photo.jpg"), "{style}", api_name="/stylize")
every_style = client.predict(handle_file("photo.jpg"), api_name="/compare")
styles = client.predict(api_name="/styles")
print(painting)  # the path of a PNG
"""

CURL = """\
SPACE={url}
JSON='Content-Type: application/json'
# send a photo, ask for a painting, fetch it from the address in the answer
PHOTO=$(curl -s -F files=@photo.jpg "$SPACE/gradio_api/upload" | tr -d '[]')
ID=$(curl -s "$SPACE/gradio_api/call/stylize" -H "$JSON" \\
  -d '{{"data": ['"$PHOTO"', "{style}"]}}' | cut -d'"' -f4)
curl -sN "$SPACE/gradio_api/call/stylize/$ID" | grep -o 'http[^"]*png' | tail -1 | xargs curl -s -o painting.png

# every style, as a stream of growing galleries
ID=$(curl -s "$SPACE/gradio_api/call/compare" -H "$JSON" -d '{{"data": ['"$PHOTO"']}}' | cut -d'"' -f4)
curl -sN "$SPACE/gradio_api/call/compare/$ID"

# the styles
ID=$(curl -s "$SPACE/gradio_api/call/styles" -H "$JSON" -d '{{"data": []}}' | cut -d'"' -f4)
curl -sN "$SPACE/gradio_api/call/styles/$ID"
"""

# The address is the visitor's own: only the browser knows it behind a proxy.
_FILL_ADDRESS = """() => {
  const here = (location.origin + location.pathname).replace(/\\/$/, "");
  return TEXTS.map((text) => text.replaceAll("{url}", here));
}"""


def model_card(folder: Path) -> str:
    """The model card of a models folder, without the header for model hubs, and without pictures and links that lead
    nowhere from a page."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    text = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"!\[[^\]]*\]\((?!https?://)[^)]*\)\n*", "", text)
    return re.sub(r"\[([^\]]*)\]\((?!https?://)[^)]*\)", r"\1", text)


def build(app: AppContext, page: gr.Blocks) -> None:
    """The numbers as a list, the calls as code."""
    facts = [
        ("fact_device", app.painter.device),
        ("fact_styles", str(len(app.styles))),
        ("fact_limit", f"{app.config.max_megapixels:g}"),
        ("fact_runtime", f"ONNX Runtime {onnxruntime.__version__}"),
    ]
    rows = "".join(f"<div>{element(key, 'dt')}<dd>{html.escape(value)}</dd></div>" for key, value in facts)
    gr.HTML(
        element("numbers", "h2")
        + f'<dl class="facts-list">{rows}</dl>'
        + element("privacy", "p")
        + f'<p><a href="#model-card">{element("model_card_link")}</a></p>',
        js_on_load=None,
        apply_default_css=False,
        elem_classes="tab-head",
    )
    gr.HTML(
        element("api", "h2") + element("api_info", "p") + element("mcp_info", "p", {"url": "/"}),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="tab-head",
    )
    texts = [code.format(url="{url}", style=app.default_style) for code in (PYTHON, CURL)]
    python = gr.Code(
        texts[0], language="python", label="Python", interactive=False, wrap_lines=True, elem_id="api-python"
    )
    curl = gr.Code(texts[1], language="shell", label="curl", interactive=False, wrap_lines=True, elem_id="api-curl")
    with gr.Accordion(i18n("model_card"), open=False, elem_id="model-card"):
        gr.Markdown(model_card(app.painter.folder), elem_id="model-card-text")
    page.load(None, None, [python, curl], js=_FILL_ADDRESS.replace("TEXTS", json.dumps(texts)))
