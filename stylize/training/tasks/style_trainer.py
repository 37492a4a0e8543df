"""Fit a style vector, or every weight of a copy of the painter, to one painting: what `teach` runs.

Transfer learning as in Dumoulin et al. 2017, section 3.2 (https://arxiv.org/abs/1610.07629): the trained convolutions
stay, scale and shift are learnt. With `all_weights` the convolutions are learnt on as well, at a smaller rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint, write_checkpoint
from stylize.training.data.paintings import STYLE_SIZES
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.digest import digest
from stylize.training.loop import resume, training_steps
from stylize.training.losses.perceptual import SCALE_WEIGHTS, SCALES, StyleTarget, check_scales, style_target
from stylize.training.losses.training_loss import JITTER, TrainingLoss, check_crop
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import Painter
from stylize.training.schedule import restore, warmup_stable_decay

EARLY_CHECKS = (5, 10)  # steps that are validated beside the regular ones, so that something shows at once
WARM = 10  # the rate rises over one step in so many


@dataclass(frozen=True)
class TeachConfig:
    """How a painting is taught. The learning rate rises over a tenth of the steps and falls to zero."""

    steps: int = 120
    batch: int = 3  # one more takes a third more time and ends no lower
    crop: int = 256  # pixels
    style_sizes: tuple[int, ...] = STYLE_SIZES  # shorter side of the painting, pixels; Gram matrices are averaged
    rate: float = 2e-2  # of the style vector
    weight_rate: float = 5e-4  # of the painter's weights, when they are learnt too
    check_every: int = 20  # steps between two validations, on photos that are not trained on
    patience: int = 4  # validations without a better loss after which teaching stops
    all_weights: bool = False  # every weight of a copy of the painter, not the style vector alone
    seed: int = 1


@dataclass(frozen=True)
class FitProgress:
    """The state after `step` steps: `loss` on the photos of validation, and what had the smallest, `best`, so far.

    That is the style vector [style_size] and the painter that it belongs to (the given one, or a copy).
    """

    step: int
    steps: int
    loss: float
    best: float
    vector: Tensor
    painter: Painter


class StyleTrainer:
    """A fit in progress: what is learnt, its optimiser, and the best so far."""

    def __init__(
        self,
        painter: Painter,
        vector: Tensor,
        painting: Sequence[Tensor],
        photos: Photos,
        network: LossNetwork,
        config: TeachConfig,
    ) -> None:
        """Start from `vector` [style_size]; `painting` is [3, H, W] at one or more sizes, or several paintings are."""
        self.digest = digest(*painting, *painter.parameters())
        check_crop(config.crop, painter.pad)
        check_scales(SCALES, config.crop - JITTER, "A crop", network)
        self.device = next(painter.parameters()).device
        self.painter = deepcopy(painter).to(memory_format=torch.channels_last)
        self.painter.requires_grad_(config.all_weights)
        self.photos, self.config = photos, config
        self.loss, self.validation_loss = (
            TrainingLoss(network.to(self.device), pad=painter.pad, jitter=jitter) for jitter in (JITTER, 0)
        )
        with torch.no_grad():
            self.target = style_target(network, [painting], SCALES, SCALE_WEIGHTS)
        self.vector = vector.clone().to(self.device).requires_grad_()
        groups = [{"params": [self.vector], "lr": config.rate}]
        if config.all_weights:
            groups.append({"params": list(self.painter.parameters()), "lr": config.weight_rate})
        self.optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
        warm = max(1, config.steps // WARM)
        self.scheduler = warmup_stable_decay(self.optimizer, config.steps, warm, config.steps - warm + 1)
        self.step, self.validated, self.bad_checks, self.best = 0, -1, 0, float("inf")
        self.best_vector, self.best_painter = vector.clone().cpu(), painter

    @property
    def steps(self) -> int:
        """All steps of the fit."""
        return self.config.steps

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The photos of a step, plain and with grain, each [N, 3, S, S]; step `steps` has those of validation."""
        config = self.config
        return self.photos.crops(step, config.batch, config.crop, Augmentation(), config.seed)

    def fit(self, checkpoint: Path | None = None, overwrite: bool = False) -> Iterator[FitProgress]:
        """Fit to the end, a validation at a time; close the iterator to stop. `checkpoint` is written at each.

        Raises TrainingError if the loss is not finite, or if the checkpoint cannot be read, or is of another painting
        or of other options and is not to `overwrite`.
        """
        if checkpoint is not None and checkpoint.exists():
            if self._is_mine(read_checkpoint(checkpoint)):
                resume(self, checkpoint)
            elif not overwrite:
                raise TrainingError(
                    f"{checkpoint} is the unfinished run of another painting or of other options. Give those again to "
                    "go on with it, or --overwrite to begin anew in its place."
                )
        photos = self.crops(self.steps)
        with closing(training_steps(self)) as steps:
            while True:
                regular = self.step % self.config.check_every == 0 or self.step >= self.steps
                if regular or self.step in EARLY_CHECKS:
                    loss = mean_loss(self.validation_loss, self.painter, self.vector, *photos, self.target)
                    if self.step != self.validated:  # a checkpoint was written after its validation
                        self._keep_best(loss, regular)
                    if checkpoint is not None:
                        write_checkpoint(self.state_dict(), checkpoint)
                    yield FitProgress(
                        self.step, self.steps, loss, self.best, self.best_vector, self.best_painter
                    )  # fmt: skip
                if self.bad_checks >= self.config.patience or self.step >= self.steps:
                    return
                next(steps)

    def _keep_best(self, loss: float, regular: bool) -> None:
        self.validated = self.step
        if loss < self.best:
            self.best, self.best_vector, self.bad_checks = loss, self.vector.detach().clone().cpu(), 0
            if self.config.all_weights:
                self.best_painter = deepcopy(self.painter).requires_grad_(False)
        elif regular:
            self.bad_checks += 1

    def training_step(self, photos: Tensor, grained: Tensor) -> float:
        """One optimiser step on crops of photos [N, 3, S, S]; returns the mean total loss."""
        offset = torch.randint(JITTER, (2,), generator=torch.Generator().manual_seed(self.step)).tolist()
        target = self.target.pick(torch.zeros(len(photos), dtype=torch.long))
        found = self.loss(self.painter, photos, grained, self.vector[None], target, tuple(offset))
        total = found.total().mean()
        if not torch.isfinite(total):
            raise TrainingError(f"Teaching diverged at step {self.step}; use a smaller --rate.")
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.step += 1
        return total.item()

    def _is_mine(self, state: dict[str, Any]) -> bool:
        """Whether a state is of this painting, painter and config."""
        return state.get("of") == self._identity()

    def _identity(self) -> dict[str, Any]:
        return {"config": asdict(self.config), "digest": self.digest}

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        state = {
            "of": self._identity(),
            "step": self.step,
            "bad_checks": self.bad_checks,
            "best": self.best,
            "vector": self.vector.detach(),
            "best_vector": self.best_vector,
            "optimizer": self.optimizer.state_dict(),
        }
        if self.config.all_weights:
            state |= {"painter": self.painter.state_dict(), "best_painter": self.best_painter.state_dict()}
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of this very fit."""
        restore(self.optimizer, self.scheduler, state["optimizer"], state["step"])
        with torch.no_grad():
            self.vector.copy_(state["vector"])
        if self.config.all_weights:
            self.painter.load_state_dict(state["painter"])
            self.best_painter = deepcopy(self.painter).requires_grad_(False)
            self.best_painter.load_state_dict(state["best_painter"])
        self.step, self.bad_checks, self.best = state["step"], state["bad_checks"], state["best"]
        self.best_vector, self.validated = state["best_vector"], self.step


@torch.no_grad()
def nearest(
    painter: Painter, known: Sequence[Tensor], painting: Sequence[Tensor], photos: Photos, network: LossNetwork
) -> Tensor:
    """The vector of `known` whose paintings come closest to `painting`, or their mean if that is closer."""
    device = next(painter.parameters()).device
    loss = TrainingLoss(network.to(device), pad=painter.pad, jitter=0)
    target = style_target(network, [painting], SCALES, SCALE_WEIGHTS)
    crops = photos.crops(0, 1, 256, Augmentation(), 0)
    candidates = [*known, torch.stack(list(known)).mean(0)]
    return min(candidates, key=lambda vector: mean_loss(loss, painter, vector.to(device), *crops, target))


@torch.no_grad()
def mean_loss(
    loss: TrainingLoss, painter: Painter, vector: Tensor, photos: Tensor, grained: Tensor, target: StyleTarget
) -> float:
    """The perceptual loss of `photos` [N, 3, H, W] (`grained`: with noise) painted with `vector`, their mean."""
    several = target.pick(torch.zeros(len(photos), dtype=torch.long))
    return float(loss(painter, photos, grained, vector[None], several).perceptual.total().mean())
