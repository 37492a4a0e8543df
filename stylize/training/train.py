"""Train a painter and many styles together.

    python -m stylize.training.train --photos DIR --styles DIR --out runs/first [--steps N ...]

Writes `checkpoint.pt` (resumed by the same command), `losses.csv` and `samples.png` into the run's folder.
Beside plain styles the painter is trained on vectors between two styles, and between `photo` and a style, where the
style weight shrinks with the square of the strength: so blends and strengths are paintings in their own right.
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from stylize.errors import StylizeError, TrainingError
from stylize.training.data import (
    Augmentation,
    Painting,
    Photos,
    at_size,
    find_paintings,
    open_rgb,
    painting_at_sizes,
    to_image,
    to_tensor,
)
from stylize.training.muon import Muon
from stylize.training.networks import Painter, Shape, identity_vector, paint
from stylize.training.perceptual import (
    GRID_WEIGHT,
    STYLE_WEIGHT,
    TV_WEIGHT,
    Losses,
    LossNetwork,
    grid,
    load_loss_network,
    mixed_target,
    perceptual_losses,
    style_target,
)

PHOTO = "photo"  # the identity style, row 0 of the table of vectors
JITTER = 8  # output and photo are cropped by the same 0..7 px, so that the loss network's grid has no fixed place

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run's outcome; the defaults are the shipped recipe."""

    steps: int = 16000
    batch: int = 4
    crop: int = 256  # pixels
    style_sizes: tuple[int, ...] = (400, 600)  # shorter side of the paintings, pixels; Gram matrices are averaged
    optimizer: str = "muon"  # for the convolutions, or "adam"; style vectors always use Adam
    rate: float = 3e-3  # peak learning rate of the convolutions
    style_rate: float = 3e-3  # peak learning rate of the style vectors
    warm: int = 200  # steps of rising rate
    cool: float = 0.4  # share of the steps in which the rate falls to zero
    between: float = 0.3  # share of the samples that lie between two styles, or between photo and style
    seed: int = 1


class Trainer:
    """A run in progress: weights, vectors, optimiser and what is needed to go on."""

    def __init__(
        self,
        painter: Painter,
        paintings: list[Painting],
        photos: Photos,
        network: LossNetwork,
        settings: Settings,
        augmentation: Augmentation,
        device: torch.device,
    ) -> None:
        self.settings, self.augmentation, self.photos, self.paintings = settings, augmentation, photos, paintings
        self.device = device
        self.painter = painter.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        start = identity_vector(painter.shape)
        table = start.repeat(1 + len(paintings), 1).to(device)
        channels = sum(painter.shape.channels)
        table[1:, channels - 12 : channels] = 1.0  # paintings start from mid-grey, without the photo behind them:
        table[1:, 2 * channels - 12 : 2 * channels] = 0.5  # from the photo itself they start ten times slower
        table[1:, -3:] = 0.0
        self.table = nn.Parameter(table)
        self.fixed = torch.zeros_like(table, dtype=torch.bool)  # `photo` stays exactly the identity
        for part in (slice(channels - 12, channels), slice(2 * channels - 12, None)):
            self.fixed[0, part] = True
        self.start = start.to(device)
        with torch.no_grad():
            self.target = style_target(network, [painting_at_sizes(p.path, settings.style_sizes) for p in paintings])
        weights = list(painter.parameters())
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Adam([self.table], settings.style_rate, (0.9, 0.99)),
            Muon(weights, settings.rate)
            if settings.optimizer == "muon"
            else torch.optim.Adam(weights, settings.rate, (0.9, 0.99)),
        ]
        self.peaks = (settings.style_rate, settings.rate)
        self.hardness = torch.ones(len(paintings))  # running style loss of each painting
        self.step = 0
        self.paint, self.losses = paint, perceptual_losses  # replaced by their compiled selves on request

    def vectors(self) -> Tensor:
        """All style vectors [1 + styles, style_size]; row 0 is `photo`."""
        return torch.where(self.fixed, self.start, self.table)

    def advance(self, clean: Tensor, noisy: Tensor) -> Losses:
        """One optimiser step on crops [N, 3, S, S]; returns the losses of the batch's plain samples."""
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        count = len(clean)
        first = torch.multinomial(self.hardness.sqrt(), count, replacement=True, generator=generator)
        second = torch.multinomial(self.hardness.sqrt(), count, replacement=True, generator=generator)
        kind, share = torch.rand(2, count, generator=generator)
        blended = kind < self.settings.between / 2
        weakened = (kind >= self.settings.between / 2) & (kind < self.settings.between)
        share_second = torch.where(blended, share, 0.0).to(self.device)
        strength = torch.where(weakened, share, 1.0).to(self.device)
        dx, dy = torch.randint(JITTER, (2,), generator=generator).tolist()

        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = peak * schedule(self.step, self.settings)
        clean, noisy = (x.to(self.device, memory_format=torch.channels_last) for x in (clean, noisy))
        with torch.autocast(self.device.type, torch.bfloat16):
            vectors = self.vectors()
            mixed = torch.lerp(vectors[1 + first], vectors[1 + second], share_second[:, None])
            mixed = torch.lerp(vectors[:1], mixed, strength[:, None])
            painted = self.paint(self.painter, clean, mixed, noisy)
            target = mixed_target(self.target.pick(first), self.target.pick(second), share_second)
            part = (..., slice(dy, dy - JITTER), slice(dx, dx - JITTER))
            losses = self.losses(self.network, painted[part], clean[part], target)
        grids = grid(painted.float()) * GRID_WEIGHT
        total = (
            (losses.style * STYLE_WEIGHT + losses.tv * TV_WEIGHT).mul(strength**2).add(losses.content).add(grids).mean()
        )
        total.backward()
        nn.utils.clip_grad_norm_([*self.painter.parameters(), self.table], 10.0)
        saturated = (painted.detach() - 0.5).abs().gt(1).float().mean().item()
        if not torch.isfinite(total) or (self.step > 500 and saturated > 0.2):
            raise TrainingError(
                f"Training diverged at step {self.step} (loss {total.item():.3g}, {saturated:.0%} of pixels far out of "
                "range). The last checkpoint is kept; resume with a smaller --rate."
            )
        for optimizer in self.optimizers:
            optimizer.step()
        plain = ~(blended | weakened)
        for i in plain.nonzero().flatten().tolist():
            style = losses.style[i].item()
            self.hardness[first[i]] += 0.05 * (style - self.hardness[first[i]])
        self.step += 1
        return Losses(*(part.detach().cpu()[plain] for part in losses))

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "painter": self.painter.state_dict(),
            "shape": self.painter.shape.as_dict(),
            "vectors": self.vectors().detach(),
            "table": self.table.detach(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "hardness": self.hardness,
            "step": self.step,
            "styles": [asdict(p) | {"path": p.path.name} for p in self.paintings],
            "settings": asdict(self.settings),
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same shape and styles. Raises TrainingError if it is another's."""
        state = load_checkpoint(path)
        if state["shape"] != self.painter.shape.as_dict() or [s["id"] for s in state["styles"]] != [
            p.id for p in self.paintings
        ]:
            raise TrainingError(f"{path} was trained with other styles or another shape. Choose another --out.")
        self.painter.load_state_dict(state["painter"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        with torch.no_grad():
            self.table.copy_(state["table"])
        self.hardness, self.step = state["hardness"], state["step"]

    @torch.no_grad()
    def samples(self, photos: list[Tensor]) -> Image.Image:
        """A contact sheet: each photo in its own row, then painted in every style."""
        rows = []
        for photo in photos:
            pictures = [to_image(photo)]
            for vector in self.vectors()[1:]:
                pictures.append(to_image(paint(self.painter, photo[None].to(self.device), vector[None])[0]))
            rows.append(pictures)
        return sheet(rows)


def schedule(step: int, settings: Settings) -> float:
    """Share of the peak learning rate: linear rise, plateau, then a fall to zero over the last `cool` share."""
    rise = min(1.0, (step + 1) / max(1, settings.warm))
    fall = min(1.0, (settings.steps - step) / max(1.0, settings.cool * settings.steps))
    return min(rise, max(fall, 0.0))


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """Pictures of one size per row, side by side."""
    width = max(sum(p.width for p in row) for row in rows)
    page = Image.new("RGB", (width, sum(row[0].height for row in rows)), "white")
    top = 0
    for row in rows:
        left = 0
        for picture in row:
            page.paste(picture, (left, top))
            left += picture.width
        top += row[0].height
    return page


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint written by `Trainer.save`. Raises TrainingError if it is missing or broken."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        state["shape"], state["styles"], state["step"]
    except FileNotFoundError as error:
        raise TrainingError(f"{path} does not exist. Train first, or give the folder of a run.") from error
    except Exception as error:
        raise TrainingError(f"{path} is not a checkpoint of this package: {error}") from error
    return state


def run(trainer: Trainer, out: Path, sample_photos: list[Tensor], sample_every: int = 500) -> None:
    """Train to the end, writing checkpoints, losses and samples into `out`. Interrupting saves and stops."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, settings = out / "checkpoint.pt", trainer.settings
    if checkpoint.exists():
        trainer.load(checkpoint)
        _log.info("going on from step %d", trainer.step)

    def crops(step: int) -> tuple[Tensor, Tensor]:
        return trainer.photos.crops(step, settings.batch, settings.crop, trainer.augmentation, settings.seed)

    bar = tqdm(total=settings.steps, initial=trainer.step, unit="step", mininterval=5)
    sums, counted, started = torch.zeros(3), 0, time.monotonic()
    with ThreadPoolExecutor(1) as reader, bar:
        upcoming = reader.submit(crops, trainer.step)
        try:
            while trainer.step < settings.steps:
                clean, noisy = upcoming.result()
                upcoming = reader.submit(crops, trainer.step + 1)
                losses = trainer.advance(clean, noisy)
                sums += torch.stack([part.sum() for part in losses])
                counted += len(losses.style)
                bar.update()
                if trainer.step % 50 == 0 and counted:
                    means = (sums / counted).tolist()
                    _append_row(out / "losses.csv", trainer.step, time.monotonic() - started, means)
                    bar.set_postfix_str("style {:.3f} content {:.3f} tv {:.4f}".format(*means))
                    sums, counted = torch.zeros(3), 0
                if trainer.step % sample_every == 0:
                    trainer.save(checkpoint)
                    trainer.samples(sample_photos).save(out / "samples.png")
        except KeyboardInterrupt:
            _log.warning("interrupted at step %d; the same command goes on", trainer.step)
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise TrainingError(
                "Out of memory. Use a smaller --batch or --crop; the last checkpoint is kept."
            ) from error
        finally:
            upcoming.cancel()
    trainer.save(checkpoint)
    trainer.samples(sample_photos).save(out / "samples.png")
    if trainer.photos.unreadable:
        _log.warning("%d photos could not be read and were skipped", len(trainer.photos.unreadable))


def add_settings(parser: argparse.ArgumentParser, kind: type, skip: tuple[str, ...] = ()) -> None:
    """One option for each field of a settings dataclass, its default read from there."""
    for field in fields(kind):
        if field.name in skip:
            continue
        flag, default = "--" + field.name.replace("_", "-"), field.default
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif isinstance(default, tuple):
            parser.add_argument(flag, type=int, nargs="+", default=list(default))
        else:
            parser.add_argument(flag, type=type(default), default=default, help="default %(default)s")


def read_settings(arguments: argparse.Namespace, kind: type, **more: Any) -> Any:
    """The settings dataclass `kind` from parsed arguments."""
    values = {f.name: getattr(arguments, f.name) for f in fields(kind) if hasattr(arguments, f.name)}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return kind(**values | more)


def best_device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m stylize.training.train", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--styles", required=True, help="folder of paintings")
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed if it holds a checkpoint")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, needs a C++ compiler")
    add_settings(parser, Settings)
    add_settings(parser, Augmentation)
    add_settings(parser, Shape)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        settings: Settings = read_settings(arguments, Settings)
        torch.manual_seed(settings.seed)
        held_out = Photos.in_folder(arguments.photos)
        with suppress(TrainingError):  # a small folder may have none held out
            held_out = Photos.in_folder(arguments.photos, held_out=True)
        trainer = Trainer(
            Painter(read_settings(arguments, Shape)),
            find_paintings(arguments.styles),
            Photos.in_folder(arguments.photos, held_out=False),
            load_loss_network(arguments.loss_weights),
            settings,
            read_settings(arguments, Augmentation),
            best_device(),
        )
        if arguments.compile:
            trainer.paint, trainer.losses = torch.compile(paint), torch.compile(perceptual_losses)
        samples = [to_tensor(at_size(open_rgb(p), 256, multiple=4)) for p in held_out.paths[:3]]
        run(trainer, arguments.out, samples)
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _append_row(path: Path, step: int, seconds: float, means: list[float]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "seconds", "style", "content", "tv"])
        writer.writerow([step, round(seconds, 1), *(f"{m:.5f}" for m in means)])


if __name__ == "__main__":
    sys.exit(main())
