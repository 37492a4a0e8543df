import pytest
import torch
from torch.nn import functional as F

from stylize.training.data.images import to_tensor
from stylize.training.losses.artifacts import artifacts, edge, grid, hatching, hue, tone


def test_the_grid_loss_sees_a_faint_grid_and_no_photo(astronaut):
    photo = to_tensor(astronaut)[None]
    gridded = photo.clone()
    gridded[..., ::4, ::4] += 0.04
    assert grid(gridded).item() > 4 * grid(photo).item()


def test_tone_forgives_contrast_and_charges_for_a_blotch(astronaut):
    photo = to_tensor(astronaut.resize((256, 256)))[None]
    starker = 1.3 * photo - 0.1
    blotched = photo.clone()
    blotched[..., :128, :128] += 0.4
    assert tone(starker, photo).item() < 0.01 * tone(blotched, photo).item()
    assert tone(1 - photo, photo).item() > tone(starker, photo).item()
    assert tone(photo, photo).item() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("charge", [tone, hue])
def test_a_form_along_the_border_costs_no_less_than_one_inside(charge):
    even = 0.45 + 0.1 * torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    border, inside = even.clone(), even.clone()
    border[:, 0, :20] -= 0.2
    inside[:, 0, 110:130] -= 0.2
    assert charge(border, even).item() > charge(inside, even).item()


def test_hue_forgives_other_colours_and_charges_for_a_cloud_of_one(astronaut):
    photo = to_tensor(astronaut.resize((128, 128)))[None]
    red_for_blue, clouded = photo.flip(1), photo.clone()
    clouded[:, 1, 64:, 64:] += 0.3
    assert hue(red_for_blue, photo).item() < 0.05 * hue(clouded, photo).item()
    assert hue(photo * 0.5 + 0.2, photo).item() < 0.01 * hue(clouded, photo).item()


def test_edge_charges_for_a_tinted_border_alone(astronaut):
    photo = to_tensor(astronaut.resize((128, 128)))[None]
    tinted, within = photo.clone(), photo.clone()
    tinted[:, 2, :, -6:] += 0.4
    within[:, 2, :, 40:80] += 0.4
    assert edge(tinted, photo).item() > 1e-3
    assert edge(within, photo).item() < 0.05 * edge(tinted, photo).item()
    assert edge(photo * 0.8, photo).item() == 0


def test_hatching_is_lines_in_even_areas_and_not_a_texture(astronaut):
    even, busy = torch.full((1, 3, 256, 256), 0.5), to_tensor(astronaut.resize((256, 256)))[None]
    down, across = torch.meshgrid(torch.arange(256.0), torch.arange(256.0), indexing="ij")
    lines = (0.4 * (down + 0.9 * across)).sin()[None, None] * torch.tensor([1.0, 0.0, -1.0])[:, None, None]
    texture = F.avg_pool2d(torch.randn(1, 3, 260, 260, generator=torch.Generator().manual_seed(1)), 5, 1)
    lines, texture = (0.05 * x / x.std() for x in (lines, texture))
    assert hatching(even + lines, even).item() > 10 * hatching(even + texture, even).item()
    assert hatching(busy + lines, busy).item() < 0.5 * hatching(even + lines, even).item()
    assert hatching((even + lines)[..., :60], even[..., :60]).item() == 0


@pytest.mark.parametrize("apart", [8, 24, 48])
def test_lines_of_any_distance_in_even_areas_are_charged_for(apart):
    even = torch.full((1, 3, 256, 256), 0.5)
    across = torch.arange(256)
    lines = 0.1 * torch.sin(2 * torch.pi * (across[:, None] + across) / apart)
    texture = 0.07 * torch.randn(even.shape, generator=torch.Generator().manual_seed(1))
    assert artifacts((even + lines).clamp(0, 1), even).item() > 2 * artifacts((even + texture).clamp(0, 1), even).item()


def test_a_photo_is_charged_for_nothing(astronaut):
    small, crop = (to_tensor(astronaut.resize((side, side)))[None] for side in (128, 256))
    assert grid(small).item() < 8e-5  # a photo as small as no training crop is nearly all edges
    assert max(part(small, small).item() for part in (tone, hue, edge)) < 1e-4
    assert artifacts(crop, crop).item() < 0.05  # with the weights of the recipe
