"""Measure the ways to a painting that the painter has never seen: instant, taught, optimised.

    python -m stylize.training.evaluation.arbitrary_styles --paintings DIR --presets DIR --photos DIR \\
        --loss-weights JUDGE --out report.md

Every painting is painted onto the same held-out photos in each way, and all are judged by the total loss of one
network, JUDGE: the one that the painter was trained with. The scale is what the painter makes of the styles that it was
trained on, with the same judge on the same photos. What is taught and optimised is taught and optimised with our own
small loss network, or with each that `--learn-with` names; so the same table tells what the small one costs.

The encoder's instant result is there when the models hold an encoder.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median

import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from stylize import imaging
from stylize.errors import StylizeError
from stylize.imaging.contact_sheet import contact_sheet
from stylize.paths import LOSS_NETWORK, MODELS
from stylize.stylizer import Stylizer
from stylize.training.arguments import add_threads
from stylize.training.data.images import at_size, open_rgb, pictures_in, to_image, to_tensor
from stylize.training.data.paintings import STYLE_SIZES, find_paintings, painting_at_sizes, read_painting
from stylize.training.evaluation.evaluate import choose_photos
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, StyleTarget, perceptual_losses, style_target
from stylize.training.models.loss_network import LossNetwork, load_loss_network
from stylize.training.models.painter import paint
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks.optimise import choose_device, descend
from stylize.training.tasks.style_trainer import TeachConfig
from stylize.training.tasks.teach import predicted_style, teach_style

DEFAULTS = TeachConfig()
INSTANT, TAUGHT, OPTIMISED = "instant", "taught", "optimised"
OWN = "own"  # what our own loss network is called in the report


class Comparison:
    """The painter, the photos [1, 3, H, W] and the judge that every way is measured with."""

    def __init__(self, models: Path, photos: Sequence[Image.Image], judge: LossNetwork, device: torch.device) -> None:
        self.models, self.device = models, device
        self.stylizer = Stylizer(models, "cpu")
        self.painter = read_painter(models).to(device).requires_grad_(False)
        self.judge = judge.to(device)
        self.photos = [to_tensor(photo)[None].to(device) for photo in photos]

    @torch.no_grad()
    def painted(self, vector: Sequence[float]) -> list[Tensor]:
        """The photos in a style [style_size], exact instance normalisation, as 8-bit pictures are."""
        style = torch.tensor(vector, device=self.device)[None]
        return [_rounded(paint(self.painter, photo, style, pad=self.painter.pad)[0]) for photo in self.photos]

    def target(self, painting: Path, network: LossNetwork) -> StyleTarget:
        """The Gram matrices of a painting, as in training."""
        with torch.no_grad():
            return style_target(network, [painting_at_sizes(painting, STYLE_SIZES)], SCALES, SCALE_WEIGHTS)

    @torch.no_grad()
    def total(self, painting: Path, painted: Sequence[Tensor]) -> float:
        """The judge's total loss, mean over the photos."""
        goal = self.target(painting, self.judge)
        pairs = zip(painted, self.photos, strict=True)
        return mean(float(perceptual_losses(self.judge, p[None], photo, goal).total()) for p, photo in pairs)

    def ways(
        self,
        painting: Path,
        networks: dict[str, LossNetwork],
        config: TeachConfig,
        iterations: int,
        practice: str | None,
    ) -> Iterator[tuple[str, list[Tensor]]]:
        """Each way's name and the photos painted in it."""
        predicted = predicted_style(self.stylizer, read_painting(painting))
        if predicted is not None:
            yield INSTANT, self.painted(predicted.vector.tolist())
        for name, network in networks.items():
            *_, last = teach_style(
                painting, self.models, config=config, stylizer=self.stylizer, network=network, photos=practice
            )
            yield f"{TAUGHT}, {name}", self.painted(last.style.vector.tolist())
        for name, network in networks.items() if iterations else ():
            goal = self.target(painting, network.to(self.device))
            done = []
            for photo in self.photos:
                steps = descend(photo[0], photo[0], goal, network, iterations)
                best = min(steps, key=lambda step: step.total)  # the last one may be a step that failed
                done.append(_rounded(best.pixels))
            yield f"{OPTIMISED}, {name}", done


def _rounded(pixels: Tensor) -> Tensor:
    return pixels.clamp(0, 1).mul(255).round().div(255)


def table(unseen: dict[str, dict[str, float]], joint: dict[str, float]) -> str:
    """The report: totals by painting and way, then medians over those of the jointly trained styles."""
    ways = list(next(iter(unseen.values())))
    scale = median(joint.values())
    lines = [f"| painting | {' | '.join(ways)} |", f"|---|{'---|' * len(ways)}"]
    lines += [f"| {name} | {' | '.join(f'{row[way]:.3f}' for way in ways)} |" for name, row in unseen.items()]
    middles = {way: median(row[way] for row in unseen.values()) for way in ways}
    lines.append(f"| **median** | {' | '.join(f'{middles[way]:.3f}' for way in ways)} |")
    lines.append(f"| over jointly trained | {' | '.join(f'{middles[way] / scale:.2f}' for way in ways)} |")
    first = next((way for way in ways if way.startswith(TAUGHT)), ways[0])
    paired = {way: median(row[way] / row[first] for row in unseen.values()) for way in ways}
    lines.append(f"| over {first}, median of ratios | {' | '.join(f'{paired[way]:.2f}' for way in ways)} |")
    lines.append(f"\nJointly trained: {len(joint)} styles, median {scale:.3f}, mean {mean(joint.values()):.3f}.")
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m stylize.training.evaluation.arbitrary_styles", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--paintings", type=Path, required=True, help="folder of paintings the painter has never seen")
    parser.add_argument("--presets", type=Path, required=True, help="folder of the paintings it was trained on")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos; the held-out ones are used")
    parser.add_argument("--out", type=Path, required=True, help="Markdown file; a picture of the same name beside it")
    parser.add_argument("--loss-weights", help="the judge: vgg16, squeezenet1_1 or a state dict; must be given")
    parser.add_argument("--learn-with", nargs="+", default=[OWN], metavar="WEIGHTS", help="default: our own")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--practice", help="folder of photos to teach with; default: those that scikit-image ships")
    parser.add_argument("--steps", type=int, default=DEFAULTS.steps, help="of teaching (default %(default)s)")
    parser.add_argument("--limit", type=int, default=10, help="paintings (default %(default)s)")
    parser.add_argument("--count", type=int, default=4, help="photos (default %(default)s)")
    parser.add_argument("--size", type=int, default=320, help="their shorter side, pixels (default %(default)s)")
    parser.add_argument("--iterations", type=int, default=0, help="of optimisation (default %(default)s: none)")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="default: a GPU when there is one")
    add_threads(parser)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    try:
        _run(arguments)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out)
    return 0


def _run(arguments: argparse.Namespace) -> None:
    judge = load_loss_network(arguments.loss_weights, ours=False)
    networks = {
        Path(name).stem: load_loss_network(LOSS_NETWORK if name == OWN else name) for name in arguments.learn_with
    }
    paths = choose_photos(arguments.photos, arguments.count)
    photos = [at_size(open_rgb(path), arguments.size, multiple=4) for path in paths]
    comparison = Comparison(arguments.models, photos, judge, choose_device(arguments.device))
    paintings = pictures_in(arguments.paintings)[: arguments.limit]
    config = replace(DEFAULTS, steps=arguments.steps)
    joint = {}
    styles = comparison.stylizer.styles
    for preset in find_paintings(arguments.presets):
        if preset.id in styles:
            painted = comparison.painted(styles[preset.id].vector.tolist())
            joint[preset.id] = comparison.total(preset.path, painted)
    unseen: dict[str, dict[str, float]] = {}
    cells: list[Image.Image] = []
    for painting in tqdm(paintings, unit="painting"):
        unseen[painting.stem] = {}
        cells += [at_size(open_rgb(painting), 256).resize((256, 256)), photos[0].resize((256, 256))]
        for way, painted in comparison.ways(painting, networks, config, arguments.iterations, arguments.practice):
            unseen[painting.stem][way] = comparison.total(painting, painted)
            cells.append(to_image(painted[0]).resize((256, 256)))
        tqdm.write(f"{painting.stem}: {unseen[painting.stem]}")
    name = Path(arguments.loss_weights or os.environ["STYLIZE_LOSS_WEIGHTS"]).stem
    text = (
        f"# Paintings never seen\n\nTotal loss by {name}, mean of {len(photos)} held-out photos at "
        f"{arguments.size} px; {arguments.steps} steps of teaching, {arguments.iterations} iterations of L-BFGS.\n\n"
    )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text + table(unseen, joint), encoding="utf-8")
    imaging.write(contact_sheet(cells, columns=len(cells) // len(paintings)), arguments.out.with_suffix(".png"))


if __name__ == "__main__":
    sys.exit(main())
