"""Export a trained run to the files that the engine reads, and check them against torch.

    stylize export runs/first --out models/
    stylize export --style great_wave -o great_wave.onnx
    stylize export --paintings presets/

The first writes painter.onnx, measure.onnx, what paints in int8 and styles/<id>.safetensors; `stylize train --from`
goes on with them. The second writes one style as a network of its own for any ONNX runtime: float32 [N, 3, H, W] in
0..1, any size of 48 pixels or more, the same size out. The third writes what judges styles (loss.onnx,
grams.safetensors) for the styles of --models that the folder has paintings of.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from stylize.errors import StyleError, StylizeError, TrainingError
from stylize.imaging import atomic_path
from stylize.imaging.atomic import obstacle
from stylize.inference.input_noise import FIELD, grain, grained
from stylize.inference.int8 import is_fast
from stylize.inference.layers import multiple
from stylize.inference.painter import FINE, PAINTER, Files, OnnxPainter
from stylize.inference.reflection import reflected
from stylize.inference.session import Device, Network
from stylize.paths import MODELS
from stylize.styles import PHOTO, Style, save
from stylize.stylizer import Stylizer
from stylize.training.data.images import at_size, open_rgb
from stylize.training.data.photos import Photos
from stylize.training.digest import digest
from stylize.training.export.graph_builder import write_model
from stylize.training.export.loss_network import export_grams, export_loss_network
from stylize.training.export.measuring_graph import measuring_graph, standalone_graph
from stylize.training.export.painter_int8_graph import int8_graphs
from stylize.training.export.painting_graph import painting_graph
from stylize.training.load_run import load_run
from stylize.training.models.instance_norm import Folded, InstanceNorm, Measuring
from stylize.training.models.painter import Painter
from stylize.training.models.trained_run import read_painter

TOLERANCE = 1e-3  # largest allowed difference of torch and ONNX Runtime, pixels in 0..1
CLOSENESS = 26  # least peak signal-to-noise ratio of painting in int8 over float32, decibels
CHECK_SIZES = ((128, 128), (203, 157), (64, 321))  # height, width


def export_style(vector: NDArray[np.float32], painter: Painter, out: Path, about: dict[str, str]) -> float:
    """Write one style as a network of its own; returns its largest difference from torch, which must be small."""
    write_model(standalone_graph(painter, vector, about), out)
    network = Network(Device("cpu"), out.read_bytes())
    worst, whole = 0.0, multiple(painter.shape.layers)
    for height, width in CHECK_SIZES:
        image = np.random.default_rng(0).random((1, 3, height, width), np.float32)
        pad = ((0, 0), (0, 0), *((painter.pad, painter.pad + -side % whole) for side in (height, width)))
        padded = np.pad(image, pad, "reflect")
        index = (np.arange(side) % FIELD for side in padded.shape[2:])
        noisy = np.clip(padded + grain(*index).transpose(2, 0, 1)[None] / np.float32(255), 0, 1)
        with torch.no_grad():
            style = InstanceNorm(painter.shape.channels, torch.from_numpy(vector)[None])
            plain, grainy = torch.from_numpy(padded), torch.from_numpy(noisy)
            wanted = painter.paint_padded(plain, grainy, style, style.gate, painter.pad)
        got = network.run({"image": image})[0]
        worst = max(worst, float(np.abs(wanted[:, :, :height, :width].clamp(0, 1).numpy() - got).max()))
    if worst > TOLERANCE:
        out.unlink()
        raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


def write_painter(painter: Painter, out: Path, files: Files = PAINTER, of: str = "") -> str:
    """Write a painter's networks into `out`; returns the sha256 that style files must name.

    `of` is the digest of the painter that a fine painter was made for.
    """
    sha = digest(*painter.parameters())
    about = {"sha256": sha, "painter": of} if of else {"sha256": sha}
    out.mkdir(parents=True, exist_ok=True)
    painting, measuring, weights = int8_graphs(painter, about)
    write_model(painting_graph(painter, about), out / files.float32)
    write_model(measuring_graph(painter, about), out / files.measure)
    write_model(painting, out / files.int8)
    write_model(measuring, out / files.measure_int8)
    with atomic_path(out / files.weights) as part:
        save_file(weights, part, {"sha256": sha})
    return sha


def export_fine(fine: Painter, models: Path, vector: Tensor) -> float:
    """Write a fine painter beside the painter in `models`; returns the largest difference from torch.

    `vector` [style_size of `fine`] is one to try it with. Raises TrainingError if the difference is above `TOLERANCE`.
    """
    write_painter(fine, models, FINE, OnnxPainter(models, Device("cpu"), "float32").sha256)
    return checked(fine, models, FINE, vector[None])


def export(run: Path, out: Path, photos: Sequence[NDArray[np.uint8]] = ()) -> float:
    """Write a run's painter and styles into `out` and compare them with torch.

    Returns the largest difference found; raises TrainingError if it is above `TOLERANCE`.
    """
    painter, vectors, styles, _ = load_run(run)
    sha = write_painter(painter, out)
    texts = [{"id": PHOTO, "title": "The photo itself"}, *styles]
    (out / "styles").mkdir(exist_ok=True)
    for about, vector in zip(texts, vectors.numpy(), strict=True):
        about = {key: value for key, value in about.items() if key != "path"}
        save(
            Style(**about, painter=sha, vector=vector),  # type: ignore[arg-type]
            out / "styles" / f"{about['id']}.safetensors",
        )
    return checked(painter, out, PAINTER, vectors[[1, -1]], photos)


def checked(
    painter: Painter, out: Path, files: Files, vectors: Tensor, photos: Sequence[NDArray[np.uint8]] = ()
) -> float:
    """The largest difference from torch of networks in `out`, painting with `vectors` [N, style_size].

    Raises TrainingError if it is above `TOLERANCE`.
    """
    worst = 0.0
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 256, (h, w, 3), np.uint8) for h, w in CHECK_SIZES]
    network = OnnxPainter(out, Device("cpu"), "float32", files)
    whole = OnnxPainter(out, Device("cpu"), "int8", files) if is_fast() else network
    for pixels in [*pictures, *photos]:
        for vector in vectors:
            worst = max(worst, difference(painter, network, pixels, vector))
            if (near := closeness(network, whole, pixels, vector.numpy())) < CLOSENESS:
                raise TrainingError(f"Painting in int8 is {near:.0f} dB from float32; {CLOSENESS} are wanted at least.")
    if worst > TOLERANCE:
        raise TrainingError(f"ONNX Runtime differs from torch by {worst:.2g}, more than {TOLERANCE:g}.")
    return worst


def closeness(one: OnnxPainter, other: OnnxPainter, pixels: NDArray[np.uint8], vector: NDArray[np.float32]) -> float:
    """Peak signal-to-noise ratio, decibels, of two networks' paintings of `pixels`; infinite when they are the same."""
    folded = other.fold(vector, other.measure(pixels, vector)[1])
    error = np.square(one.paint(pixels, folded).astype(np.float64) - other.paint(pixels, folded)).mean()
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


@torch.no_grad()
def difference(painter: Painter, network: OnnxPainter, pixels: NDArray[np.uint8], vector: Tensor) -> float:
    """Largest difference, pixels in 0..1, of torch and ONNX Runtime: statistics, measured and folded picture.

    The networks give bytes, so what is compared is torch's picture in 0..255 against the nearest byte: half a level
    of rounding is taken off.
    """
    padded = reflected(pixels, network.pad, network.multiple)
    batch, noisy = (torch.from_numpy(p).permute(2, 0, 1)[None].float() / 255 for p in (padded, grained(padded)))
    style = Measuring(painter.shape.channels, vector[None])
    exact = painter.paint_padded(batch, noisy, style, style.gate, network.pad)
    measured, statistics = network.measure(pixels, vector.numpy())
    folded = network.fold(vector.numpy(), statistics)
    plain = Folded(painter.shape.channels, torch.from_numpy(folded.vector)[None])
    again = painter.paint_padded(batch, noisy, plain, plain.gate, network.pad)
    worst = float(np.abs(statistics.mean - torch.cat(style.means).numpy()).max())
    for wanted, got in ((exact, measured), (again, network.paint(pixels, folded))):
        part = wanted[0, :, : pixels.shape[0], : pixels.shape[1]].permute(1, 2, 0).clamp(0, 1).numpy()
        worst = max(worst, float(np.abs(part * 255 - got).max() - 0.5) / 255)
    return worst


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="stylize export", description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path, nargs="?", help="folder of a training run")
    parser.add_argument("--style", help="instead of a run: one style of --models, as a network of its own")
    parser.add_argument("--paintings", type=Path, help="instead of a run: the paintings of the styles of --models")
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="with --style and --paintings; default: those of the package"
    )
    parser.add_argument("-o", "--out", type=Path, help="default models/, or STYLE.onnx")
    parser.add_argument("--overwrite", action="store_true", help="with --style: replace the file if it exists")
    parser.add_argument("--photos", help="folder of photos for the check, beside random pictures")
    arguments = parser.parse_args(argv)
    if sum(given is not None for given in (arguments.run, arguments.style, arguments.paintings)) != 1:
        parser.error("give the folder of a run, or --style, or --paintings")
    try:
        if arguments.paintings is not None:
            worst = export_loss_network(arguments.models)
            names = export_grams(arguments.models, arguments.paintings)
            print(f"wrote the matrices of {', '.join(names)}; largest difference of loss.onnx from torch: {worst:.2g}")
            return 0
        if arguments.style is not None:
            style = Stylizer(arguments.models, "cpu").styles[arguments.style]
            out = arguments.out or Path(f"{style.id}.onnx")
            if error := obstacle(out, arguments.overwrite):
                raise StyleError(error)
            about = {"title": style.title, "artist": style.artist, "year": style.year, "licence": style.licence}
            painter = read_painter(arguments.models)
            out.parent.mkdir(parents=True, exist_ok=True)
            worst = export_style(style.vector, painter, out, about)
            print(f"wrote {out}; largest difference of ONNX Runtime from torch: {worst:.2g} (pixels in 0..1)")
            return 0
        out = arguments.out or Path("models")
        photos = []
        if arguments.photos:
            for path, (height, width) in zip(Photos.in_folder(arguments.photos).paths, CHECK_SIZES, strict=False):
                photos.append(np.array(at_size(open_rgb(path), min(height, width))))
        worst = export(arguments.run, out, photos)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {out}; largest difference of ONNX Runtime from torch: {worst:.2g} (pixels in 0..1)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
