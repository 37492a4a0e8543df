"""The loss of a painted crop: what the loss network sees of it, and what a painter is charged for."""

from contextlib import nullcontext

import pytest
import torch

from stylize.errors import TrainingError
from stylize.training.losses import training_loss
from stylize.training.losses.artifacts import artifacts
from stylize.training.losses.perceptual import perceptual_losses, style_target
from stylize.training.losses.training_loss import TrainingLoss, check_crop
from stylize.training.models.loss_network import random_vgg
from stylize.training.models.painter import Painter, Shape, identity_vector

SHAPE = Shape(stem=8, trunk=16, blocks=1, head=8, eighth=16, sixteenth=16)


@pytest.fixture
def network():
    return random_vgg()


@pytest.fixture(autouse=True)
def in_float32(monkeypatch):
    """As on a CPU without bfloat16, which would hide small differences."""
    monkeypatch.setattr(training_loss, "autocast", lambda device: nullcontext())


def test_the_loss_network_sees_the_limited_crop_at_its_offset(network):
    photos, grained = torch.rand(2, 2, 3, 64, 64).unbind()
    target = style_target(network, [[photo] for photo in photos])
    loss = TrainingLoss(network, jitter=8, paint=lambda painter, pixels, vectors, grained, pad: 2 * pixels - 0.3)
    found = loss(Painter(SHAPE), photos, grained, identity_vector(SHAPE)[None], target, (3, 5))
    assert found.unlimited.max() > 1
    painted = (2 * photos - 0.3).clamp(0, 1)
    assert torch.equal(found.painted, painted)
    wanted = perceptual_losses(network, painted[..., 5:61, 3:59], photos[..., 5:61, 3:59], target)
    for got, expected in zip(found.perceptual, wanted, strict=True):
        torch.testing.assert_close(got, expected)
    torch.testing.assert_close(found.total(), wanted.total() + artifacts(painted, photos))


def test_without_jitter_the_whole_crop_is_seen(network):
    photos = torch.rand(1, 3, 64, 64)
    target = style_target(network, [[photos[0]]])
    identity = identity_vector(SHAPE)[None]
    assert TrainingLoss(network, jitter=0)(Painter(SHAPE), photos, photos, identity, target).perceptual.style < 1e-6
    assert TrainingLoss(network, jitter=8)(Painter(SHAPE), photos, photos, identity, target).perceptual.style > 1e-4


def test_a_crop_must_hold_its_reflection():
    check_crop(48)
    check_crop(32, 8)
    with pytest.raises(TrainingError, match="32 px of reflection do not fit around a crop of 32 px"):
        check_crop(32)
    with pytest.raises(TrainingError, match="around a crop of 33 px"):  # 15 more, up to the next multiple of 16
        check_crop(33)
