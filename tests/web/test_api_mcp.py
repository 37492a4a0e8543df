"""The calls as tools for language models; needs the extra `gradio[mcp]`."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from stylize import Stylizer

from .conftest import serving

mcp = pytest.importorskip("mcp")
pytestmark = pytest.mark.filterwarnings("default")  # what the extra brings along warns


@pytest.fixture(scope="module")
def tools() -> Iterator[str]:
    with serving({"GRADIO_MCP_SERVER": "True"}) as address:
        yield f"{address}gradio_api/mcp/"


def test_the_calls_are_tools_that_say_what_they_take(tools: str, painter: Stylizer) -> None:
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client

    async def look() -> tuple[dict[str, dict[str, object]], str]:
        async with connect(tools) as (read, write, _), mcp.ClientSession(read, write) as session:
            await session.initialize()
            listed = {tool.name: tool.inputSchema["properties"] for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("styles", {})
            return listed, answer.content[0].text

    listed, answer = asyncio.run(look())
    assert set(listed) == {"stylize", "compare", "styles"}
    assert set(listed["stylize"]) == {"image", "style", "strength", "keep_colors", "brush"}
    assert all(about["description"] for about in listed["stylize"].values())
    ids = [style["id"] for style in json.loads(answer.replace("'", '"'))] if answer.startswith("[{") else answer
    assert all(style.id in ids for style in painter.styles)
