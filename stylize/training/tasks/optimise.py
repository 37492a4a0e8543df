"""Style transfer by optimising the pixels: the reference that every feed-forward painter is judged against.

    stylize optimise photo.jpg painting.jpg -o out.png [--size 512 --iterations 200 ...]

Gatys, Ecker and Bethge 2016 (https://arxiv.org/abs/1508.06576), started from the photo, with the perceptual losses
that the painters are trained with. As in Johnson et al. 2016 (https://arxiv.org/abs/1603.08155) L-BFGS is projected:
after every iteration the pixels are limited to 0..1, so each loss is that of a picture one can see.

One iteration is one evaluation of the losses and of their gradient, and one step along it: L-BFGS of unit step
length without a line search, or Adam. Iteration k reports the picture after k steps; iteration 0 is the start.

Coarse to fine (Gatys et al. 2017, https://arxiv.org/abs/1611.07865): photo and painting are first optimised at a half,
a quarter, ... of the size, and each result, enlarged, starts the next. That gives large strokes, which optimisation
at full size alone never makes. So does a style loss that sees picture and painting at several scales.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from stylize import imaging
from stylize.errors import PictureError, StylizeError, TrainingError
from stylize.imaging import Source
from stylize.imaging.atomic import obstacle
from stylize.training.arguments import read_config
from stylize.training.data.images import at_size, to_image, to_tensor
from stylize.training.data.paintings import STYLE_SIZES, read_painting
from stylize.training.device import best_device
from stylize.training.loop import follow, memory_errors_told
from stylize.training.losses.perceptual import StyleTarget, perceptual_losses, style_target
from stylize.training.models.loss_network import LossNetwork, load_loss_network

OPTIMIZERS = ("lbfgs", "adam")
HISTORY = 50  # past steps that L-BFGS remembers; each keeps two pictures in memory
ADAM_RATE = 0.02  # pixels change by about this much in an iteration
RELAPSE = 2.0  # a total above this many times the best one is a failed step: return to the best and forget the past
MAX_PIXELS = 2_500_000  # of the result; L-BFGS keeps a hundred pictures of it
SMALLEST = 32  # pixels; below this the deepest features of a VGG are empty


@dataclass(frozen=True)
class OptimiseConfig:
    """What can be chosen; the command's defaults are these."""

    size: int = 512  # shorter side of the result, pixels
    iterations: int = 200  # at each octave
    optimizer: str = "lbfgs"
    octaves: int = 2  # sizes from coarse to fine, each twice the one before; 1 = the full size only
    scales: tuple[int, ...] = (1,)  # how many times smaller the style loss sees picture and painting
    style_sizes: tuple[int, ...] = STYLE_SIZES  # shorter side of the painting, pixels


@dataclass(frozen=True)
class OptimiseProgress:
    """The picture after `iteration` of `iterations` steps at an octave, and its losses.

    `size` is the shorter side in pixels; `pixels` is [3, H, W] in 0..1, a copy that may be kept.
    """

    iteration: int
    iterations: int
    size: int
    style: float
    content: float
    tv: float
    total: float
    pixels: Tensor


def descend(
    start: Tensor,
    photo: Tensor,
    target: StyleTarget,
    network: LossNetwork,
    iterations: int,
    optimizer: str = "lbfgs",
) -> Generator[OptimiseProgress, None, None]:
    """Optimise at one size: `start` and `photo` are [3, H, W] in 0..1, `target` holds one painting.

    Yields `iterations` + 1 times, first for the start itself; close the generator to cancel. A step that fails
    (losses not finite, or far above the best) is taken back.
    """
    pixels = start[None].clone(memory_format=torch.contiguous_format).requires_grad_()
    wanted = photo[None].contiguous()
    best, best_total = start[None].contiguous(), math.inf
    steps = _steps(pixels, optimizer)
    for iteration in range(iterations + 1):
        before = pixels.detach().clone()
        pixels.grad = None
        with torch.enable_grad():
            losses = perceptual_losses(network, pixels, wanted, target)
            losses.total().sum().backward()
        style, content, tv = (part.item() for part in losses)
        total = losses.total().item()
        if total < best_total:
            best, best_total = before, total
        yield OptimiseProgress(iteration, iterations, min(start.shape[1:]), style, content, tv, total, before[0])
        failed = not math.isfinite(total) or total > RELAPSE * best_total
        with torch.no_grad():
            if failed:
                pixels.copy_(best)
                steps = _steps(pixels, optimizer)
            elif iteration < iterations:
                steps()
                pixels.clamp_(0, 1)


def optimise(
    photo: Source,
    painting: Source,
    network: LossNetwork | None = None,
    config: OptimiseConfig = OptimiseConfig(),
    device: torch.device | str = "cpu",
) -> Generator[OptimiseProgress, None, None]:
    """Repaint `photo` like `painting` (each a path, the bytes of a file or a PIL image), coarse to fine.

    Yields at every iteration; the last value is the result (`data.images.to_image` makes a picture of it), and closing
    the iterator cancels. Photo and painting grow together from octave to octave. The loss network is our own unless one
    is given.

    Raises PictureError if a picture cannot be read, TrainingError if there is no style in the painting or the
    settings cannot work.
    """
    _check(config)
    photo, painting = Image.fromarray(imaging.read(photo).pixels), read_painting(painting)
    if (size := round(config.size**2 * max(photo.size) / min(photo.size))) > MAX_PIXELS:
        raise TrainingError(
            f"A photo of {photo.width}x{photo.height} would be optimised at {size / 1e6:.1f} megapixels; at most "
            f"{MAX_PIXELS / 1e6:g} are. Choose a smaller size than {config.size}, or cut the photo."
        )
    network = (network or load_loss_network()).to(device)
    pixels = None
    for octave in reversed(range(config.octaves)):
        share = 0.5**octave
        wanted = to_tensor(at_size(photo, round(config.size * share))).to(device)
        sizes = [to_tensor(at_size(painting, round(size * share))) for size in config.style_sizes]
        with torch.no_grad():
            target = style_target(network, [sizes], config.scales)
        start = wanted if pixels is None else _enlarged(pixels, wanted)
        for progress in descend(start, wanted, target, network, config.iterations, config.optimizer):
            pixels = progress.pixels
            yield progress


def _check(config: OptimiseConfig) -> None:
    """Raises TrainingError if a config cannot work."""
    octaves, largest = config.octaves, max(config.scales, default=1)
    needed = SMALLEST * largest * 2 ** max(0, octaves - 1)  # pixels at the full size
    if octaves < 1 or config.iterations < 1 or config.size < needed:
        raise TrainingError(
            f"A size of {config.size} px with {octaves} octaves, scales up to {largest} and {config.iterations} "
            f"iterations cannot work: there must be one of each, and {SMALLEST} px must be left of the coarsest octave "
            f"(each is half of the next) at the largest scale: {needed} px or more here."
        )
    if config.optimizer not in OPTIMIZERS:
        raise TrainingError(f"Unknown optimizer {config.optimizer!r}; available: {', '.join(OPTIMIZERS)}.")
    if not config.style_sizes or min(config.style_sizes) < needed:
        raise TrainingError(f"Style sizes must leave the painting {SMALLEST} px there too: {needed} px or more here.")


def _steps(pixels: Tensor, optimizer: str) -> Callable[[], object]:
    """One step of the named optimiser on `pixels`, from the gradient that it holds."""
    if optimizer == "adam":
        return torch.optim.Adam([pixels], ADAM_RATE, betas=(0.9, 0.99)).step
    lbfgs = torch.optim.LBFGS([pixels], max_iter=1, history_size=HISTORY, tolerance_grad=0, tolerance_change=0)
    # the gradient is there already, and without a line search the loss itself is not used
    return lambda: lbfgs.step(lambda: 0.0)


def _enlarged(pixels: Tensor, like: Tensor) -> Tensor:
    larger = F.interpolate(pixels[None], like.shape[1:], mode="bicubic", align_corners=False)
    return larger[0].clamp(0, 1)


def _parser() -> argparse.ArgumentParser:
    config = OptimiseConfig()
    parser = argparse.ArgumentParser(prog="stylize optimise", description=__doc__.split("\n")[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("painting", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, help="PNG, JPEG or WebP to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    parser.add_argument("--size", type=int, default=config.size, help="shorter side, pixels (default %(default)s)")
    parser.add_argument("--iterations", type=int, default=config.iterations, help="per octave (default %(default)s)")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default=config.optimizer, help="default %(default)s")
    parser.add_argument(
        "--octaves", type=int, default=config.octaves, help="coarse-to-fine sizes (default %(default)s; 1 = none)"
    )
    parser.add_argument(
        "--scales",
        type=int,
        nargs="+",
        default=list(config.scales),
        help="how many times smaller the style loss sees picture and painting, such as 1 2 4 (default %(default)s)",
    )
    parser.add_argument(
        "--style-sizes",
        type=int,
        nargs="+",
        default=list(config.style_sizes),
        metavar="PX",
        help="shorter sides of the painting; larger ones give larger strokes (default %(default)s)",
    )
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a file; default models/loss.safetensors")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="default: a GPU when there is one")
    return parser


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        config: OptimiseConfig = read_config(arguments, OptimiseConfig)
        _check_writable(arguments.out, arguments.overwrite)
        network, device = load_loss_network(arguments.loss_weights), choose_device(arguments.device)
        best = _run(optimise(arguments.photo, arguments.painting, network, config, device), config)
        if best is None:
            print("interrupted before there was a picture; nothing was written", file=sys.stderr)
            return 1
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        imaging.write(at_size(to_image(best.pixels), config.size), arguments.out)
    except (StylizeError, OSError) as error:  # OSError: a disk that is full or cannot be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(arguments.out)
    return 0


def choose_device(name: str | None) -> torch.device:
    """'cpu', 'gpu', or the best there is (None). Raises TrainingError if there is no such device."""
    if name is None:
        return best_device()
    if name == "gpu" and not torch.cuda.is_available():
        raise TrainingError("PyTorch sees no GPU on this machine. Use --device cpu, or leave the option out.")
    return torch.device("cuda" if name == "gpu" else "cpu")


def _run(results: Generator[OptimiseProgress, None, None], config: OptimiseConfig) -> OptimiseProgress | None:
    """Follow an optimisation with a bar; the best picture of the finest octave reached, also when interrupted."""
    best: OptimiseProgress | None = None

    def show(progress: OptimiseProgress) -> None:
        nonlocal best
        if best is None or progress.size != best.size or progress.total <= best.total:
            best = progress
        bar.update(progress.iteration > 0)
        bar.set_postfix_str(f"{progress.size} px, total {progress.total:.3f}, style {progress.style:.3f}")

    bar = tqdm(total=config.octaves * config.iterations, unit="iteration", delay=1)
    with memory_errors_told("Use a smaller --size, or --optimizer adam."):
        if follow(results, bar, show):
            print("interrupted: writing the best picture so far", file=sys.stderr)
    return best


def _check_writable(path: Path, overwrite: bool) -> None:
    """Say so before the long work, not after it."""
    if error := obstacle(path, overwrite):
        raise PictureError(error)
    if path.suffix.lower() not in imaging.WRITABLE:
        raise PictureError(f"{path.name} cannot be written: its ending must be one of {', '.join(imaging.WRITABLE)}.")


if __name__ == "__main__":
    sys.exit(main())
