"""Export a trained run to the files that the engine reads, and check them against torch.

    python -m stylize.training.export runs/first --out models/

Writes painter.onnx, measure.onnx and styles/<id>.safetensors.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylize.errors import StylizeError, TrainingError
from stylize.network import Device
from stylize.painter import PainterNetwork, grained, reflected
from stylize.styles import PHOTO, Style, save
from stylize.training.data import Photos, at_size, open_rgb
from stylize.training.graphs import measuring_graph, painting_graph
from stylize.training.networks import Folded, Measuring, Painter, Shape
from stylize.training.trainer import load_checkpoint

TOLERANCE = 1e-3  # largest allowed difference of torch and ONNX Runtime, pixels in 0..1
CHECK_SIZES = ((128, 128), (203, 157), (64, 321))  # height, width


def load_run(folder: Path) -> tuple[Painter, Tensor, list[dict[str, str]]]:
    """The painter, its vectors [1 + S, style_size] (row 0 is `photo`) and the S styles' descriptions, from a run."""
    state = load_checkpoint(folder / "checkpoint.pt")
    painter = Painter(Shape(**state["shape"]))
    painter.load_state_dict(state["painter"])
    return painter.eval(), state["vectors"], state["styles"]


def write_painter(painter: Painter, out: Path) -> str:
    """Write painter.onnx and measure.onnx into `out`; returns the sha256 that style files must name."""
    sha = hashlib.sha256(b"".join(p.detach().cpu().numpy().tobytes() for p in painter.parameters())).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    for name, model in (("painter", painting_graph(painter, {"sha256": sha})),
                        ("measure", measuring_graph(painter, {"sha256": sha}))):  # fmt: skip
        _write_model(model, out / f"{name}.onnx")
    return sha


def export(run: Path, out: Path, photos: Sequence[NDArray[np.uint8]] = ()) -> float:
    """Write a run's painter and styles into `out` and compare them with torch.

    Returns the largest difference found; raises TrainingError if it is above `TOLERANCE`.
    """
    painter, vectors, styles = load_run(run)
    sha = write_painter(painter, out)
    texts = [{"id": PHOTO, "title": "The photo itself"}, *styles]
    (out / "styles").mkdir(exist_ok=True)
    for about, vector in zip(texts, vectors.numpy(), strict=True):
        about = {key: value for key, value in about.items() if key != "path"}
        save(
            Style(**about, painter=sha, vector=vector),  # type: ignore[arg-type]
            out / "styles" / f"{about['id']}.safetensors",
        )
    worst = 0.0
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 256, (h, w, 3), np.uint8) for h, w in CHECK_SIZES]
    network = PainterNetwork(out, Device("cpu"))
    for pixels in [*pictures, *photos]:
        for vector in vectors[[1, -1]]:
            worst = max(worst, difference(painter, network, pixels, vector))
    if worst > TOLERANCE:
        raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


@torch.no_grad()
def difference(painter: Painter, network: PainterNetwork, pixels: NDArray[np.uint8], vector: Tensor) -> float:
    """Largest difference, pixels in 0..1, of torch and ONNX Runtime: statistics, measured and folded picture.

    The networks give bytes, so what is compared is torch's picture in 0..255 against the nearest byte: half a level
    of rounding is taken off.
    """
    padded = reflected(pixels, network.pad)
    batch, noisy = (torch.from_numpy(p).permute(2, 0, 1)[None].float() / 255 for p in (padded, grained(padded)))
    style = Measuring(painter.shape, vector[None])
    exact = painter.paint_padded(batch, noisy, style, style.gate, network.pad)
    measured, statistics = network.measure(pixels, vector.numpy())
    folded = network.fold(vector.numpy(), statistics)
    plain = Folded(painter.shape, torch.from_numpy(folded)[None])
    again = painter.paint_padded(batch, noisy, plain, plain.gate, network.pad)
    worst = float(np.abs(statistics.mean - torch.cat(style.means).numpy()).max())
    for wanted, got in ((exact, measured), (again, network.paint(pixels, folded))):
        part = wanted[0, :, : pixels.shape[0], : pixels.shape[1]].permute(1, 2, 0).clamp(0, 1).numpy()
        worst = max(worst, float(np.abs(part * 255 - got).max() - 0.5) / 255)
    return worst


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m stylize.training.export", description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path, help="folder of a training run")
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--photos", help="folder of photos for the check, beside random pictures")
    arguments = parser.parse_args(argv)
    try:
        photos = []
        if arguments.photos:
            for path, (height, width) in zip(Photos.in_folder(arguments.photos).paths, CHECK_SIZES, strict=False):
                photos.append(np.array(at_size(open_rgb(path), min(height, width))))
        worst = export(arguments.run, arguments.out, photos)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {arguments.out}; largest difference of ONNX Runtime from torch: {worst:.2g} (pixels in 0..1)")
    return 0


def _write_model(model: onnx.ModelProto, path: Path) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(model.SerializeToString())
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
