"""Preview equals final: one photo painted small and large with the same settings must be the same picture, and crisp.

    python -m benchmarks.sizes
    python -m benchmarks.sizes --photo photo.jpg --out docs/evaluation.md

The painting of the large photo is brought to the small one's size and compared with the small painting. How crisp it
is at 100% is the mean difference of neighbouring pixels, beside that of the photo painted at its own size.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from benchmarks import report
from stylize import Stylizer

GOAL = 26.0  # dB, mean over the styles


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if the mean is below `GOAL`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__.split("\n")[0])
    parser.add_argument("--photo", type=Path, help="default: scikit-image's astronaut, enlarged")
    parser.add_argument("--small", type=int, default=768, help="shorter side, pixels (default %(default)s)")
    parser.add_argument("--large", type=int, default=3072, help="shorter side, pixels (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    painter = Stylizer(device="cpu")
    photo = Image.open(arguments.photo).convert("RGB") if arguments.photo else Image.fromarray(data.astronaut())
    small, large = (_sized(photo, side) for side in (arguments.small, arguments.large))
    rows, agreed = [], []
    for style in painter.styles:
        preview, final, plain = painter(small, style), painter(large, style), painter(large, style, brush=None)
        agreed.append(_agreement(preview, final.resize(preview.size, Image.Resampling.BOX)))
        rows.append([style.title, f"{agreed[-1]:.1f}", *(f"{_sharpness(p):.1f}" for p in (final, plain))])
    rows.append(["**mean**", f"**{statistics.mean(agreed):.1f}**", "", ""])
    head = ["style", "agreement, dB", "sharpness at 100%", "painted at its own size"]
    about = f"{arguments.large} px against {arguments.small} px, at {arguments.small} px, in {painter.precision}. "
    text = f"{report.table(head, rows)}\n\n{about}`python -m benchmarks.sizes`."
    report.publish("sizes", text, arguments.out)
    return int(statistics.mean(agreed) < GOAL)


def _sized(photo: Image.Image, shorter: int) -> Image.Image:
    share = shorter / min(photo.size)
    return photo.resize((round(photo.width * share), round(photo.height * share)), Image.Resampling.LANCZOS)


def _agreement(first: Image.Image, second: Image.Image) -> float:
    """PSNR, dB."""
    error = np.square(np.asarray(first, np.float32) - np.asarray(second, np.float32)).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def _sharpness(image: Image.Image) -> float:
    pixels = np.asarray(image.convert("L"), np.float32)
    return float((np.abs(np.diff(pixels, axis=0)).mean() + np.abs(np.diff(pixels, axis=1)).mean()) / 2)


if __name__ == "__main__":
    sys.exit(main())
