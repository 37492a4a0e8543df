"""`stylize paint`, which is also what `stylize` does without a command's name.

    stylize photo.jpg --style great_wave
    stylize *.jpg --style great_wave=0.6,starry_night=0.4 --strength 0.8 --keep-colors --out-dir painted/
    stylize photo.jpg --style any_picture.jpg
    stylize photo.jpg --style all --out-dir wall/
    stylize clip.mp4 --style great_wave -o painted.mp4
    stylize --list

Exit status: 0 on success, 1 when some input failed (the others are still written), 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

from stylize import __version__, imaging
from stylize.cli import COMMANDS
from stylize.errors import OptionError, StyleError, StylizeError
from stylize.inference.session import PROVIDERS
from stylize.inference.style_predictor import names_a_file
from stylize.options import StyleChoice, parse_style
from stylize.stylizer import Stylizer
from stylize.video.animation import KINDS
from stylize.video.formats import WRITABLE, is_film

_COMMANDS = (
    "commands (stylize COMMAND --help tells their options):\n"
    + "".join(f"  {name:10}{command.does}\n" for name, command in COMMANDS.items())
    + "\nA file called like a command is painted by `stylize paint NAME`."
)


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status; wrong usage exits with 2 from argparse."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        painter = Stylizer(arguments.models, arguments.device, arguments.threads)
    except StylizeError as error:
        return _fail(error)
    if arguments.list:
        for style in painter.styles:
            print(f"{style.id:22} {style.title} ({', '.join(t for t in (style.artist, style.year) if t)})")
        return 0
    if not arguments.photos:
        parser.error("give at least one picture, or --list")
    if arguments.output and (len(arguments.photos) > 1 or arguments.style == "all"):
        parser.error("-o takes one picture in one style; use --out-dir for more")
    try:
        choices = _choices(arguments.style, painter)
    except (OptionError, StyleError) as error:  # wrong usage, found before anything is painted
        parser.error(str(error))
    except StylizeError as error:
        return _fail(error)
    failed = False
    for photo, (name, choice) in ((p, c) for p in arguments.photos for c in choices.items()):
        settings = {
            "strength": arguments.strength,
            "keep_colors": arguments.keep_colors,
            "brush": arguments.brush or None,
        }
        target = arguments.output or _target(photo, name, arguments.out_dir)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if is_film(photo):
                written = painter.video(photo, target, choice, **settings, progress=_show)
            else:
                written = imaging.write(painter(photo, choice, **settings), target)
            print(written, flush=True)
        except (StylizeError, OSError) as error:
            failed = bool(_fail(error))
        except KeyboardInterrupt:
            return _fail("interrupted")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    defaults = {name: p.default for name, p in inspect.signature(Stylizer.__call__).parameters.items()}
    parser = argparse.ArgumentParser(
        prog="stylize",
        description="Repaint photos in the style of a painting.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stylize {__version__}")
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="pictures, films and animations")
    parser.add_argument(
        "--style",
        default="starry_night",
        help="an id, any picture, a blend such as a=0.6,b.jpg=0.4, or 'all'; default %(default)s",
    )
    parser.add_argument(
        "--strength", type=float, default=defaults["strength"], help="0 (photo) to 1 (style); default %(default)s"
    )
    parser.add_argument("--keep-colors", action="store_true", help="keep the photo's colours")
    parser.add_argument(
        "--brush", type=float, default=defaults["brush"],
        help="stroke size relative to the picture; 0 paints at the photo's own size; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", type=Path, help="the file to write; default PHOTO-STYLE.png (or .mp4) beside it"
    )
    parser.add_argument("--out-dir", type=Path, help="the folder to write into; made if needed")
    parser.add_argument("--list", action="store_true", help="list the styles")
    parser.add_argument("--models", type=Path, help="folder of the networks")
    parser.add_argument("--device", choices=["auto", *PROVIDERS], help="default $STYLIZE_DEVICE, else auto")
    parser.add_argument("--threads", type=int, help="CPU threads; default: the cores there are")
    return parser


def _choices(text: str, painter: Stylizer) -> dict[str, StyleChoice]:
    """What --style asks for, by the name that goes into the file's name. Raises StyleError or OptionError."""
    if text == "all":
        return {style.id: style.id for style in painter.styles}
    parts = dict(painter.parts(text if names_a_file(text) else parse_style(text)))
    return {"-".join(style.id for style in parts): parts}


def _target(photo: Path, name: str, folder: Path | None) -> Path:
    name = re.sub(r"[^\w.-]+", "_", name)
    ending = ".png"
    if is_film(photo):
        kept = photo.suffix.lower()
        ending = kept if kept in (*WRITABLE, *KINDS) else WRITABLE[0]
    return (folder or photo.parent) / f"{photo.stem}-{name}{ending}"


def _show(done: float) -> None:
    """Progress of a film, for people who watch."""
    if sys.stderr.isatty():
        print(f"\r{done:4.0%}", end="\n" if done == 1 else "", file=sys.stderr, flush=True)


def _fail(error: object) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 1
