"""The page in a process of its own: `stylize serve`, `python app.py`, and what a Space runs."""

from __future__ import annotations

import argparse
import sys

import gradio as gr

from stylize.errors import StylizeError
from stylize.web.app import build_demo, launch_options
from stylize.web.hosting import memory, shutdown


def open_page() -> gr.Blocks:
    """The page, in a process that is made ready for many visitors.

    Ends the process with a sentence if a model or a variable of the environment cannot be used.
    """
    memory.limit_heap()
    shutdown.isolate_temp_files()
    try:
        return build_demo()
    except (StylizeError, ValueError) as error:
        sys.exit(f"error: {error}")


def serve(page: gr.Blocks, host: str | None = None, port: int | None = None) -> None:
    """Serve `page` until the process is asked to stop; Gradio chooses what is None. Call it from the main thread.

    Ends the process with a sentence if the port cannot be had.
    """
    shutdown.close_on_sigterm(page)
    if port is not None and not 0 < port < 1 << 16:
        sys.exit(f"error: The port is {port}; it must be a number from 1 to 65535.")
    try:
        page.launch(**launch_options(), server_name=host, server_port=port)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="stylize serve", description="Serve the web page.")
    parser.add_argument(
        "--host", help="where to listen, 0.0.0.0 for everybody; default $GRADIO_SERVER_NAME, else 127.0.0.1"
    )
    parser.add_argument("--port", type=int, help="default $GRADIO_SERVER_PORT, else the first free one from 7860")
    arguments = parser.parse_args(argv)
    serve(open_page(), arguments.host, arguments.port)
    return 0
