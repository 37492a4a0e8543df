"""What goes wrong when an artist's hand is learnt, noticed while it happens and said.

Paintings that no longer show their photos (collapse), pixels far beyond what a picture can hold (saturation), and a
loss that is no number end the run: its last checkpoint is from before. A discriminator that tells nearly all apart (it
wins) gives no direction any more; it waits until the painter has caught up.
"""

from __future__ import annotations

import logging
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylize.errors import TrainingError

RUNNING = 0.1  # share of the last step in running means
LEAST_LIKENESS = 0.2  # below it paintings do not show their photos
MAX_OUT_OF_RANGE = 0.2  # share of pixels far beyond 0..1
LEAST_LOSS = 0.3  # of a discriminator that goes on learning; one that guesses has 2
BLOCK = 16  # pixels over which light is averaged for the likeness
SETTLED = 10  # steps before a running mean says anything
ADVICE = "The last good checkpoint is kept; remove it, and start again with a smaller --adversarial or --rate."

_log = logging.getLogger(__name__)


class Signs(NamedTuple):
    """What a step of the painter shows."""

    likeness: float  # correlation of the light of painting and photo at large, mean over the batch
    out_of_range: float  # share of values more than half a range beyond 0..1
    total: float  # loss

    @classmethod
    @torch.no_grad()
    def of(cls, painted: Tensor, unlimited: Tensor, photos: Tensor, total: Tensor) -> Signs:
        """The signs of `painted` (`unlimited`: before it was limited) and its `photos`, all [N, 3, S, S]."""
        a, b = (F.avg_pool2d(x.float().mean(1, keepdim=True), BLOCK).flatten(1) for x in (painted, photos))
        a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
        scale = (a.square().sum(1) * b.square().sum(1)).sqrt()
        likeness = ((a * b).sum(1) + 1e-6) / (scale + 1e-6)  # an even photo is like whatever is even
        out_of_range = (unlimited.float() - 0.5).abs().gt(1).float().mean()
        return cls(likeness.mean().item(), out_of_range.item(), total.item())


class Guards:
    """Running means of the signs, and how often the discriminator had to wait."""

    def __init__(self) -> None:
        self.likeness, self.out_of_range, self.loss = 1.0, 0.0, 2.0
        self.seen = self.waited = 0
        self.winning = False

    def check(self, signs: Signs, step: int) -> None:
        """Take note of a step of the painter. Raises TrainingError if it shows that the run has gone wrong."""
        self.seen += 1
        self.likeness += RUNNING * (signs.likeness - self.likeness)
        self.out_of_range += RUNNING * (signs.out_of_range - self.out_of_range)
        if not math.isfinite(signs.total):
            raise TrainingError(f"Training diverged at step {step} (loss {signs.total}). {ADVICE}")
        if self.seen < SETTLED:
            return
        if self.likeness < LEAST_LIKENESS:
            raise TrainingError(
                f"The paintings collapsed at step {step}: they no longer show their photos (likeness "
                f"{self.likeness:.2f}). {ADVICE}"
            )
        if self.out_of_range > MAX_OUT_OF_RANGE:
            raise TrainingError(
                f"The paintings are saturated at step {step}: {self.out_of_range:.0%} of their values are far out of "
                f"range. {ADVICE}"
            )

    def waits(self, loss: float, step: int) -> bool:
        """Whether the discriminator, which had this `loss`, learns nothing from this step because it wins."""
        self.loss += RUNNING * (loss - self.loss)
        wins = self.loss < LEAST_LOSS
        if wins and not self.winning:
            _log.warning("step %d: the discriminator wins (loss %.2f); it waits for the painter", step, self.loss)
        self.winning = wins
        self.waited += wins
        return wins

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        vars(self).update(state)
