"""What optimisation still takes off a painted picture, and which loss networks see it.

    python -m benchmarks.refinement --photos DIR --paintings DIR --loss-weights vgg19_distilled.pt \
        --judges models/loss.safetensors squeezenet1_1 --out docs/evaluation.md

L-BFGS goes on from the shipped painter's pictures by the losses that the painter was trained with. Given are the total
losses over those before, by that network first and then by judges that have no part in it, and the mean change of a
pixel's values in grey levels of 255; all of pictures as saved, in 8 bits. What the first network alone sees is its own
habit and no better picture.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import fmean

import torch

from benchmarks import report
from stylize.errors import StylizeError
from stylize.paths import MODELS
from stylize.training.data.images import at_size, open_rgb, to_image, to_tensor
from stylize.training.data.paintings import painting_at_sizes
from stylize.training.evaluation.evaluate import Protocol, choose_photos, choose_styles
from stylize.training.evaluation.pipelines import shipped
from stylize.training.evaluation.reference import Objective
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES
from stylize.training.models.loss_network import load_loss_network
from stylize.training.tasks.optimise import descend


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    protocol = Protocol()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refinement", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--judges", nargs="+", default=[], metavar="WEIGHTS", help="other loss networks")
    parser.add_argument("--styles", nargs="+", metavar="ID", default=[], help="some styles only")
    parser.add_argument("--iterations", type=int, nargs="+", default=[4, 12], help="default 4 and 12")
    parser.add_argument("--count", type=int, default=2, help="photos (default %(default)s)")
    parser.add_argument("--size", type=int, default=protocol.size, help="shorter side, pixels (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    try:
        names = ["the painter's own", *(Path(judge).stem for judge in arguments.judges)]
        networks = [load_loss_network(arguments.loss_weights, ours=False), *map(load_loss_network, arguments.judges)]
        chosen = choose_photos(arguments.photos, arguments.count)
        photos = [at_size(open_rgb(path), arguments.size, multiple=4) for path in chosen]
        painter = shipped(arguments.models)
        iterations = sorted(set(arguments.iterations))
        columns = [f"{what}, {n} on" for n in iterations for what in ("levels", *names)]
        rows, everything = [], []
        for painting in choose_styles(arguments.styles, [painter], arguments.paintings):
            judges = [
                Objective.of(network, painting_at_sizes(painting.path, protocol.style_sizes), SCALES, SCALE_WEIGHTS)
                for network in networks
            ]
            measured = []
            for photo in photos:
                painted = to_tensor(painter.paint(photo, painting.id, 1.0))
                measured.append(_refined(painted, to_tensor(photo), judges, iterations))
            everything += measured
            rows.append([painting.title, *_means(measured)])
        rows.append(["**mean**", *_means(everything)])
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    about = f"Means over {arguments.count} held-out photos at {arguments.size} px. `python -m benchmarks.refinement`."
    report.publish("refinement", f"{report.table(['style', *columns], rows)}\n\n{about}", arguments.out)
    return 0


def _refined(painted: torch.Tensor, photo: torch.Tensor, judges: list[Objective], iterations: list[int]) -> list[float]:
    """For each of the rising `iterations`: the mean change in levels of 255, then each total over that before."""
    before = [judge.total(painted, photo) for judge in judges]
    numbers = []
    for progress in descend(painted, photo, judges[0].target, judges[0].network, max(iterations)):
        if progress.iteration in iterations:
            saved = to_tensor(to_image(progress.pixels))
            numbers.append((saved - painted).abs().mean().item() * 255)
            numbers += [judge.total(saved, photo) / total for judge, total in zip(judges, before, strict=True)]
    return numbers


def _means(measured: list[list[float]]) -> list[str]:
    return [f"{fmean(column):.2f}" for column in zip(*measured, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
