"""Measure painted pictures against the reference, optimisation, by a fixed protocol (docs/evaluation.md).

    stylize evaluate --checkpoint runs/first --photos DIR --paintings DIR --out report/

With `--models models/`, instead or as well, it measures what users get. Writes `report.md`, `rows.csv` (one line per
pipeline, style and photo) and one contact sheet per pipeline. The first run optimises every photo in every style,
which is slow; the results are kept in `curves/` beside the report. With `--judges` other loss networks, which neither
the painter nor the optimisation has seen, judge both. Style is seen at full, half and quarter size (`--scales`), and
once more at full size only, as "one scale". With `--kid` it judges styles of an artist
(stylize/training/evaluation/artists.py).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from stylize import imaging
from stylize.errors import StylizeError, TrainingError
from stylize.training.arguments import add_threads
from stylize.training.data.images import at_size, open_rgb, pictures_in, to_tensor
from stylize.training.data.paintings import STYLE_SIZES, Painting, find_paintings, painting_at_sizes
from stylize.training.data.photos import is_held_out
from stylize.training.digest import digest
from stylize.training.evaluation import report
from stylize.training.evaluation.metrics import EXACT, OPTIMISED, SHIPPED, STRENGTHS, Row, measure, palette
from stylize.training.evaluation.pipelines import Pipeline, exact, shipped
from stylize.training.evaluation.reference import Objective, Reference, digest_of, reference
from stylize.training.evaluation.texture_metrics import distinctness, textures
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, STYLE_WEIGHT, TV_WEIGHT, check_scales
from stylize.training.models.loss_network import LossNetwork, load_loss_network
from stylize.training.tasks.optimise import HISTORY, SMALLEST, choose_device


@dataclass(frozen=True)
class Protocol:
    """What is measured on what; numbers of different protocols do not compare."""

    size: int = 512  # shorter side of the photos, pixels
    count: int = 4  # photos
    iterations: int = 120  # at which optimisation stops; 0 = do not optimise
    style_sizes: tuple[int, ...] = STYLE_SIZES
    scales: tuple[int, ...] = SCALES  # how many times smaller pictures and paintings are seen by the style loss
    scale_weights: tuple[float, ...] = SCALE_WEIGHTS  # of the scales in the style loss: one for all, or one for each


ONE_SCALE = "one scale"  # the name of the judge that sees style at full size only


@dataclass(frozen=True)
class Measured:
    """One painted picture, what was measured of it, its `textures`, and the optimisation of its photo and style."""

    row: Row
    image: Image.Image
    textures: list[Tensor]
    optimised: Reference


def choose_photos(folder: Path, count: int) -> list[Path]:
    """The first `count` held-out photos, in an order that only their names decide.

    Raises TrainingError if the folder holds fewer.
    """
    photos = sorted(filter(is_held_out, pictures_in(folder)), key=lambda p: (zlib.crc32(p.name.encode()), p.name))
    if len(photos) < count:
        raise TrainingError(
            f"{folder} has {len(photos)} held-out photos (about one in 40 is, chosen by its name), and {count} were "
            "asked for. Give a larger folder or a smaller --count."
        )
    return photos[:count]


def evaluate(
    pipelines: Sequence[Pipeline],
    paintings: Sequence[Painting],
    photos: Sequence[Path],
    network: LossNetwork,
    judges: Sequence[LossNetwork],
    protocol: Protocol,
    curves: Path,
) -> Iterator[Measured]:
    """Measure every pipeline and the optimisation in every style on every photo: style by style, photo by photo.

    `curves` is the folder in which optimisations are kept. The losses are computed on the device of `network`, and by
    `judges` as well; with several scales, last by `network` at full size only. Raises TrainingError if a picture is too
    small for the scales.
    """
    network_hash, scales = digest_of(network), (protocol.scales, protocol.scale_weights)
    check_scales(protocol.scales, protocol.size, "A photo", network)
    for painting in paintings:
        sized = painting_at_sizes(painting.path, protocol.style_sizes)
        own, *others = (Objective.of(each, sized, *scales) for each in (network, *judges))
        others += [Objective.of(network, sized)] * (len(protocol.scales) > 1)
        colours = palette(sized)
        for path in photos:
            photo = at_size(open_rgb(path), protocol.size, multiple=4)
            key = digest(
                network_hash,
                photo.tobytes(),
                painting.path.read_bytes(),
                repr((photo.size, asdict(protocol) | {"count": 0}, STYLE_WEIGHT, TV_WEIGHT, HISTORY)),
            )
            optimised = reference(photo, own, others, protocol.iterations, curves / key[:24])
            painted = [
                (pipeline.name, [pipeline.paint(photo, painting.id, strength) for strength in STRENGTHS])
                for pipeline in pipelines
            ]
            if optimised.curve:
                painted.append((OPTIMISED, [optimised.image]))
            for name, images in painted:
                row = measure((name, painting.id, path.name), images, photo, own, others, colours, optimised.curve)
                yield Measured(row, images[-1], textures(network, to_tensor(images[-1])), optimised)


def choose_styles(wanted: Sequence[str], pipelines: Sequence[Pipeline], folder: Path) -> list[Painting]:
    """The paintings in `folder` of the `wanted` styles, or of all that every pipeline can paint.

    Raises TrainingError if one of them has no painting or is unknown to a pipeline, or if there are none.
    """
    paintings = {p.id: p for p in find_paintings(folder) if all(p.id in pipeline.styles for pipeline in pipelines)}
    available = [style for style in pipelines[0].styles if style in paintings]
    unknown = [style for style in wanted if style not in available]
    if unknown or not available:
        what = f"Style {', '.join(unknown)} cannot" if unknown else "No style can"
        raise TrainingError(
            f"{what} be measured; available, with a painting in {folder}: {', '.join(available) or 'none'}."
        )
    return [paintings[style] for style in wanted or available]


def _parser() -> argparse.ArgumentParser:
    protocol = Protocol()
    parser = argparse.ArgumentParser(
        prog="stylize evaluate",
        description=__doc__.split("\n")[0],
        epilog="stylize evaluate --kid --works DIR --photos DIR --out DIR [--styles ID ...] [--style-files FILE ...] "
        "[--features FILE] judges styles of an artist by held-out works; stylize evaluate --kid --help tells the rest.",
    )
    parser.add_argument(
        "--checkpoint", type=Path, help="a run's or models folder: its painter with exact instance normalisation"
    )
    parser.add_argument("--models", type=Path, help="a folder of shipped networks: what users get")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos; the held-out ones are used")
    parser.add_argument("--paintings", type=Path, required=True, help="folder of the styles' paintings")
    parser.add_argument("--out", type=Path, required=True, help="folder of the report")
    parser.add_argument("--styles", nargs="+", metavar="ID", default=[], help="default: all")
    parser.add_argument("--size", type=int, default=protocol.size, help="shorter side, pixels (default %(default)s)")
    parser.add_argument("--count", type=int, default=protocol.count, help="photos (default %(default)s)")
    parser.add_argument(
        "--iterations", type=int, default=protocol.iterations, help="of optimisation; 0 = none (default %(default)s)"
    )
    parser.add_argument("--style-sizes", type=int, nargs="+", metavar="PX", help="default: those of the run")
    parser.add_argument(
        "--scales", type=int, nargs="+", metavar="N", default=list(protocol.scales),
        help="how many times smaller the style loss sees pictures (default 1 2 4)",
    )  # fmt: skip
    parser.add_argument(
        "--scale-weights", type=float, nargs="+", metavar="W", help="one for all, or one each; default as in training"
    )
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument(
        "--judges", nargs="+", metavar="WEIGHTS", default=[], help="loss networks that neither side has seen"
    )
    parser.add_argument("--device", choices=("cpu", "gpu"), help="default: a GPU when there is one")
    add_threads(parser)
    return parser


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if "--kid" in words:
        status: int = importlib.import_module("stylize.training.evaluation.artists").main(words)
        return status
    parser = _parser()
    arguments = parser.parse_args(words)
    if not (arguments.checkpoint or arguments.models):
        parser.error("give --checkpoint, --models or both")
    if min(arguments.count, arguments.threads) < 1 or arguments.size < SMALLEST or arguments.iterations < 0:
        parser.error(f"--size must be {SMALLEST} or more, --count and --threads 1 or more, --iterations 0 or more")
    torch.set_num_threads(arguments.threads)
    torch.backends.cudnn.deterministic = True
    try:
        _run(arguments)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the optimisations done so far are kept, the same command goes on", file=sys.stderr)
        return 130
    print(arguments.out / "report.md")
    return 0


def _run(arguments: argparse.Namespace) -> None:
    device = choose_device(arguments.device)
    pipelines, sizes = [], Protocol().style_sizes
    if arguments.checkpoint:
        pipeline, sizes = exact(arguments.checkpoint, device)
        pipelines.append(pipeline)
    if arguments.models:
        pipelines.append(shipped(arguments.models))
    scales = tuple(arguments.scales)
    protocol = Protocol(
        arguments.size, arguments.count, arguments.iterations, tuple(arguments.style_sizes or sizes),
        scales, tuple(arguments.scale_weights or (SCALE_WEIGHTS if scales == SCALES else [1 / len(scales)])),
    )  # fmt: skip
    paintings = choose_styles(arguments.styles, pipelines, arguments.paintings)
    photos = choose_photos(arguments.photos, protocol.count)
    network = load_loss_network(arguments.loss_weights, ours=False).to(device)
    judges = {Path(source).stem: load_loss_network(source).to(device) for source in arguments.judges}
    if len(judges) < len(arguments.judges):
        raise TrainingError("Two judges have the same name. Give files of different names: the report is told by them.")
    if ONE_SCALE in judges:
        raise TrainingError(f"No judge can be called {ONE_SCALE!r}, which the report calls one of its own. Rename it.")
    arguments.out.mkdir(parents=True, exist_ok=True)
    steps = evaluate(
        pipelines, paintings, photos, network, list(judges.values()), protocol, arguments.out / "curves"
    )  # fmt: skip
    names = [pipeline.name for pipeline in pipelines] + [OPTIMISED] * (protocol.iterations > 0)
    measured = list(tqdm(steps, total=len(names) * len(paintings) * len(photos), unit="picture"))
    everyone = [*judges, *[ONE_SCALE] * (len(scales) > 1)]
    layers = report.layer_names([network.names[i] for i in network.style], scales)
    source = Path(arguments.loss_weights or os.environ.get("STYLIZE_LOSS_WEIGHTS", "")).name
    text = (
        f"# Evaluation\n\n{len(photos)} held-out photos ({', '.join(p.name for p in photos)}) at {protocol.size} px, "
        f"paintings at {', '.join(map(str, protocol.style_sizes))} px, losses of {source}, style at the scales "
        f"{', '.join(map(str, scales))}. Protocol: docs/evaluation.md.\n"
    )
    of_paintings = [textures(network, to_tensor(at_size(open_rgb(p.path), protocol.size))) for p in paintings]
    for name in names:
        mine = [one for one in measured if one.row.pipeline == name]
        curves, *judged = report.curves_of([(one.row, one.optimised) for one in mine])
        text += "\n" + report.table(
            [one.row for one in mine], curves, layers, dict(zip(everyone, judged, strict=True))
        )  # fmt: skip
        if len(paintings) > 1:
            by_photo = [[one.textures for one in mine[i :: len(photos)]] for i in range(len(photos))]
            apart = fmean(distinctness(painted, of_paintings) for painted in by_photo)
            text += f"\nDistinctness of the styles {apart:.2f} (the paintings themselves: 1).\n"
        sheet = report.painted_sheet(paintings, photos, [one.image for one in mine])
        imaging.write(sheet, arguments.out / f"sheet_{name}.png")
    rows = [one.row for one in measured]
    if {EXACT, SHIPPED} <= set(names):
        text += "\n" + report.ratio(rows)
    report.write_csv(rows, arguments.out / "rows.csv", protocol.iterations, layers, everyone)
    (arguments.out / "report.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
