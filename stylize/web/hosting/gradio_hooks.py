"""Every place where this page reaches into what Gradio keeps private; a new version of Gradio may change each."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio import blocks, utils
from gradio.exceptions import ComponentProcessingError, InvalidPathError
from gradio.processing_utils import hash_file
from gradio.route_utils import get_root_url
from gradio.utils import _parse_file_size, get_upload_folder
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from stylize.errors import StylizeError

# For `launch`, which else ends a page that does not answer itself within three seconds: a busy machine may be slower.
PATIENT_START: dict[str, Any] = {"_frontend": False}

_log = logging.getLogger(__name__)


def upload_folder() -> Path:
    """Where uploads lie. Only files in there are served, and Gradio exports no name for it."""
    return Path(get_upload_folder())


def cached_copy(path: str | Path) -> Path:
    """Where Gradio copied this file to when a component showed it; a file with a strange name may have another."""
    return upload_folder() / hash_file(path) / Path(path).name


def is_shared(page: gr.Blocks, path: str) -> bool:
    """Whether this file is a part of the page itself, which every visitor is sent."""
    return any(path in getattr(block, "keep_in_cache", ()) for block in page.blocks.values())


def served_page(scope: Scope) -> gr.Blocks:
    """The page that a request to Gradio's application is for; only the application knows it."""
    page: gr.Blocks = scope["app"].get_blocks()
    return page


def public_address(request: Request) -> str:
    """Where visitors find the page, without a slash at the end: Gradio knows proxies by their X-Forwarded-* headers."""
    application = request.scope["app"]
    page = application.get_blocks()
    root_path = application.root_path or request.scope.get("root_path") or page.custom_mount_path
    return get_root_url(request, "/", root_path)


def pass_paths(image: gr.Image) -> None:
    """Hand the uploaded file's path to handlers: Gradio's decoder has neither our limits nor our sentences."""
    setattr(image, "preprocess", lambda payload: payload and payload.path)  # noqa: B010


def pass_path_of(component: gr.HTML, name: str) -> None:
    """Hand handlers the path of the file under `name` in this component's value, or None if there is none.

    A file that is no upload, or not there any more, fails the event: nothing else may be painted in its place.
    """

    def path(payload: Any) -> str | None:
        file = payload.get(name) if isinstance(payload, dict) else None
        found = file.get("path") if isinstance(file, dict) else None
        if found is None:
            return None
        if isinstance(found, str) and is_uploaded_file(found):
            return found
        raise gr.Error("The file is no longer on this server.", print_exception=False)

    setattr(component, "preprocess", path)  # noqa: B010


def is_upload(path: str) -> bool:
    """Whether this path, which a browser names, lies where uploads do."""
    try:
        return Path(path).resolve().is_relative_to(upload_folder().resolve())
    except (OSError, ValueError):  # a NUL in the path
        return False


def is_uploaded_file(path: str) -> bool:
    """Whether this path, which a browser or program names, is a file where uploads lie."""
    try:
        return is_upload(path) and Path(path).is_file()
    except OSError:  # longer than a path may be
        return False


def upload_limit(size: str) -> int:
    """Bytes of a size as `launch(max_file_size=...)` takes it."""
    return int(_parse_file_size(size) or 0)


def prepare_calls(
    page: gr.Blocks, prepare: Callable[[list[Any]], list[Any]], wrong_kind: str, ended: Callable[[str | None], None]
) -> None:
    """Have `prepare` complete the arguments of every public call, and every failure of one be a sentence.

    Gradio checks arguments before any handler sees them, and answers `{"error": null}` for what it refuses.
    `prepare` gets the components' values for arguments that are left out or None, and may raise StylizeError;
    `wrong_kind` is the sentence for an argument that a component cannot take; `ended` gets the caller's session after
    each call, and each step of a generator, on the event loop.
    """
    process = page.process_api

    async def process_api(block_fn: Any, inputs: list[Any], *arguments: Any, **options: Any) -> Any:
        function = page.fns[block_fn] if isinstance(block_fn, int) else block_fn
        if not function.api_name or function.api_visibility != "public":
            return await process(block_fn, inputs, *arguments, **options)
        try:
            given = [*inputs, *[None] * (len(function.inputs) - len(inputs))]
            defaults = [getattr(part, "value", None) for part in function.inputs]
            filled = [default if value is None else value for value, default in zip(given, defaults, strict=False)]
            inputs[:] = await run_in_threadpool(prepare, filled)  # in place: a generator's next step has them again
            return await process(block_fn, inputs, *arguments, **options)
        except Exception as error:
            if isinstance(error, gr.Error):
                raise
            if not isinstance(error, (StylizeError, ComponentProcessingError, InvalidPathError, ValidationError)):
                _log.exception("a call failed")
                raise gr.Error("The call failed; the server's log says why.", print_exception=False) from error
            said = str(error) if isinstance(error, StylizeError) else wrong_kind
            raise gr.Error(said, print_exception=False) from error
        finally:
            ended(getattr(options.get("request"), "session_hash", None))

    setattr(page, "process_api", process_api)  # noqa: B010


def extend_mcp_tools() -> None:
    """Have tools take a picture as any string, for `prepare_calls` to judge, and answer a gallery as pictures.

    Gradio takes only addresses and data URLs, and writes a gallery as text. Nothing is done without the extra.
    """
    try:
        from gradio.mcp import GradioMCPServer
    except ImportError:
        return
    if hasattr(GradioMCPServer, "answer_as_gradio"):
        return
    answer = GradioMCPServer.postprocess_output_data

    def postprocess_output_data(self: Any, data: Any, root_url: str) -> list[Any]:
        parts: list[Any] = []
        for output in data:
            is_gallery = isinstance(output, list) and all(isinstance(one, dict) and "image" in one for one in output)
            parts += [part for one in output for part in (one["caption"], one["image"])] if is_gallery else [output]
        return answer(self, parts, root_url)

    def convert_strings_to_filedata(self: Any, value: Any, filedata_positions: Any) -> Any:
        return value

    setattr(GradioMCPServer, "answer_as_gradio", answer)  # noqa: B010
    setattr(GradioMCPServer, "postprocess_output_data", postprocess_output_data)  # noqa: B010
    setattr(GradioMCPServer, "convert_strings_to_filedata", convert_strings_to_filedata)  # noqa: B010


def keep_what_is_skipped() -> None:
    """Have `gr.skip()` leave a component as it is, also where it follows upon a value in the same frame.

    Gradio sends `{"props": {"__type__": "update"}}` for a gr.HTML, and in the browser these properties take the place
    of all others. And it sends how an answer differs from the one before, which the browser carries out on that very
    value: it becomes the skip before anybody has drawn it. So an update is sent whole, and without what is no property.
    """
    if hasattr(blocks, "update_as_gradio"):
        return
    update = blocks.postprocess_update_dict

    def postprocess_update_dict(block: Any, update_dict: dict[str, Any], postprocess: bool = True) -> dict[str, Any]:
        updated: dict[str, Any] = update(block, update_dict, postprocess)
        properties = {name: value for name, value in updated.pop("props", {}).items() if name != "__type__"}
        return {**updated, "props": properties} if properties else updated

    setattr(blocks, "update_as_gradio", update)  # noqa: B010
    setattr(blocks, "postprocess_update_dict", postprocess_update_dict)  # noqa: B010
    differ: Callable[[Any, Any], list[Any]] = utils.diff

    def diff(old: Any, new: Any) -> list[Any]:
        if any(isinstance(one, dict) and "__type__" in one for one in (old, new)):
            return [("replace", [], new)]
        return differ(old, new)

    setattr(utils, "diff", diff)  # noqa: B010


def expire(page: gr.Blocks, files: set[str]) -> None:
    """Have Gradio delete old ones of these files too: it knows only those that some component has shown."""
    page.temp_file_sets.append(files)


def mount(app: FastAPI, page: gr.Blocks, launch_options: dict[str, Any]) -> None:
    """Have an application serve the page at `/` as `launch` would: it takes fewer options, and sets one itself."""
    taken = inspect.signature(gr.mount_gradio_app).parameters
    setattr(page, "state_session_capacity", launch_options["state_session_capacity"])  # noqa: B010
    gr.mount_gradio_app(app, page, path="/", **{name: launch_options[name] for name in launch_options if name in taken})
