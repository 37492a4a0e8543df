"""`stylize export`: a trained painter as files for ONNX Runtime, for browsers, or as a page that needs no server.

    stylize export runs/first --out models/
    stylize export --style great_wave -o great_wave.onnx
    stylize export --paintings presets/
    stylize export web --out painter/
    stylize export site --out site/

`web` writes the painter and its styles as the browser's painter (stylize/web/static/webgpu/) reads them. `site` writes
a page around it into one folder, for any static host: photos are painted on the visitor's own graphics processor.
A folder of a run that is called web or site is given as ./web or ./site.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from pathlib import Path

from stylize.cli.arguments import path_argument, several, text_argument
from stylize.errors import StylizeError
from stylize.paths import FONTS, MODELS, STATIC
from stylize.stylizer import Stylizer

FOR_BROWSERS = ("web", "site")
SCRIPTS = ("site", "webgpu")  # folders of `STATIC`
MIB = 2**20


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status; wrong usage exits with 2 from argparse."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in FOR_BROWSERS:
        return _for_browsers(arguments[0], arguments[1:])
    status: int = importlib.import_module("stylize.training.export.painter").main(arguments)
    return status


def _for_browsers(kind: str, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"stylize export {kind}", description=__doc__.split("\n")[0])
    parser.add_argument(
        "-o", "--out", type=path_argument, required=True, help="the folder to write into; made if needed"
    )
    parser.add_argument("--overwrite", action="store_true", help="write into a folder that holds files already")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the networks; default: the package's")
    parser.add_argument(
        "--styles", nargs="+", type=several(text_argument), default=[], metavar="A,B", help="ids; default all"
    )
    arguments = parser.parse_args(argv)
    styles = [name for names in arguments.styles for name in names]
    if not arguments.overwrite and arguments.out.is_dir() and any(arguments.out.iterdir()):
        parser.error(f"{arguments.out} holds files already. Give --overwrite to replace those that are written.")
    write = write_site if kind == "site" else _write_model
    try:
        files = write(arguments.models, arguments.out, styles)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in files) / MIB
    print(f"wrote {arguments.out}: {len(files)} files, {size:.1f} MB")
    return 0


def _write_model(models: Path, out: Path, styles: list[str]) -> list[Path]:
    exporter = importlib.import_module("stylize.training.export.web_model")
    files: list[Path] = exporter.export_web_model(models, out, styles)
    return files


def write_site(models: Path, out: Path, styles: list[str]) -> list[Path]:
    """Write the page that needs no server into `out`; returns its files. Raises what `export_web_model` raises."""
    files = _write_model(models, out / "model", styles)
    known = Stylizer(models, "cpu").styles
    copies = {out / "index.html": STATIC / "site" / "index.html", out / "favicon.png": STATIC / "favicon.png"}
    for folder in SCRIPTS:
        scripts = (path for path in sorted((STATIC / folder).iterdir()) if path.suffix in (".js", ".css"))
        copies |= {out / folder / path.name: path for path in scripts}
    copies |= {out / "fonts" / path.name: path for path in sorted(FONTS.iterdir()) if path.suffix != ".md"}
    for style in [known[name] for name in styles] or known:
        if thumbnail := known.thumbnail(style.id):
            copies[out / "thumbnails" / thumbnail.name] = thumbnail
    for target, source in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return [*files, *copies]
