import numpy as np
import pytest
import torch

from stylize.inference import style_vector
from stylize.inference.layers import multiple
from stylize.training.models.painter import Painter, Shape, identity_vector, paint

SMALL = Shape(stem=4, trunk=8, blocks=1, head=4, eighth=8, sixteenth=8)


@pytest.fixture
def painter() -> Painter:
    torch.manual_seed(0)
    return Painter(SMALL).eval()


def vector(painter: Painter) -> torch.Tensor:
    """A style that paints: the gate shut, the last layer open."""
    made = identity_vector(painter.shape)
    scale, shift, gate = style_vector.split(made)
    style_vector.last_layer(scale)[:] = 1
    style_vector.last_layer(shift)[:] = 0.5
    gate[:] = 0
    return made[None]


def test_the_photo_is_left_as_it_is_at_any_size(painter):
    photo = torch.rand(1, 3, 67, 90, generator=torch.Generator().manual_seed(1))
    painted = paint(painter, photo, identity_vector(painter.shape)[None], pad=painter.pad)
    assert torch.equal(painted, photo)


def test_it_costs_and_holds_what_its_docstring_says():
    network, cost, side = Painter(), 0, {0: 2, 1: 4, 2: 8, 5: 16}
    at = 1
    for index, layer in enumerate(network.convolutions):
        at = side.get(index, at)
        at = {12: 8, 15: 4, 19: 2}.get(index, at)  # after an enlargement
        cost += layer.weight.numel() / at**2
    assert round(cost) == 25_656
    assert sum(weight.numel() for weight in network.parameters()) == pytest.approx(1.8e6, rel=0.02)
    assert network.shape.style_size == 3659


@torch.no_grad()
def test_what_is_painted_reaches_far(painter):
    side = 16 * multiple(painter.shape.layers)
    photo = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(2))
    other = photo.clone()
    other[..., side // 2, side // 2] = 1 - other[..., side // 2, side // 2]
    folded = [paint(painter, pixels, vector(painter), pixels, pad=painter.pad) for pixels in (photo, other)]
    changed = (folded[0] - folded[1]).abs().amax((0, 1, 2)) > 0
    columns = np.flatnonzero(changed.numpy())
    assert columns.max() - columns.min() > 100
