"""The command: `stylize photo.jpg --style great_wave`, `stylize serve`, `stylize train` and the others of `COMMANDS`.

The first word decides: a command's name is that command, anything else is painted. A file that bears the name of a
command is painted by `stylize paint NAME`. Each command is imported only when it is asked for: painting needs neither
torch nor gradio.

Exit status: 0 on success, 1 when something failed, 2 for wrong usage.
"""

from __future__ import annotations

import importlib
import signal
import sys
import warnings
from dataclasses import dataclass
from io import TextIOWrapper

__all__ = ["COMMANDS", "Command", "main", "run"]


@dataclass(frozen=True)
class Command:
    """One command. `module` has a `main(argv)` that returns the status; `extra` is what pip must install for it."""

    module: str
    does: str
    extra: str | None = None


COMMANDS = {
    "paint": Command("stylize.cli.paint", "paint pictures and films; what is done without a command's name"),
    "grid": Command("stylize.cli.grid", "compare photos, styles and settings on one page", "page"),
    "serve": Command("stylize.web.serve", "serve the web page", "page"),
    "train": Command("stylize.training.tasks.train", "train a painter and many styles together", "train"),
    "teach": Command("stylize.training.tasks.teach", "fit a style of one painting to a trained painter", "train"),
    "encode": Command("stylize.training.tasks.encode", "train the encoder, which predicts styles", "train"),
    "fine": Command("stylize.training.tasks.fine", "train what paints large pictures the second time", "train"),
    "distil": Command("stylize.training.tasks.distil", "distil the loss network from a large one", "train"),
    "optimise": Command("stylize.training.tasks.optimise", "paint by optimisation (Gatys et al. 2016)", "train"),
    "export": Command("stylize.cli.export", "write a painter as ONNX, for browsers, or a page of files", "train"),
    "evaluate": Command("stylize.training.evaluation.evaluate", "measure a painter against optimisation", "train"),
}


def main(argv: list[str] | None = None) -> int:
    """Hand over to the command that `argv` names. Returns the exit status; wrong usage exits with 2 from argparse."""
    arguments = sys.argv[1:] if argv is None else argv
    name, rest = ("paint", arguments)
    if arguments and arguments[0] in COMMANDS:
        name, rest = arguments[0], arguments[1:]
    command = COMMANDS[name]
    try:
        status: int = importlib.import_module(command.module).main(rest)
    except ModuleNotFoundError as error:
        if command.extra is None or error.name is None or error.name.split(".")[0] == "stylize":
            raise
        needed = error.name.split(".")[0]
        print(
            f"error: stylize {name} needs {needed}, which is not installed here: "
            f'pip install "stylize[{command.extra}]"',
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 1
    return status


def run() -> None:
    """What the installed command runs: `main`, ended as by Ctrl-C when the system or a closed terminal ends it.

    Warnings of libraries are not shown, unless Python was asked for them (`-W`, PYTHONWARNINGS).
    """
    for ending in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:  # Windows has no SIGHUP
        if signal.getsignal(ending) != signal.SIG_IGN:  # `nohup`
            signal.signal(ending, signal.default_int_handler)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a file's name need not be text
    sys.exit(main())
