"""Experiments on the recipe: every variant trained alike for a short while, scored alike, one row each and seed.

    python -m stylize.training.evaluation.ablation --photos DIR --paintings DIR --others DIR --loss-weights W \\
        --out runs/ablations

A variant changes one thing of the shipped recipe and is trained from the same seeds, on the same crops, for the same
number of steps. All are scored on the same held-out crops with the losses and weights of the shipped recipe, whatever
they were trained with. Finished rows are kept in `rows.csv`, a sheet of pictures beside each and those of the first
seed in `all.png`; the same command goes on with the others and prints the table. Small budgets tell which way to go,
not how far, and a difference that two seeds have of themselves tells nothing.
"""

from __future__ import annotations

import argparse
import copy
import csv
import itertools
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from stylize import imaging
from stylize.errors import StylizeError, TrainingError
from stylize.imaging import atomic_path
from stylize.imaging.contact_sheet import contact_sheet
from stylize.inference import style_vector
from stylize.inference.input_noise import noise
from stylize.paths import MODELS
from stylize.training.arguments import add_paintings, add_threads
from stylize.training.data.images import open_rgb, to_image
from stylize.training.data.paintings import STYLE_SIZES, Painting, find_paintings, painting_at_sizes
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.device import best_device
from stylize.training.evaluation import metrics
from stylize.training.evaluation.ablation_variants import VARIANTS, Variant, paint_folded
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, StyleTarget, perceptual_losses, style_target
from stylize.training.models.instance_norm import EPSILON, Measuring
from stylize.training.models.loss_network import LossNetwork, load_loss_network
from stylize.training.models.painter import Shape, paint
from stylize.training.models.trained_run import read_painter, read_vectors
from stylize.training.tasks.painter_trainer import PainterTrainer, TrainConfig

CROP, COUNT = 256, 6  # side and number of the scored crops
FOLDED = 32  # crops whose mean statistics are put into a style's vector
FLICKER = 2 / 255  # deviation of the noise between two frames of a still scene
SHOWN = ("great_wave", "starry_night", "roman_mosaic", "the_scream")  # styles on a sheet


@dataclass(frozen=True)
class Score:
    """One row. Losses are means over styles and crops; `grid` in dB; `stroke` and `flicker` as `score` says."""

    name: str
    seed: int
    step: float  # milliseconds
    total: float
    style: float
    content: float
    tv: float
    grid: float
    stroke: float
    flicker: float


class Study:
    """What all variants share: photos, paintings, the loss network, the budget."""

    def __init__(self, photos: str, paintings: Path, others: str | None, models: Path, network: LossNetwork) -> None:
        self.photos = Photos.in_folder(photos, held_out=False)
        self.held_out, _ = Photos.in_folder(photos, held_out=True).crops(0, COUNT, CROP, Augmentation(jitter=0), 0)
        self.paintings = find_paintings(paintings)
        self.others = find_paintings(others) if others else []
        self.models, self.network, self.device = models, network.to(best_device()), best_device()

    def target(self, paintings: Sequence[Painting]) -> StyleTarget:
        """The targets of the shipped recipe."""
        with torch.no_grad():
            return style_target(
                self.network, [painting_at_sizes(p.path, STYLE_SIZES) for p in paintings], SCALES, SCALE_WEIGHTS
            )

    def train(self, variant: Variant, budget: TrainConfig) -> tuple[PainterTrainer, float]:
        """Train a variant; returns the trainer and the milliseconds of a step."""
        config = replace(budget, **variant.config, steps=round(budget.steps * variant.steps))
        torch.manual_seed(config.seed)
        network = copy.copy(self.network)
        for name, layers in variant.layers.items():
            setattr(network, name, layers)
        paintings = self.others if variant.others else self.paintings
        painter = read_painter(self.models) if variant.trained else variant.kind(Shape(**variant.shape))
        augmentation = Augmentation(**variant.augmentation)
        trainer = PainterTrainer(
            painter,
            paintings,
            self.photos,
            network,
            config,
            augmentation,
            device=self.device,
            paint=paint_folded if variant.frozen else paint,
        )
        if variant.trained:
            trainer.start_from(read_vectors(self.models))
        if variant.frozen:
            with torch.no_grad():
                for row in trainer.table[1:]:
                    row.copy_(self.folded(trainer, row))
        painter.train()
        start = time.monotonic()
        for step in tqdm(range(config.steps), desc=variant.name, leave=False, mininterval=5):
            trainer.training_step(*trainer.crops(step))
        painter.eval()
        return trainer, 1000 * (time.monotonic() - start) / max(1, config.steps)

    def folded(self, trainer: PainterTrainer, vector: Tensor) -> Tensor:
        """`vector` with the mean statistics of training photos inside."""
        clean, noisy = self.photos.crops(0, FOLDED, CROP, Augmentation(jitter=0), 0)
        style = Measuring(trainer.painter.shape.channels, vector[None])
        trainer.painter(clean.to(self.device), noisy.to(self.device), style, style.gate, trainer.pad)
        mean, variance = torch.cat(style.means), torch.cat(style.variances)
        result, count = vector.clone(), len(mean)
        scale, shift, _ = style_vector.split(result)
        scale[:count] *= (variance + EPSILON).rsqrt()
        shift[:count] -= mean * scale[:count]
        return result

    @torch.no_grad()
    def score(self, variant: Variant, trainer: PainterTrainer, step: float) -> tuple[Score, list[Tensor]]:
        """The row of a trained variant, and each style's painting of the last crop.

        `stroke` is 2 pi x deviation of the luminance / deviation of its slope, in pixels: the wavelength of a wave as
        steep. `flicker` is the mean difference of two frames, in grey levels, that differ in noise of 2 levels.
        """
        crops = self.held_out.to(self.device)
        pad, rng = trainer.pad, np.random.default_rng(0)
        fields = np.stack([noise(rng, *crops.shape[2:]) for _ in crops])
        grain = torch.from_numpy(fields).movedim(3, 1).to(self.device) * trainer.augmentation.noise
        change = torch.from_numpy(rng.standard_normal(crops.shape, np.float32)).to(self.device) * FLICKER
        target, rows, shown = self.target(trainer.paintings), [], []
        for i, vector in enumerate(trainer.vectors()[1:]):
            first, second = (
                trainer.loss.paint(trainer.painter, frame, vector[None], (frame + grain).clamp(0, 1), pad).clamp(0, 1)
                for frame in (crops, (crops + change).clamp(0, 1))
            )
            losses = perceptual_losses(self.network, first, crops, target.pick(torch.full((len(crops),), i)))
            luma = torch.stack([metrics.luminance(p) for p in first])
            slope = (luma.diff(dim=1).square().mean((1, 2)) + luma.diff(dim=2).square().mean((1, 2))).sqrt()
            rows.append(
                [
                    losses.total().mean(), losses.style.mean(), losses.content.mean(), losses.tv.mean(),
                    _grid(first) - _grid(crops), (2 * math.pi * luma.std((1, 2)) / slope).mean(),
                    (first - second).abs().mean() * 255,
                ]
            )  # fmt: skip
            shown.append(first[-1])
        means = torch.tensor(rows).mean(0).tolist()
        return Score(variant.name, trainer.config.seed, step, *means), shown


def table(scores: Sequence[Score]) -> str:
    """The variants as Markdown, means over seeds; totals also over the first variant's mean, by seed as well."""
    rows: dict[str, list[Score]] = {}
    for score in scores:
        rows.setdefault(score.name, []).append(score)
    means = {name: [fmean(column) for column in zip(*map(_numbers, of), strict=True)] for name, of in rows.items()}
    first_step, first_total, *_ = next(iter(means.values()))
    lines = [
        "| variant | total | of the recipe's | by seed | style | content | variation | grid, dB | stroke, px | flicker "
        "| step |"
    ]
    lines.append("|---" * 11 + "|")
    for name, (step, total, style, content, tv, grid, stroke, flicker) in means.items():
        by_seed = ", ".join(f"{score.total / first_total:.2f}" for score in rows[name])
        lines.append(
            f"| {name} | {total:.3f} | {total / first_total:.2f} | {by_seed} | {style:.3f} | {content:.3f} | {tv:.4f} "
            f"| {grid:+.1f} | {stroke:.1f} | {flicker:.2f} | {step / max(1e-9, first_step):.2f} |"
        )
    return "\n".join(lines)


def _numbers(score: Score) -> list[float]:
    return list(asdict(score).values())[2:]


def read_scores(path: Path) -> list[Score]:
    """Rows written earlier, none if there is no file. Raises TrainingError if it holds other columns."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != [f.name for f in fields(Score)]:
            raise TrainingError(f"{path} has other columns than this command writes. Choose another --out.")
        return [Score(row.pop("name"), int(row.pop("seed")), **{k: float(v) for k, v in row.items()}) for row in reader]


def _write(scores: Sequence[Score], path: Path) -> None:
    with atomic_path(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Score)])
        writer.writeheader()
        writer.writerows(asdict(score) for score in scores)


def _grid(pictures: Tensor) -> float:
    return max(torch.tensor([list(metrics.grid(p).values()) for p in pictures]).mean(0).tolist())


def main(argv: list[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m stylize.training.evaluation.ablation", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--photos", required=True)
    add_paintings(parser, "the paintings of the shipped painter")
    parser.add_argument("--others", help="other paintings, for the rows on transfer")
    parser.add_argument("--models", type=Path, default=MODELS, help="the shipped painter")
    parser.add_argument("--loss-weights", help="vgg16, squeezenet1_1 or a state dict; default $STYLIZE_LOSS_WEIGHTS")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--crop", type=int, default=192)
    parser.add_argument("--only", nargs="+", help="names of variants")
    parser.add_argument("--seeds", type=int, nargs="+", default=[TrainConfig.seed], help="one row each (default 1)")
    add_threads(parser)
    arguments = parser.parse_args(argv)
    try:
        torch.set_num_threads(arguments.threads)
        network = load_loss_network(arguments.loss_weights, ours=False)
        study = Study(arguments.photos, arguments.paintings, arguments.others, arguments.models, network)
        arguments.out.mkdir(parents=True, exist_ok=True)
        scores = read_scores(arguments.out / "rows.csv")
        done = {(score.name, score.seed) for score in scores}
        for seed, variant in itertools.product(dict.fromkeys(arguments.seeds), VARIANTS):
            wanted = variant.name in (arguments.only or [variant.name]) and (study.others or not variant.others)
            if (variant.name, seed) in done or not wanted:
                continue
            budget = TrainConfig(steps=arguments.steps, crop=arguments.crop, warm=arguments.steps // 10, seed=seed)
            trainer, step = study.train(variant, budget)
            score, shown = study.score(variant, trainer, step)
            ids = [painting.id for painting in trainer.paintings]
            chosen = [i for i, name in enumerate(ids) if name in SHOWN] or range(min(4, len(ids)))
            pictures = [study.held_out[-1], *(shown[i] for i in chosen)]
            place = f"{VARIANTS.index(variant):02}_{seed}.png"
            sheet = contact_sheet([to_image(p) for p in pictures], len(pictures), heading=variant.name)
            imaging.write(sheet, arguments.out / place)
            scores.append(score)
            _write(scores, arguments.out / "rows.csv")
            sheets = [open_rgb(path) for path in sorted(arguments.out.glob(f"[0-9][0-9]_{arguments.seeds[0]}.png"))]
            if sheets:
                imaging.write(contact_sheet(sheets, columns=1), arguments.out / "all.png")
        print(table(scores))
    except StylizeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
