"""Small painters with chance weights are exported, served and painted in tiles."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stylize import Stylizer
from stylize.errors import TrainingError
from stylize.inference import layers, style_vector
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device
from stylize.inference.tiling import paint_tiled
from stylize.training.checkpoint import write_checkpoint
from stylize.training.export.painter import TOLERANCE, difference, export_style, main, write_painter
from stylize.training.models.instance_norm import Folded
from stylize.training.models.painter import Painter, Shape, identity_vector
from stylize.training.tasks.style_trainer import TeachConfig
from stylize.training.tasks.teach import teach_style
from tests.inference.whole_numbers import int8_painter

SHAPES = [
    Shape(stem=4, trunk=8, blocks=2, head=4, eighth=12, sixteenth=8),
    Shape(stem=8, trunk=8, blocks=1, head=4, head_kernel=5, eighth=8, sixteenth=12),
]


def bold_vector(shape: Shape) -> torch.Tensor:
    """A style [style_size] that paints: the photo hardly comes through, and no two channels are alike."""
    generator = torch.Generator().manual_seed(1)
    vector = identity_vector(shape) + 0.2 * torch.randn(shape.style_size, generator=generator)
    scale, shift, gate = style_vector.split(vector)
    style_vector.last_layer(scale)[:] += 0.3
    style_vector.last_layer(shift)[:] = 0.4
    gate[:] = 0.1
    return vector


@pytest.fixture(scope="module", params=SHAPES)
def exported(request, tmp_path_factory):
    torch.manual_seed(0)
    painter, folder = Painter(request.param).eval(), tmp_path_factory.mktemp("models")
    write_painter(painter, folder)
    return painter, folder


@pytest.mark.parametrize("size", [(203, 157), (64, 321), (20, 30), (1, 50)])
def test_the_networks_paint_what_torch_paints(exported, size):
    painter, folder = exported
    network, vector = OnnxPainter(folder, Device("cpu"), "float32"), bold_vector(painter.shape)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert difference(painter, network, pixels, vector) < TOLERANCE / 20
    assert (network.measure(pixels, identity_vector(painter.shape).numpy())[0] == pixels).all()


def test_a_style_becomes_a_network_of_its_own(exported, tmp_path):
    painter, _ = exported
    assert export_style(bold_vector(painter.shape).numpy(), painter, tmp_path / "own.onnx", {}) < TOLERANCE


@pytest.mark.parametrize("made", [OnnxPainter, int8_painter])
def test_tiles_are_the_whole(exported, made):
    painter, folder = exported
    network = made(folder) if made is int8_painter else made(folder, Device("cpu"), "float32")
    assert (network.multiple, network.pad % 16, network.halo % 16) == (16, 0, 0)
    assert network.halo >= layers.reach(network.layers) - network.pad
    pixels = np.random.default_rng(1).integers(0, 256, (430, 517, 3), np.uint8)
    vector = bold_vector(painter.shape).numpy()
    folded = network.fold(vector, network.measure(pixels, vector)[1])
    whole = network.paint(pixels, folded)
    assert (folded.int8 is None) == (made is OnnxPainter)
    assert (paint_tiled(network, pixels, folded, limit=500 * 500) == whole).all()
    assert (paint_tiled(network, pixels, folded, limit=420 * 450) == whole).all()


def test_whole_numbers_are_hardly_different(exported):
    painter, folder = exported
    network = int8_painter(folder)
    pixels = np.random.default_rng(2).integers(0, 256, (24, 32, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    vector = bold_vector(painter.shape).numpy()
    folded = network.fold(vector, network.measure(pixels, vector)[1])
    exact, whole = (
        one.paint(pixels, folded).astype(float) for one in (OnnxPainter(folder, Device("cpu"), "float32"), network)
    )
    assert 10 * np.log10(255**2 / np.square(exact - whole).mean()) > 26
    assert np.abs((exact - whole).mean((0, 1))).max() < 2


@torch.no_grad()
@pytest.mark.parametrize("shape", SHAPES)
def test_the_reach_is_that_of_the_network(shape):
    painter, side = Painter(shape).eval().double(), 448
    for weight in painter.parameters():
        weight.abs_()  # so that nothing cancels
    vector = identity_vector(shape)[None].double()  # scales of one, shifts of zero
    style_vector.last_layer(style_vector.split(vector)[0])[:] = 1
    plain = Folded(shape.channels, vector)
    reach, seen = layers.reach(shape.layers), 0
    for place in range(16):
        line, at = torch.zeros(1, 3, 32, side).double(), side // 2 + place
        line[..., at] = 1
        columns = torch.nonzero((painter.convolved(line, plain) > 0).any(1).any(1)[0]).flatten()
        seen = max(seen, at - int(columns.min()), int(columns.max()) - at)
    assert seen == reach


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The models folder of a run, exported by the command from its checkpoint."""
    painter, folder = Painter(SHAPES[0]).eval(), tmp_path_factory.mktemp("served")
    vectors = torch.stack([identity_vector(painter.shape), bold_vector(painter.shape)])
    state = {"painter": painter.state_dict(), "shape": painter.shape.as_dict(), "vectors": vectors}
    about = {"styles": [{"id": "one", "title": "One"}], "settings": {"style_sizes": (64,)}}
    (folder / "run").mkdir()
    write_checkpoint(state | about, folder / "run" / "checkpoint.pt")
    assert main([str(folder / "run"), "--out", str(folder / "models")]) == 0
    return folder / "models"


def test_a_run_is_served(served, astronaut):
    stylizer = Stylizer(served, "cpu")
    assert [style.title for style in stylizer.styles] == ["One"]
    assert not stylizer.can_predict
    photo = astronaut.resize((150, 110))
    assert np.array_equal(np.asarray(stylizer(photo, "one", strength=0)), np.asarray(photo))
    assert stylizer(photo, "one", brush=2).size == photo.size


def test_a_style_is_taught_by_three_scales(served, astronaut):
    config = TeachConfig(steps=2, batch=1, crop=136, style_sizes=(128,), check_every=2)
    *_, last = teach_style(astronaut.resize((80, 72)), served, config=config)
    assert Stylizer(served, "cpu")(astronaut.resize((60, 50)), last.style).size == (60, 50)
    with pytest.raises(TrainingError, match="at the scale 4"):
        next(teach_style(astronaut, served, config=replace(config, crop=96)))
