"""One run that learns an artist's hand from many works: a style vector, or a copy of the painter as well.

Transfer learning: the painter and a style are given, and go on learning. What the works say is told in one of three
ways (`STYLE_LOSSES`): by a discriminator that sees patches of them (Goodfellow et al. 2014,
https://arxiv.org/abs/1406.2661; for an artist Sanakoyeu et al. 2018, https://arxiv.org/abs/1807.10201) beside a weak
style loss, by their averaged Gram matrices, or by those of another work for every picture.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from stylize.errors import TrainingError
from stylize.imaging.contact_sheet import contact_sheet
from stylize.training.data.images import to_image, to_tensor
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.data.works import WORK_SIZE, Works
from stylize.training.device import autocast
from stylize.training.digest import digest
from stylize.training.losses.adversarial import augmented, discriminator_loss, painter_loss, told_apart
from stylize.training.losses.perceptual import (
    SCALE_WEIGHTS,
    SCALES,
    STYLE_WEIGHT,
    StyleTarget,
    averaged_target,
    check_scales,
    style_target,
)
from stylize.training.losses.training_loss import JITTER, PaintedLosses, TrainingLoss, check_crop
from stylize.training.models.discriminator import Discriminator
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.painter import Painter, limited, paint
from stylize.training.schedule import restore, warmup_stable_decay
from stylize.training.tasks.artist_guards import Guards, Signs

ADVERSARIAL, AVERAGED, ALTERNATING = STYLE_LOSSES = ("adversarial", "averaged", "alternating")
WARM = 20  # the painter's rates rise over one step in so many
COOL = 0.4  # share of the steps in which they fall to zero
BALANCE_EVERY = 10  # steps of the painter between two looks at how hard the discriminator pulls
MAX_BALANCE = 30.0  # a discriminator that says nothing is not listened to any harder
SCALING = 8  # patches of works from which the discriminator knows how large features are


@dataclass(frozen=True)
class ArtistConfig:
    """How an artist's hand is learnt. What was tried is told in docs/artists.md."""

    steps: int = 600
    batch: int = 4  # photos a step, and patches of works
    crop: int = 256  # pixels
    work_size: int = WORK_SIZE  # shorter side at which works are seen, pixels
    style_loss: str = ADVERSARIAL  # or "averaged" or "alternating": Gram losses alone
    anchor: float = 0.25  # share of the usual style weight that stays beside the discriminator
    adversarial: float = 1.0  # how hard the discriminator pulls: times what was taken from the style loss
    several: int = 4  # works whose Gram matrices are averaged for that share, others at every step
    warm_up: int = 60  # steps that the discriminator takes first, alone
    rate: float = 1e-2  # of the style vector
    weight_rate: float = 2e-4  # of the painter's weights, when they are learnt too
    discriminator_rate: float = 5e-3  # with 1e-3 it is at chance from the first steps of the painter on
    average: float = 0.98  # of the moving average that is kept: the share of what was before, a step
    all_weights: bool = False  # every weight of a copy of the painter, not the style vector alone
    seed: int = 1


class ArtistLosses(NamedTuple):
    """What a step found: means over the batch. Without a discriminator its two are not numbers."""

    style: float
    content: float
    discriminator: float
    told_apart: float  # share of its answers that were right


class ArtistTrainer:
    """A run in progress: what is learnt, its moving average, the discriminator, their optimisers, the guards."""

    def __init__(
        self,
        painter: Painter,
        vector: Tensor,
        works: Works,
        photos: Photos,
        network: LossNetwork,
        config: ArtistConfig,
        *,
        device: torch.device,
    ) -> None:
        """Start from `vector` [style_size]. Raises TrainingError for a config that cannot be."""
        _check(config, painter, network)
        torch.manual_seed(config.seed)
        self.digest = digest(vector, *painter.parameters(), *(path.name for path in works.paths))
        self.config, self.works, self.photos, self.device = config, works, photos, device
        self.painter = deepcopy(painter).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.painter.requires_grad_(config.all_weights)
        self.loss = TrainingLoss(network.to(device), pad=painter.pad)
        self.vector = vector.clone().to(device).requires_grad_()
        self.average_vector = self.vector.detach().clone()
        self.average_painter = deepcopy(self.painter).requires_grad_(False)
        self.target = works_target(network, works)
        if config.style_loss == AVERAGED:
            self.target = averaged_target(self.target)
        patches = works.patches(0, SCALING, config.crop, config.seed + 1).to(device)
        self.discriminator = Discriminator(network, patches, grey=works.grey).to(device)
        groups = [{"params": [self.vector], "lr": config.rate}]
        if config.all_weights:
            groups.append({"params": list(self.painter.parameters()), "lr": config.weight_rate})
        self.optimizer = torch.optim.Adam(groups, betas=(0.5, 0.99))
        painting = config.steps - self.warm_up
        self.scheduler = warmup_stable_decay(self.optimizer, painting, max(1, painting // WARM), COOL * painting)
        self.discriminator_optimizer = torch.optim.Adam(
            self.discriminator.trained(), config.discriminator_rate, (0.5, 0.99)
        )
        self.guards = Guards()
        self.balance = 0.0  # weight with which the discriminator pulls as hard as the style loss
        self.step = 0

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    @property
    def warm_up(self) -> int:
        """The steps that the discriminator takes alone: none where there is no discriminator."""
        return self.config.warm_up if self.config.style_loss == ADVERSARIAL else 0

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """The photos of a step, plain and with grain, [2, N, 3, S, S], and as many patches of works [N, 3, S, S]."""
        config = self.config
        photos = self.photos.crops(step, config.batch, config.crop, Augmentation(), config.seed)
        return torch.stack(photos), self.works.patches(step, config.batch, config.crop, config.seed)

    def training_step(self, photos: Tensor, patches: Tensor) -> ArtistLosses:
        """One step on crops and patches: of the painter, once the warm-up is over, then of the discriminator."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        style = content = float("nan")
        if self.step < self.warm_up:
            with torch.no_grad(), autocast(self.device):
                plain, grained = photos.to(self.device)
                painted = limited(paint(self.painter, plain, self.vector[None], grained, self.painter.pad))
        else:
            found = self._painter_step(photos[0], photos[1], generator)
            painted = found.painted.detach()
            style, content = (part.mean().item() for part in (found.perceptual.style, found.perceptual.content))
        answers = (float("nan"),) * 2
        if self.config.style_loss == ADVERSARIAL:
            answers = self._discriminator_step(patches.to(self.device), painted, generator)
        self.step += 1
        return ArtistLosses(style, content, *answers)

    def _painter_step(self, photos: Tensor, grained: Tensor, generator: torch.Generator) -> PaintedLosses:
        config = self.config
        offset = torch.randint(JITTER, (2,), generator=generator).tolist()
        target = self._target(len(photos), generator)
        found = self.loss(self.painter, photos, grained, self.vector[None], target, tuple(offset))
        share = config.anchor if config.style_loss == ADVERSARIAL else 1.0
        total = (found.perceptual.total(share * STYLE_WEIGHT) + found.artifacts()).mean()
        if config.style_loss == ADVERSARIAL:
            with autocast(self.device):
                adversarial = painter_loss(self.discriminator(augmented(found.painted, generator)))
            self._rebalance(STYLE_WEIGHT * found.perceptual.style.mean(), adversarial)
            total = total + config.adversarial * (1 - share) * self.balance * adversarial
        self.guards.check(Signs.of(found.painted, found.unlimited, found.photos, total), self.step)
        self.optimizer.zero_grad(set_to_none=True)
        self.discriminator.zero_grad(set_to_none=True)
        total.backward()
        self.optimizer.step()
        self.scheduler.step()
        self._average()
        return found

    def _rebalance(self, style: Tensor, adversarial: Tensor) -> None:
        """Now and then, measure how hard both losses pull at the vector (Esser et al. 2021, section 3.2,
        https://arxiv.org/abs/2012.09841): the weight that an artist needs differs from the next one's.
        """
        if (self.step - self.warm_up) % BALANCE_EVERY:
            return
        pulls = [torch.autograd.grad(loss, self.vector, retain_graph=True)[0].norm() for loss in (style, adversarial)]
        ratio = min(MAX_BALANCE, (pulls[0] / pulls[1].clamp_min(1e-8)).item())
        self.balance = ratio if not self.balance else self.balance + 0.3 * (ratio - self.balance)

    def _discriminator_step(self, patches: Tensor, painted: Tensor, generator: torch.Generator) -> tuple[float, float]:
        with autocast(self.device):
            seen = augmented(torch.cat([patches, painted.float()]), generator)
            pairs = [answers.chunk(2) for answers in self.discriminator(seen)]
        real, false = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        loss = discriminator_loss(real, false)
        if not self.guards.waits(loss.item(), self.step):
            self.discriminator_optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.discriminator_optimizer.step()
        return loss.item(), told_apart(real, false)

    def _target(self, count: int, generator: torch.Generator) -> StyleTarget:
        """What the style loss of each of `count` pictures compares with."""
        number = len(self.target.norms[0])
        if self.config.style_loss != ADVERSARIAL:
            return self.target.pick(torch.randint(number, (count,), generator=generator))
        chosen = torch.randperm(number, generator=generator)[: self.config.several]
        return averaged_target(self.target.pick(chosen)).pick(torch.zeros(count, dtype=torch.long))

    @torch.no_grad()
    def _average(self) -> None:
        taken = self.step - self.warm_up
        share = 1 - min(self.config.average, (1 + taken) / (10 + taken))
        self.average_vector.lerp_(self.vector, share)
        if self.config.all_weights:
            for mean, weight in zip(self.average_painter.parameters(), self.painter.parameters(), strict=True):
                mean.lerp_(weight, share)

    @torch.no_grad()
    def samples(self, photos: list[Tensor]) -> Image.Image:
        """Each photo [3, H, W] in its own row, as it is and as it is painted now."""
        cells = []
        for photo in photos:
            painted = paint(self.average_painter, photo[None].to(self.device), self.average_vector[None])
            cells += [to_image(photo), to_image(painted[0])]
        return contact_sheet(cells, columns=2)

    def _identity(self) -> dict[str, Any]:
        return {"config": asdict(self.config) | {"steps": 0}, "digest": self.digest}

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        state = {
            "of": self._identity(),
            "step": self.step,
            "vector": self.vector.detach(),
            "average_vector": self.average_vector,
            "optimizer": self.optimizer.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "guards": self.guards.state_dict(),
            "balance": self.balance,
        }
        if self.config.all_weights:
            state |= {"painter": self.painter.state_dict(), "average_painter": self.average_painter.state_dict()}
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises TrainingError if it is of other works, another start or other options."""
        if state["of"] != self._identity():
            raise TrainingError("it was trained with other works, from another start, or with other options")
        restore(self.optimizer, self.scheduler, state["optimizer"], max(0, state["step"] - self.warm_up))
        self.discriminator.load_state_dict(state["discriminator"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.guards.load_state_dict(state["guards"])
        with torch.no_grad():
            self.vector.copy_(state["vector"])
            self.average_vector.copy_(state["average_vector"])
        if self.config.all_weights:
            self.painter.load_state_dict(state["painter"])
            self.average_painter.load_state_dict(state["average_painter"])
        self.balance, self.step = state["balance"], state["step"]


@torch.no_grad()
def works_target(network: LossNetwork, works: Works) -> StyleTarget:
    """The Gram matrices of each work, one after the other: hundreds of works do not fit into memory together."""
    with autocast(next(network.parameters()).device):
        each = [style_target(network, [[to_tensor(works.image(path))]], SCALES, SCALE_WEIGHTS) for path in works.paths]
    grams = [torch.cat(layer) for layer in zip(*(target.grams for target in each), strict=True)]
    norms = [torch.cat(layer) for layer in zip(*(target.norms for target in each), strict=True)]
    return each[0]._replace(grams=grams, norms=norms)


def _check(config: ArtistConfig, painter: Painter, network: LossNetwork) -> None:
    check_crop(config.crop, painter.pad)
    check_scales(SCALES, config.crop - JITTER, "A crop", network)
    if config.style_loss not in STYLE_LOSSES:
        raise TrainingError(f"{config.style_loss!r} is no style loss; there are {', '.join(STYLE_LOSSES)}.")
    if config.crop > config.work_size:
        raise TrainingError(
            f"A patch of {config.crop} px does not fit into works of {config.work_size} px. Give a smaller --crop or "
            "a larger --work-size."
        )
    if config.style_loss == ADVERSARIAL and config.warm_up >= config.steps:
        raise TrainingError(f"--warm-up of {config.warm_up} leaves none of {config.steps} steps. Give more --steps.")
