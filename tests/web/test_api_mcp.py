"""The calls as tools for language models; needs the extra `gradio[mcp]`."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.conftest import awaited

from .conftest import serving

mcp = pytest.importorskip("mcp")
pytestmark = pytest.mark.filterwarnings("default")  # what the extra brings along warns
SHOWN = ("udnie", "the_scream")


@pytest.fixture(scope="module")
def tools() -> Iterator[str]:
    with serving({"GRADIO_MCP_SERVER": "True", "STYLIZE_STYLES": ",".join(SHOWN)}) as address:
        yield f"{address}gradio_api/mcp/"


def call(address: str, *calls: tuple[str, dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """The schemas of the tools by name, and what each of these calls answers."""
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client

    async def talk() -> tuple[dict[str, Any], list[Any]]:
        async with connect(address) as (read, write, _), mcp.ClientSession(read, write) as session:
            await session.initialize()
            listed = {tool.name: tool.inputSchema["properties"] for tool in (await session.list_tools()).tools}
            return listed, [await session.call_tool(*one) for one in calls]

    return awaited(talk())


def test_the_calls_are_tools_that_say_what_they_take(tools: str) -> None:
    listed, (answer,) = call(tools, ("styles", {}))
    assert set(listed) == {"stylize", "compare", "grid", "numbers", "styles"}
    assert set(listed["stylize"]) == {"image", "style", "strength", "keep_colors", "brush", "regions"}
    assert all(about["description"] for about in listed["stylize"].values())
    said = answer.content[0].text
    assert all(name in said for name in SHOWN)
    assert "great_wave" not in said  # the host does not show it


def encoded(photo: Image.Image) -> str:
    """A PNG as base64."""
    buffer = io.BytesIO()
    photo.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def pictures(answer: Any) -> list[tuple[int, int]]:
    """The sizes of the pictures in an answer."""
    found = [part.data for part in answer.content if part.type == "image"]
    return [Image.open(io.BytesIO(base64.b64decode(data))).size for data in found]


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_a_picture_comes_as_base64_and_goes_as_pictures(tools: str, photo: Image.Image, prefix: str) -> None:
    image = prefix + encoded(photo)
    _, (painting, gallery) = call(tools, ("stylize", {"image": image, "style": "udnie"}), ("compare", {"image": image}))
    assert not painting.isError
    assert pictures(painting) == [photo.size]
    assert pictures(gallery) == [photo.size] * len(SHOWN)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"image": "https://example.org/a.png"}, "example.org"),
        ({"image": "no picture"}, "base64"),
        ({"style": "great_wave"}, "great_wave"),
    ],
)
def test_what_cannot_be_painted_is_told(tools: str, photo: Image.Image, arguments: dict[str, str], reason: str) -> None:
    _, (answer,) = call(tools, ("stylize", {"image": encoded(photo), **arguments}))
    assert answer.isError
    assert reason in answer.content[0].text
