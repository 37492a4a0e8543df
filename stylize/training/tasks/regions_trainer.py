"""One run of the regions network: it learns from photos what larger networks, the teachers, say of them.

First the decoder learns from single places of many photos, with the trunk as it is: a thousand times cheaper than whole
photos, whose places are much alike. Then the whole network learns from crops.

Each output has its loss (knowledge distillation: Hinton et al. 2015, https://arxiv.org/abs/1503.02531):

    subject  cross entropy with the teacher's soft mask, and one minus their soft IoU, which counts small subjects as
             much as large ones
    classes  cross entropy with the teacher's probabilities
    faces    cross entropy that fades where the answer is sure, and around a face (Law and Deng 2018,
             https://arxiv.org/abs/1808.01244); minus the logarithm of the boxes' IoU (Yu et al. 2016,
             https://arxiv.org/abs/1608.01471)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stylize.errors import TrainingError
from stylize.training.data.region_crops import RegionPhotos, RegionTargets
from stylize.training.device import autocast
from stylize.training.models.regions import Found, Regions
from stylize.training.schedule import restore, warmup_stable_decay

PLACES_STEP = 2**31  # the crops of which places are taken are those of other steps
PLACES_BATCH, PLACES_RATE = 4096, 3e-3  # places of a step, and Adam's rate
NEAR_FACE = 0.05  # value of the face target from which all samples are learnt from
CORE = 1.0  # value of the face target at a face's core
MAX_GRADIENT = 5.0  # norm to which gradients are clipped
SMOOTH = 1e-3  # share of the picture that is added to both areas of a soft IoU
CLASSES_WEIGHT, FACES, SIDES = 2.0, 0.1, 0.2  # faces are few and their losses large: more would drown the others


@dataclass(frozen=True)
class RegionsConfig:
    """How the network learns. The rate rises, and falls to zero over the last part."""

    steps: int = 3000
    place_crops: int = 1600  # crops of which places are taken first
    places: int = 192  # of each crop, and those at faces
    rounds: int = 30  # passes over all places
    batch: int = 8
    rate: float = 8e-4  # of Adam, for the layers that start from random numbers
    trunk: float = 0.25  # of that rate, for those that start from the teacher's
    frozen: int = 2  # blocks of the trunk, from the first, that stay as they are
    warm: int = 20  # steps of rising rate
    cool: float = 0.8  # share of the steps in which the rate falls to zero
    decay: float = 1e-2  # of the weights, as AdamW counts it
    at_faces: float = 0.0  # share of the crops that are at a face, which is of any size there
    only_faces: bool = False  # whether all but the layers that find faces stays as it is
    average: float = 0.98  # the result is the mean of the weights over about 1 / (1 - average) steps
    seed: int = 1


class RegionsLoss(NamedTuple):
    """The parts of the loss, each already weighted."""

    subject: Tensor
    classes: Tensor
    faces: Tensor
    sides: Tensor


class RegionsTrainer:
    """A run in progress. `transferred` says that the trunk's weights are the teacher's."""

    def __init__(
        self,
        network: Regions,
        photos: RegionPhotos,
        config: RegionsConfig,
        *,
        transferred: bool,
        device: torch.device,
    ) -> None:
        self.config, self.photos, self.device, self.step = config, photos, device, 0
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        trunk = [weight for layer in network.trunk() for weight in layer.parameters()]
        known = {id(weight) for weight in trunk}
        new = [weight for weight in network.parameters() if id(weight) not in known]
        if transferred:
            for weight in network.lowest(config.frozen):
                weight.requires_grad_(False)
        if config.only_faces:
            for name, weight in network.named_parameters():
                weight.requires_grad_(name.startswith("faces."))
            new = [weight for weight in new if weight.requires_grad]
        share = config.trunk if transferred else 1.0
        learning = [weight for weight in trunk if weight.requires_grad]
        groups = [{"params": learning, "lr": config.rate * share}] if learning else []
        groups.append({"params": new, "lr": config.rate})
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=config.decay)
        self.scheduler = warmup_stable_decay(self.optimizer, config.steps, config.warm, config.cool * config.steps)
        self._average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.average), use_buffers=False)

    def learn_from_places(self, progress: Callable[[], object] = lambda: None) -> RegionsLoss:
        """Fit the decoder to single places, before the first step; returns the last loss."""
        config = self.config
        seen: list[Tensor] = []
        wanted: list[Tensor] = []
        for number in range(-(-config.place_crops // config.batch)):
            pixels, targets = self.photos.crops(PLACES_STEP + number, config.batch, config.seed)
            with torch.no_grad():
                maps = self.network.at_places(pixels.to(self.device, memory_format=torch.channels_last))
            for one, target in zip(maps.cpu(), targets, strict=True):
                kept = _chosen_places(target, config.places, config.seed * 1_000_003 + len(seen))
                seen.append(one.flatten(1)[:, kept].t().half())
                wanted.append(target.flatten(1)[:, kept].t())
            progress()
        return self._fit(torch.cat(seen), torch.cat(wanted))

    def _fit(self, seen: Tensor, wanted: Tensor) -> RegionsLoss:
        parts = self.network.views, self.network.narrow, self.network.heads, self.network.faces
        decoder = [weight for part in parts for weight in part.parameters()]
        steps = self.config.rounds * -(-len(seen) // PLACES_BATCH)
        optimizer = torch.optim.AdamW(decoder, PLACES_RATE, betas=(0.9, 0.99), weight_decay=self.config.decay)
        scheduler = warmup_stable_decay(optimizer, steps, steps // 20, self.config.cool * steps)
        generator = torch.Generator().manual_seed(self.config.seed)
        loss = RegionsLoss(*torch.zeros(4))
        for _ in range(self.config.rounds):
            for rows in torch.randperm(len(seen), generator=generator).split(PLACES_BATCH):
                found = self.network.from_places(seen[rows].float().to(self.device))
                targets = wanted[rows].to(self.device).t()[None, :, None]
                loss = regions_loss(found, RegionTargets.of(targets))
                optimizer.zero_grad(set_to_none=True)
                torch.stack(loss).sum().backward()
                optimizer.step()
                scheduler.step()
        return RegionsLoss(*(part.detach().cpu() for part in loss))

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    @property
    def averaged(self) -> Regions:
        """The network with its weights averaged over the last steps: what a run is for."""
        return cast(Regions, self._average.module) if self._average.n_averaged else self.network

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """Photos [N, 3, H, W] of a step and their targets in one tensor [N, 27, h, w]."""
        return self.photos.crops(step, self.config.batch, self.config.seed, self.config.at_faces)

    def training_step(self, photos: Tensor, targets: Tensor) -> RegionsLoss:
        """One optimiser step."""
        photos = photos.to(self.device, memory_format=torch.channels_last)
        # on a CPU, convolutions in each channel go back slower in bfloat16 than in float32
        with autocast(self.device) if self.device.type != "cpu" else nullcontext():
            found = self.network(photos)
        loss = regions_loss(Found(*(part.float() for part in found)), RegionTargets.of(targets.to(self.device)))
        total = torch.stack(loss).sum()
        if not torch.isfinite(total):
            raise TrainingError(f"Training diverged at step {self.step}. Use a smaller --rate and another --out.")
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_([w for w in self.network.parameters() if w.requires_grad], MAX_GRADIENT)
        self.optimizer.step()
        self.scheduler.step()
        self._average.update_parameters(self.network)
        self.step += 1
        return RegionsLoss(*(part.detach().cpu() for part in loss))

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {
            "regions": self.network.state_dict(),
            "average": self._average.state_dict(),
            "shape": self.network.shape,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "settings": asdict(self.config),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises ValueError if it is of another network."""
        if state["shape"] != self.network.shape:
            raise ValueError(f"its network is of the shape {state['shape']}")
        self.network.load_state_dict(state["regions"])
        self._average.load_state_dict(state["average"])
        restore(self.optimizer, self.scheduler, state["optimizer"], state["step"])
        self.step = state["step"]


def _chosen_places(target: Tensor, count: int, seed: int) -> Tensor:
    """Which samples of a target [27, h, w] are learnt from: some at random, and those in and around faces."""
    generator = torch.Generator().manual_seed(seed)
    faces = RegionTargets.of(target[None]).faces.flatten()
    kept = torch.rand(len(faces), generator=generator) < count / len(faces)
    return (kept | (faces > NEAR_FACE)).nonzero()[:, 0]


def regions_loss(found: Found, wanted: RegionTargets) -> RegionsLoss:
    """How far the network is from the teachers, means over the pictures."""
    subject = F.binary_cross_entropy_with_logits(found.subject, wanted.subject)
    mask = found.subject.sigmoid()
    common = (mask * wanted.subject).mean((1, 2, 3))
    union = (mask + wanted.subject - mask * wanted.subject).mean((1, 2, 3))
    subject = subject + (1 - (common + SMOOTH) / (union + SMOOTH)).mean()
    classes = F.cross_entropy(found.classes, wanted.classes)
    core = wanted.faces >= CORE
    chance = found.faces.sigmoid()
    sure = torch.where(core, (1 - chance) ** 2, chance**2 * (1 - wanted.faces) ** 4)
    miss = F.binary_cross_entropy_with_logits(found.faces, core.float(), reduction="none")
    faces = (sure * miss).sum() / core.sum().clamp_min(len(chance))
    return RegionsLoss(subject, CLASSES_WEIGHT * classes, FACES * faces, SIDES * _side_loss(found.sides, wanted.sides))


def _side_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Minus the logarithm of the IoU, mean over the samples at the faces' cores."""
    area_found, area_wanted = ((x[:, 0] + x[:, 2]) * (x[:, 1] + x[:, 3]) for x in (found, wanted))
    least = torch.minimum(found, wanted)
    common = (least[:, 0] + least[:, 2]) * (least[:, 1] + least[:, 3])
    loss = -torch.log((common + 1) / (area_found + area_wanted - common + 1))
    inside = (area_wanted > 0).float()
    return (loss * inside).sum() / inside.sum().clamp_min(1)
