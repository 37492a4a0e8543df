import math

import pytest
import torch

from stylize.training.evaluation.texture_metrics import distinctness, stroke_length, texture_distance, textures
from stylize.training.models.loss_network import random_vgg

SIDE = 256


def waves(length: float, height: float = 0.1) -> torch.Tensor:
    across = torch.arange(SIDE) * (2 * math.pi / length)
    return (height * torch.sin(across)).expand(3, SIDE, SIDE)


@pytest.fixture(scope="module")
def photo() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    small = torch.rand(1, 3, 8, 8, generator=generator)
    return torch.nn.functional.interpolate(small, (SIDE, SIDE), mode="bicubic").clamp(0.2, 0.8)[0]


@pytest.mark.parametrize("length", [8, 16, 32, 64])
def test_added_waves_are_as_long_as_they_are(photo, length):
    assert stroke_length(photo + waves(length), photo) == pytest.approx(length, rel=0.15)


def test_longer_waves_of_more_energy_count_for_more(photo):
    fine, coarse = photo + waves(8, 0.1) + waves(32, 0.02), photo + waves(8, 0.02) + waves(32, 0.1)
    assert 8 < stroke_length(fine, photo) < 16 < stroke_length(coarse, photo) < 33


def test_other_colours_alone_are_no_strokes(photo):
    recoloured = 1 - photo.flip(0) ** 2 * 0.5
    added = recoloured + waves(16)
    assert stroke_length(added, photo) == pytest.approx(16, rel=0.15)


def test_pictures_of_one_texture_are_not_distinct_and_paintings_are_as_distinct_as_themselves(photo):
    network = random_vgg()
    paintings = [textures(network, 0.5 + waves(length)) for length in (6, 16, 48)]
    same = [textures(network, 0.5 + waves(12) * gain) for gain in (0.5, 1.0, 1.5)]
    assert distinctness(paintings, paintings) == 1
    assert distinctness(same, paintings) < 0.05
    assert texture_distance(same[0], same[1]) < 1e-3  # contrast and colour are no texture
