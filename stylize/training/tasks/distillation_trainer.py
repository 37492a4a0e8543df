"""One run of a distillation: a small network learns the features and Gram matrices of a larger one.

The student is our own `Vgg`: as wide as the teacher at the layers that are kept (relu1_1, relu2_1, ...), with one
convolution between two of them, and started from random numbers. It learns from photos and paintings at many scales
(knowledge distillation by feature regression: Romero et al. 2015, https://arxiv.org/abs/1412.6550).

First each block, from one kept layer to the next, learns by itself, from the teacher's features: that is a shallow
problem, and quick. Then the whole learns, and beside the crops it sees rollouts: pictures on their way from a photo to
a painting, which the student's own gradient leads. Where optimisation would exploit an error of the student, the
student is shown that very picture and what the teacher says of it (as in DAgger, Ross et al. 2011,
https://arxiv.org/abs/1011.0686).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from stylize.errors import TrainingError
from stylize.training.data.photos import Augmentation, Photos
from stylize.training.device import autocast
from stylize.training.losses.perceptual import gram
from stylize.training.models.loss_network import LossNetwork
from stylize.training.models.student_loss_network import forward_blockwise, new_student
from stylize.training.muon import Muon
from stylize.training.schedule import restore, warmup_stable_decay

ROLLOUTS = 16  # pictures on their way from a photo to a painting
ROLLOUT_LENGTH = 40  # steps of a rollout, on average
STEP_SIZES = (0.005, 0.05)  # root mean square of a rollout's step, pixels in 0..1
BIAS_RATE = 4.0  # step of a bias, in steps of its layer's weights
MUON_STEP = 0.2  # root mean square of Muon's own step at the rate 1
MIXED, NOISY = 0.2, 0.25  # shares of the pictures that are mixed with another, and that get noise
NOISE = 0.2  # its largest deviation
PHOTOS = Augmentation(zoom=0.3, jitter=0.3)
PAINTINGS = Augmentation(zoom=0.15, jitter=0.3)


@dataclass(frozen=True)
class DistilConfig:
    """How the student learns; one step sees so many crops of each kind."""

    steps: int = 5000
    photo_crops: int = 3
    painting_crops: int = 3
    rollouts: int = 2
    crop: int = 160  # pixels
    rate: float = 1e-2  # peak size of a step relative to a layer's first weights
    blockwise: float = 0.85  # share of the steps in which each block learns by itself
    gram: float = 1.0  # weight of the Gram matrices beside the features
    warm: int = 100  # steps of rising rate
    cool: float = 0.7  # share of the steps in which the rate falls to zero
    seed: int = 1


class DistillationLoss(NamedTuple):
    """How far the student is from the teacher, one number a layer [L], each relative to the teacher's own size."""

    features: Tensor
    grams: Tensor


class DistillationTrainer:
    """A run in progress: the student, its optimisers, the rollouts, and what is needed to go on."""

    def __init__(
        self,
        teacher: LossNetwork,
        photos: Photos,
        paintings: Photos,
        config: DistilConfig,
        *,
        device: torch.device,
    ) -> None:
        self.config, self.photos, self.paintings, self.device = config, photos, paintings, device
        self.teacher = teacher.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.step = 0
        student = new_student(teacher, torch.cat(self.crops(0)).to(device))
        self.student = student.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = self._optimizers()
        self.schedulers = [
            warmup_stable_decay(optimizer, config.steps, config.warm, config.cool * config.steps)
            for optimizer in self.optimizers
        ]
        self.rollouts = torch.zeros(ROLLOUTS, 3, config.crop, config.crop)  # where each is now
        self.goals = torch.zeros_like(self.rollouts)  # the painting that each goes to

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        """Muon for the weights, Adam for the biases; a layer's rate grows with its weights, which differ a lot."""
        muon, adam = [], []
        for name, weight in self.student.named_parameters():
            if weight.ndim == 4:
                step = self.config.rate * weight.detach().square().mean().sqrt().item()
                muon.append({"params": [weight], "lr": step / MUON_STEP})
                bias = self.student.get_parameter(name.replace("weight", "bias"))
                adam.append({"params": [bias], "lr": step * BIAS_RATE})
        return [Muon(muon, 0.0), torch.optim.Adam(adam, betas=(0.9, 0.99))]

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.config.steps

    @property
    def blockwise(self) -> bool:
        """Whether the blocks of the student still learn by themselves."""
        return self.step < self.config.blockwise * self.config.steps

    def crops(self, step: int) -> tuple[Tensor, Tensor]:
        """Photos [N, 3, S, S] and paintings [M, 3, S, S] of a step."""
        config = self.config
        return (
            self.photos.crops(step, config.photo_crops, config.crop, PHOTOS, config.seed)[0],
            self.paintings.crops(step, config.painting_crops, config.crop, PAINTINGS, config.seed)[0],
        )

    def training_step(self, photos: Tensor, paintings: Tensor) -> DistillationLoss:
        """One optimiser step on the crops of a step and on some rollouts."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        rollouts = photos[:0] if self.blockwise else self._next_rollouts(photos, paintings, generator)
        batch = torch.cat([_augmented(torch.cat([photos, paintings]), generator), rollouts])
        batch = batch.to(self.device, memory_format=torch.channels_last)
        with autocast(self.device):
            with torch.no_grad():
                wanted = self.teacher(batch)
            got = forward_blockwise(self.student, batch, wanted) if self.blockwise else self.student(batch)
        found = distillation_loss(got, wanted)
        total = found.features.sum() + self.config.gram * found.grams.log1p().sum()
        if not torch.isfinite(total):
            raise TrainingError(f"Distillation diverged at step {self.step}. Use a smaller --rate and another --out.")
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        total.backward()
        for optimizer, scheduler in zip(self.optimizers, self.schedulers, strict=True):
            optimizer.step()
            scheduler.step()
        self.step += 1
        return DistillationLoss(found.features.detach().cpu(), found.grams.detach().cpu())

    def _next_rollouts(self, photos: Tensor, paintings: Tensor, generator: torch.Generator) -> Tensor:
        """Move the next few rollouts one step down the student's style loss; one starts anew now and then."""
        count = min(self.config.rollouts, ROLLOUTS)
        places = torch.arange(self.step * count, (self.step + 1) * count) % ROLLOUTS
        unused = self.goals[places].flatten(1).amax(1) == 0
        anew = unused | (torch.rand(count, generator=generator) < 1 / ROLLOUT_LENGTH)
        for place in places[anew].tolist():
            photo, painting = (int(torch.randint(len(x), (), generator=generator)) for x in (photos, paintings))
            self.rollouts[place], self.goals[place] = photos[photo], paintings[painting]
        if not count:
            return self.rollouts[:0]
        low, high = STEP_SIZES
        step = low * (high / low) ** torch.rand(count, 1, 1, 1, generator=generator)
        pixels = self.rollouts[places].to(self.device, memory_format=torch.channels_last).requires_grad_()
        with autocast(self.device):
            with torch.no_grad():
                goals = self.student(self.goals[places].to(self.device))
            features = self.student(pixels)
        loss = _gram_distance([gram(f) for f in features], [gram(f) for f in goals]).sum()
        (gradient,) = torch.autograd.grad(loss, [pixels])
        size = gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
        moved = (pixels.detach() - step.to(self.device) * gradient / size).clamp(0, 1).cpu()
        self.rollouts[places] = moved
        return moved

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {
            "student": self.student.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "rollouts": self.rollouts,
            "goals": self.goals,
            "step": self.step,
            "settings": asdict(self.config),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises ValueError if it is of a run with other crops."""
        if state["rollouts"].shape != self.rollouts.shape:
            raise ValueError(f"its crops are of {state['rollouts'].shape[-1]} pixels")
        self.student.load_state_dict(state["student"])
        for optimizer, scheduler, saved in zip(self.optimizers, self.schedulers, state["optimizers"], strict=True):
            restore(optimizer, scheduler, saved, state["step"])
        self.rollouts, self.goals, self.step = state["rollouts"], state["goals"], state["step"]


def distillation_loss(got: Sequence[Tensor], wanted: Sequence[Tensor]) -> DistillationLoss:
    """Features [N, C, H, W] of the student against the teacher's, layer by layer, means over the pictures."""
    features = [
        ((a.float() - b.float()).square().mean((1, 2, 3)) / b.float().square().mean((1, 2, 3)).clamp_min(1e-6)).mean()
        for a, b in zip(got, wanted, strict=True)
    ]
    grams = [_gram_distance([gram(a)], [gram(b)]).mean() for a, b in zip(got, wanted, strict=True)]
    return DistillationLoss(torch.stack(features), torch.stack(grams))


def _gram_distance(got: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """The style loss of Gram matrices [N, C, C], one list entry a layer: per picture [N]."""
    parts = [
        (a - b).square().sum((1, 2)) / b.square().sum((1, 2)).clamp_min(1e-6) for a, b in zip(got, wanted, strict=True)
    ]
    return torch.stack(parts).sum(0)


def _augmented(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Some of the pictures [N, 3, S, S] mixed with their neighbour, some with noise over them."""
    shape = (len(pixels), 1, 1, 1)
    chance, share, deviation = torch.rand(3, *shape, generator=generator)
    pixels = torch.lerp(pixels, pixels.roll(1, 0), share * (chance < MIXED))
    noisy = (chance > 1 - NOISY) * deviation**2 * NOISE
    return (pixels + noisy * torch.randn(pixels.shape, generator=generator)).clamp(0, 1)
