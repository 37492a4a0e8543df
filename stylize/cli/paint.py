"""`stylize paint`, which is also what `stylize` does without a command's name.

    stylize photo.jpg --style great_wave
    stylize *.jpg --style great_wave=0.6,starry_night=0.4 --strength 0.8 --keep-colors --out-dir painted/
    stylize photo.jpg --style any_picture.jpg
    stylize photo.jpg --style all --out-dir wall/
    stylize photo.jpg --region person=udnie --region background=great_wave@0.6 --keep faces
    stylize clip.mp4 --style great_wave -o painted.mp4
    stylize holiday/ --recursive --out-dir painted/ --skip-existing
    stylize photos/ --style great_wave --out-dir painted/ --ray auto
    stylize s3://bucket/photos --style great_wave --out-dir gs://bucket/painted --ray auto
    stylize - --style udnie < photo.jpg > painted.png
    stylize --list

--ray spreads files over the machines of a Ray cluster and walks folders by itself; they and the output folder lie where
all machines see them, or in a store that pyarrow opens. The output folder gets a manifest.jsonl. It needs the extra
`ray`: docs/cluster.md.

A file that exists is never replaced without --overwrite: the call says so, paints the others and ends with status 1.

Exit status: 0 on success, 1 when some input failed (the others are still written), 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stylize import __version__
from stylize.cli import COMMANDS
from stylize.cli.arguments import path_argument, text_argument
from stylize.cli.batch import Batch
from stylize.cli.inputs import STANDARD, Found, find_inputs, read_standard_input
from stylize.cli.output_plan import Output, check_ending, plan_outputs
from stylize.cli.regions import NamedRegions, read_regions, regions_file_name
from stylize.cli.store_inputs import add_stored
from stylize.cli.terminal import Terminal
from stylize.cluster.store import Store, is_address
from stylize.errors import OptionError, StyleError, StylizeError
from stylize.inference.session import PROVIDERS
from stylize.inference.style_predictor import names_a_file
from stylize.options import PaintOptions, StyleChoice, parse_style
from stylize.styles import DEFAULT_STYLE, PHOTO
from stylize.stylizer import Stylizer

_COMMANDS = (
    "commands (stylize COMMAND --help tells their options):\n"
    + "".join(f"  {name:10}{command.does}\n" for name, command in COMMANDS.items())
    + "\nA file called like a command is painted by `stylize paint NAME`."
)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status; wrong usage exits with 2 from argparse."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not arguments.list and (error := _usage_error(arguments)):
        parser.error(error)
    terminal = Terminal()
    with terminal.logging(), tempfile.TemporaryDirectory(prefix="stylize-") as folder:
        try:
            # on a cluster the workers have the device, and this process only needs the styles
            stylizer = Stylizer(arguments.models, "cpu" if arguments.ray else arguments.device, arguments.threads)
            if arguments.list:
                _print_styles(stylizer)
                return 0
            regions = read_regions(arguments.region, arguments.keep, stylizer)
            options = {
                name: PaintOptions(
                    choice, arguments.strength, arguments.keep_colors, arguments.brush or None, regions=regions
                )
                for name, choice in _choices(arguments, stylizer, regions).items()
            }
        except (OptionError, StyleError) as error:  # wrong usage, found before anything is painted
            parser.error(str(error))
        except StylizeError as error:
            terminal.error(error)
            return 1
        found = _find(arguments, [*(style.id for style in stylizer.styles), *options], Path(folder))
        for sentence in found.errors:
            terminal.error(sentence)
        for count, what in ((found.others, "neither picture nor film"), (found.painted, "painted before")):
            if count:
                terminal.note(f"{count} left out of the folders: {what}.")
        try:
            plan = _plan(arguments, found, list(options))
        except OptionError as error:
            parser.error(str(error))
        try:
            batch = _batch(arguments, stylizer, options, terminal)
        except ModuleNotFoundError as error:
            needed = error.name
            terminal.error(f'--ray needs {needed}, which is not installed here: pip install "stylize[ray]"')
            return 1
        return max(batch.run(plan), int(bool(found.errors)))


def _batch(
    arguments: argparse.Namespace, stylizer: Stylizer, options: Mapping[str, PaintOptions], terminal: Terminal
) -> Batch:
    """What paints here or, with --ray, on a cluster. Raises ModuleNotFoundError without Ray."""
    existing = arguments.overwrite, arguments.skip_existing
    if not arguments.ray:
        return Batch(stylizer, options, terminal, *existing)
    from stylize.cli.cluster_batch import ClusterBatch  # Ray is an extra, and slow to import
    from stylize.cli.cluster_outputs import outputs_in
    from stylize.cli.cluster_task import Workers

    models = arguments.models and arguments.models.absolute()
    workers = Workers(arguments.ray, models, arguments.device, arguments.threads or 1)
    outputs = outputs_in(arguments.out_dir)
    return ClusterBatch(stylizer, options, terminal, *existing, outputs=outputs, workers=workers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stylize",
        usage="stylize [paint] INPUT ... [--style STYLE] [-o FILE | --out-dir FOLDER] [more options]",
        description="Repaint photos in the style of a painting.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stylize {__version__}")
    parser.add_argument(
        "inputs", nargs="*", type=_path, metavar="INPUT", help="pictures, films, animations; - is standard input"
    )
    parser.add_argument(
        "--style", type=text_argument,
        help="an id, any picture, a blend such as a=0.6,b.jpg=0.4, or 'all'; "
        f"default {DEFAULT_STYLE}, with --region none",
    )  # fmt: skip
    parser.add_argument(
        "--strength", type=float, default=PaintOptions.strength, help="0 (photo) to 1 (style); default %(default)s"
    )
    parser.add_argument(
        "--region", action="append", default=[], metavar="REGION=STYLE[@STRENGTH]",
        help="a region's own style; subject, background, person, ... faces, or the file of a mask; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--keep", action="append", default=[], metavar="REGION", help="leave a region as it is, such as faces"
    )
    parser.add_argument("--keep-colors", action="store_true", help="keep the photo's colours")
    parser.add_argument(
        "--brush", type=float, default=PaintOptions.brush,
        help="stroke size relative to the picture; 0 paints at the photo's own size; default %(default)s",
    )  # fmt: skip
    outputs = parser.add_mutually_exclusive_group()
    outputs.add_argument(
        "-o", "--output", type=_path, metavar="FILE",
        help="the file to write, - for standard output; default INPUT-STYLE.png (or .mp4) beside the input",
    )  # fmt: skip
    outputs.add_argument("--out-dir", type=_path, metavar="FOLDER", help="the folder to write into; made if needed")
    parser.add_argument("--recursive", action="store_true", help="paint what is in folders, and in those within")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace files that exist; without it they are kept")
    existing.add_argument("--skip-existing", action="store_true", help="go on with a batch: pass over what exists")
    parser.add_argument("--list", action="store_true", help="list the styles")
    parser.add_argument("--models", type=Path, help="folder of the networks")
    parser.add_argument("--device", choices=["auto", *PROVIDERS], help="default $STYLIZE_DEVICE, else auto")
    parser.add_argument(
        "--threads", type=int, help="CPU threads; default: the cores there are, and with --ray 1 for each worker"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS",
        help="paint on a Ray cluster: auto (the one here, else this machine's cores), local, or HOST:PORT",
    )  # fmt: skip
    return parser


def _path(text: str) -> Path | Store:
    """A path; `./-` stays apart from `-`."""
    if is_address(text):
        return Store(text)
    path = path_argument(text)
    return path.absolute() if path == STANDARD and text != str(STANDARD) else path


def _usage_error(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options together, if something is."""
    one = len(arguments.inputs) == 1 and arguments.style != "all"
    if not arguments.inputs:
        return "give at least one picture, or --list"
    if arguments.output is not None and not one:
        return "-o takes one picture in one style; use --out-dir for more"
    if isinstance(arguments.output, Path) and arguments.output.is_dir():
        return f"{arguments.output} is a folder; give --out-dir {arguments.output}"
    if arguments.ray and (arguments.out_dir is None or STANDARD in arguments.inputs):
        return "--ray paints files and folders into --out-dir"
    stores = [place for place in (*arguments.inputs, arguments.out_dir, arguments.output) if isinstance(place, Store)]
    if stores and not arguments.ray:
        return f"{stores[0]} is no file of this machine; --ray auto paints what is in stores"
    if STANDARD not in arguments.inputs and arguments.output != STANDARD:
        return None
    if STANDARD in arguments.inputs and sys.stdin.isatty():
        return "standard input is a terminal; send it a picture, as in `< photo.jpg`"
    if _output(arguments) == STANDARD and not one:
        return "- takes one style and no other inputs, or --out-dir"
    if _output(arguments) == STANDARD and sys.stdout.isatty():
        return "standard output is a terminal; send it on, as in `> painted.png`, or give -o a name"
    return None


def _output(arguments: argparse.Namespace) -> Path | None:
    """The one file to write: what -o says, or standard output for standard input alone; None for planned names."""
    output: Path | None = arguments.output
    if output is None and arguments.out_dir is None and STANDARD in arguments.inputs:
        return STANDARD
    return output


def _print_styles(stylizer: Stylizer) -> None:
    for style in stylizer.styles:
        known = ", ".join(text for text in (style.artist, style.year) if text)
        print(f"{style.id:22} {style.title}" + (f" ({known})" if known else ""))


def _choices(arguments: argparse.Namespace, stylizer: Stylizer, regions: NamedRegions | None) -> dict[str, StyleChoice]:
    """What --style asks for, by the name that goes into the file's name. Raises StyleError or OptionError."""
    text: str | None = arguments.style
    ending = "" if regions is None else f"-{regions_file_name(arguments.region, arguments.keep)}"
    if text is None and regions is not None and any(choice is not None for _, choice in regions):
        return {ending[1:]: PHOTO}
    text = text or stylizer.styles.default
    if text == "all":
        return {style.id + ending: style.id for style in stylizer.styles}
    parts = dict(stylizer.parts(text if names_a_file(text) else parse_style(text)))
    return {"-".join(style.id for style in parts) + ending: parts}


def _find(arguments: argparse.Namespace, names: list[str], folder: Path) -> Found:
    """The inputs. What comes from standard input is kept in `folder`."""
    stores = [place for place in arguments.inputs if isinstance(place, Store)]
    paths = [place for place in arguments.inputs if isinstance(place, Path) and place != STANDARD]
    out_dir = arguments.out_dir if isinstance(arguments.out_dir, Path) else None
    found = find_inputs(paths, arguments.recursive or bool(arguments.ray), names, out_dir)
    add_stored(found, stores, names, arguments.out_dir)
    if STANDARD in arguments.inputs:
        found.inputs.append(read_standard_input(sys.stdin.buffer, folder))
    return found


def _plan(arguments: argparse.Namespace, found: Found, styles: list[str]) -> list[Output]:
    """The outputs. Raises OptionError if -o cannot be what they are written to."""
    output = _output(arguments)
    if output is None or not found.inputs:
        return plan_outputs(found.inputs, styles, arguments.out_dir)
    if len(found.inputs) > 1:
        raise OptionError(f"-o takes one picture, and there are {len(found.inputs)}; use --out-dir for more.")
    (source,) = found.inputs
    if output != STANDARD and (error := check_ending(source, output.suffix)):
        raise OptionError(error)
    return [Output(source, styles[0], output)]
