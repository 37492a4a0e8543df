"""What painting in whole numbers costs in quality: int8 against float32, with the same statistics, in every style.

    python -m benchmarks.precision
    python -m benchmarks.precision --photos DIR --paintings DIR --loss-weights WEIGHTS --out docs/performance.md

Without photos: scikit-image's. With paintings, also by how much the total loss differs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data

from benchmarks import report
from stylize import Stylizer
from stylize.imaging import Pixels
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device
from stylize.paths import MODELS
from stylize.training.data.images import at_size, open_rgb, to_tensor
from stylize.training.data.paintings import STYLE_SIZES, find_paintings, painting_at_sizes
from stylize.training.evaluation.evaluate import choose_photos
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, perceptual_losses, style_target
from stylize.training.models.loss_network import load_loss_network

SIZE = 448  # shorter side of the photos, pixels
COUNT = 3  # of the held-out photos

TotalLoss = Callable[[str, Pixels, Pixels], float]  # style, photo, painting: total loss


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precision", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=Path, help="folder of photos; the held-out ones are used")
    parser.add_argument("--paintings", type=Path, help="folder of the styles' paintings")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    stylizer = Stylizer(device="cpu")
    painters = [OnnxPainter(MODELS, Device("cpu"), precision) for precision in ("int8", "float32")]
    paths = choose_photos(arguments.photos, COUNT) if arguments.photos else []
    images = [open_rgb(path) for path in paths] or [Image.fromarray(p()) for p in (data.coffee, data.chelsea)]
    photos = [np.asarray(at_size(image, SIZE, multiple=4)) for image in images]
    judge = _total_loss(arguments.paintings, arguments.loss_weights) if arguments.paintings else None
    alike, tints, dearer = [], [], []
    for style in stylizer.styles:
        vector, ratios = stylizer.vector(style), []
        for photo in photos:
            whole, exact = _painted(painters, photo, vector)
            error = np.square(whole.astype(np.float32) - exact).mean()
            alike.append(float(10 * np.log10(255**2 / max(error, 1e-9))))
            tints.append(float(np.abs(whole.mean((0, 1)) - exact.mean((0, 1))).max()))
            if judge:
                ratios.append(judge(style.id, photo, whole) / judge(style.id, photo, exact))
        if ratios:
            dearer.append(statistics.mean(ratios) - 1)
    rows = [
        ["signal to noise, dB", f"{statistics.mean(alike):.1f}", f"{min(alike):.1f}"],
        ["difference of the mean colour, levels", f"{statistics.mean(tints):.1f}", f"{max(tints):.1f}"],
    ]
    if dearer:
        rows.append(["total loss", f"{statistics.mean(dearer):+.1%}", f"{max(dearer):+.1%}"])
    about = f"{len(photos)} photos of {SIZE} px, {len(alike) // len(photos)} styles. `python -m benchmarks.precision`."
    head = ["int8 against float32", "mean", "worst"]
    report.publish("precision", f"{report.table(head, rows)}\n\n{about}", arguments.out)
    return 0


def _painted(painters: Sequence[OnnxPainter], photo: Pixels, vector: np.ndarray) -> tuple[Pixels, Pixels]:
    """A photo painted in int8 and in float32, with the same statistics."""
    statistics_of = painters[1].sample(photo, vector)
    first, second = (painter.paint(photo, painter.fold(vector, statistics_of)) for painter in painters)
    return first, second


@torch.no_grad()
def _total_loss(paintings: Path, weights: str | None) -> TotalLoss:
    network = load_loss_network(weights, ours=False)
    targets = {
        p.id: style_target(network, [painting_at_sizes(p.path, STYLE_SIZES)], SCALES, SCALE_WEIGHTS)
        for p in find_paintings(paintings)
    }

    @torch.no_grad()
    def judge(style: str, photo: Pixels, painted: Pixels) -> float:
        given, made = (to_tensor(Image.fromarray(pixels))[None] for pixels in (photo, painted))
        return float(perceptual_losses(network, made, given, targets[style]).total())

    return judge


if __name__ == "__main__":
    sys.exit(main())
