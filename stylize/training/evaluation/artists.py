"""Judge styles of an artist by how their paintings are distributed, against works that nobody learnt from.

    stylize evaluate --kid --works DIR --photos DIR --out report/ --features mobilenet_v2.pth \\
        --loss-weights squeezenet1_1 --styles starry_night --style-files runs/vincent/vincent.safetensors

Writes `report.md`, `kid.csv` and `sheet.png`. Beside KID (and FID, where there are pictures enough) stand the content
loss of whole paintings and the style loss at three scales against the mean of the held-out works, by a loss network
that should have trained nothing either. Works that were learnt from, against the held-out ones, and photos as they are
give the scale its two ends. The protocol: docs/artists.md.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import torch
from PIL import Image, ImageOps
from torch import Tensor
from tqdm import tqdm

from stylize import imaging
from stylize.errors import StylizeError
from stylize.imaging.contact_sheet import Tile, contact_sheet
from stylize.paths import MODELS
from stylize.styles import Style, load
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_threads
from stylize.training.data.images import at_size, open_rgb, to_tensor
from stylize.training.data.works import HELD_OUT, WORK_SIZE, Works, split_works
from stylize.training.evaluation.distribution_metrics import Extractor, fid, kid, kid_deviation
from stylize.training.evaluation.evaluate import choose_photos
from stylize.training.losses.perceptual import averaged_target, perceptual_losses
from stylize.training.models.loss_network import LossNetwork, load_loss_network
from stylize.training.tasks.artist_trainer import works_target

REAL, PHOTOS = "real", "photos"  # the ends of the scale
COUNT = 32  # photos
SHOWN = 4  # of them, on the sheet
CELL = 320  # side of a picture there, pixels


@dataclass(frozen=True)
class ArtistRow:
    """What was measured of one set of pictures against the held-out works."""

    name: str
    kid: float
    deviation: float  # of KID
    fid: float
    content: float
    style: float


class ArtistJudge:
    """The held-out works, and the networks that compare pictures with them."""

    def __init__(self, held_out: Works, extractor: Extractor, network: LossNetwork) -> None:
        self._extractor, self._network = extractor, network
        self._works = extractor([held_out.image(path) for path in held_out.paths])
        self._target = averaged_target(works_target(network, held_out))

    def __call__(
        self, name: str, images: Sequence[Image.Image], photos: Sequence[Image.Image] | None = None
    ) -> ArtistRow:
        """The row of some pictures; `photos` are what they were painted from."""
        found = self._extractor(images)
        pairs = zip(images, photos or images, strict=True)
        losses = [self._losses(to_tensor(image), to_tensor(photo)) for image, photo in pairs]
        content, style = (fmean(values) for values in zip(*losses, strict=True))
        return ArtistRow(
            name,
            kid(found, self._works),
            kid_deviation(found, self._works),
            fid(found, self._works),
            content if photos else math.nan,
            style,
        )

    @torch.no_grad()
    def _losses(self, painted: Tensor, photo: Tensor) -> tuple[float, float]:
        found = perceptual_losses(self._network, painted[None], photo[None], self._target)
        return found.content.item(), found.style.item()


def table(rows: Sequence[ArtistRow]) -> str:
    """The rows in Markdown; KID in thousandths."""
    lines = ["| | KID x 1000 | deviation | FID | content | style |", "|---|---|---|---|---|---|"]
    for row in rows:
        values = (1000 * row.kid, 1000 * row.deviation, row.fid, row.content, row.style)
        forms = (".2f", ".2f", ".1f", ".3f", ".3f")
        cells = ("-" if math.isnan(value) else format(value, form) for value, form in zip(values, forms, strict=True))
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(argv: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not 0 < arguments.held_out < 1 or min(arguments.count, arguments.threads) < 1:
        parser.error("--held-out lies between 0 and 1; --count and --threads are 1 or more")
    torch.set_num_threads(arguments.threads)
    try:
        _run(arguments)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out / "report.md")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stylize evaluate --kid", description=__doc__.split("\n")[0])
    parser.add_argument("--kid", action="store_true", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--works", type=Path, required=True, help="folder of the artist's works, as in training")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos; the held-out ones are used")
    parser.add_argument("--out", type=Path, required=True, help="folder of the report")
    parser.add_argument("--models", type=Path, default=MODELS, help="the painter; default: the package's")
    parser.add_argument("--styles", nargs="+", metavar="ID", default=[], help="styles of --models to judge")
    parser.add_argument("--style-files", nargs="+", type=Path, metavar="FILE", default=[], help="style files to judge")
    parser.add_argument("--features", type=Path, help="state dict of --architecture; default: torchvision downloads it")
    parser.add_argument("--architecture", default="mobilenet_v2", help="a classifier of torchvision (%(default)s)")
    parser.add_argument("--loss-weights", help="of content and style: vgg16, squeezenet1_1 or a state dict")
    parser.add_argument("--count", type=int, default=COUNT, help="photos (default %(default)s)")
    parser.add_argument(
        "--held-out", type=float, default=HELD_OUT, metavar="SHARE", help="of the works, as in training (%(default)s)"
    )
    add_threads(parser)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    stylizer = Stylizer(arguments.models, "cpu", arguments.threads)
    styles = [stylizer.styles[name] for name in arguments.styles]
    styles += [load(path, stylizer.styles["photo"].painter) for path in arguments.style_files]
    names = [*arguments.styles, *(path.parent.name + "/" + path.stem for path in arguments.style_files)]
    learnt, kept = (Works(paths) for paths in split_works(arguments.works, arguments.held_out))
    judge = ArtistJudge(
        kept, Extractor(arguments.features, arguments.architecture), load_loss_network(arguments.loss_weights)
    )
    paths = choose_photos(arguments.photos, arguments.count)
    photos = [at_size(open_rgb(path), WORK_SIZE, multiple=4) for path in paths]
    rows = [judge(REAL, [learnt.image(path) for path in learnt.paths]), judge(PHOTOS, photos, photos)]
    tiles = [_tile(kept.image(path), "held out") for path in kept.paths[:1]]
    tiles += [_tile(photo, PHOTOS) for photo in photos[:SHOWN]]
    for number, (name, style) in enumerate(zip(names, tqdm(styles, unit="style"), strict=True), 1):
        painted = _painted(stylizer, photos, style)
        rows.append(judge(name, painted, photos))
        work = kept.image(kept.paths[number % len(kept.paths)])
        tiles += [_tile(work, "held out"), *(_tile(image, name) for image in painted[:SHOWN])]
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = (
        f"# {arguments.works.name}\n\n{len(kept.paths)} held-out works against {len(learnt.paths)} others, and "
        f"{len(photos)} held-out photos at {WORK_SIZE} px; features of {arguments.architecture}, losses of "
        f"{Path(arguments.loss_weights or 'loss.safetensors').stem}. Protocol: docs/artists.md.\n\n"
    )
    (arguments.out / "report.md").write_text(text + table(rows), encoding="utf-8")
    with (arguments.out / "kid.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    imaging.write(contact_sheet(tiles, columns=1 + min(SHOWN, len(photos)), width=CELL), arguments.out / "sheet.png")


def _painted(stylizer: Stylizer, photos: Sequence[Image.Image], style: Style) -> list[Image.Image]:
    return [stylizer(photo, style, brush=None) for photo in photos]


def _tile(image: Image.Image, title: str) -> Tile:
    return Tile(ImageOps.fit(image, (CELL, CELL)), title)
