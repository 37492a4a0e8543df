"""What judges styles without torch equals what judges them with it."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from stylize.errors import TrainingError
from stylize.inference.loss_network import LossNetwork
from stylize.inference.session import Device
from stylize.inference.style_judge import SCALES, StyleJudge
from stylize.paths import MODELS
from stylize.training.data.paintings import painting_at_sizes
from stylize.training.export.loss_network import RANK, export_grams, export_loss_network, low_rank, torch_grams
from stylize.training.export.painter import main
from stylize.training.losses.perceptual import style_by_layer, style_target
from stylize.training.models.loss_network import load_loss_network

SIZES = (144, 200)  # smaller than those of paintings that are shipped: quicker


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(MODELS / "styles", folder / "styles")
    shutil.copy(MODELS / "loss.safetensors", folder)
    return folder


@pytest.fixture
def paintings(tmp_path, astronaut):
    folder = tmp_path / "paintings"
    folder.mkdir()
    astronaut.resize((300, 240)).save(folder / "udnie.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)).save(folder / "unknown.png")
    return folder


def test_the_shipped_graph_equals_torch(noise):
    network, exported = load_loss_network(MODELS / "loss.safetensors"), LossNetwork(MODELS, Device("cpu"))
    batch = torch.from_numpy(noise).permute(2, 0, 1)[None].float() / 255
    for scale in SCALES:
        for got, wanted in zip(exported.grams(noise, scale), torch_grams(network, batch, scale), strict=True):
            assert np.linalg.norm(got - wanted.numpy()) < 1e-4 * np.linalg.norm(wanted.numpy())


def test_the_exported_distances_are_the_style_loss_by_scale(models, paintings, painter, astronaut):
    assert export_loss_network(models) < 1e-4
    assert (models / "loss.onnx").read_bytes() == (MODELS / "loss.onnx").read_bytes()
    assert export_grams(models, paintings, SIZES) == ["udnie"]
    network = load_loss_network(models / "loss.safetensors")
    picture = np.array(astronaut.resize((160, 132)))
    batch = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    goal = style_target(network, [painting_at_sizes(paintings / "udnie.png", SIZES)], (1, 2))
    terms = [term.item() for term in style_by_layer(network, batch, goal)]
    judge = StyleJudge(models, Device("cpu"))
    target = judge.target(painter.parts("udnie"), painter.styles)
    wanted = [sum(terms[:5]) / 5, sum(terms[5:]) / 5]
    assert judge.distances(picture, target)[:2] == pytest.approx(wanted, rel=0.02)


def test_other_paintings_stay_in_the_file(models, paintings):
    export_grams(models, paintings, SIZES)
    (paintings / "udnie.png").rename(paintings / "the_kiss.png")
    export_grams(models, paintings, SIZES)
    assert set(load_file(models / "grams.safetensors")) == {"udnie", "the_kiss"}
    export_grams(models, paintings, SIZES[:1])  # seen otherwise, so the others are of no use
    assert set(load_file(models / "grams.safetensors")) == {"the_kiss"}
    (paintings / "the_kiss.png").unlink()
    with pytest.raises(TrainingError, match="No painting in"):
        export_grams(models, paintings, SIZES)


def test_a_low_rank_is_nearly_the_whole(astronaut):
    network = load_loss_network(MODELS / "loss.safetensors")
    batch = torch.from_numpy(np.array(astronaut.resize((256, 256)))).permute(2, 0, 1)[None].float() / 255
    for matrix in torch_grams(network, batch, 1):
        whole = matrix.numpy()
        part = low_rank(whole, RANK).astype(np.float32)
        assert part.shape == (len(whole), RANK)
        assert np.square(part @ part.T - whole).sum() < 1e-3 * np.square(whole).sum()


def test_one_thing_is_exported_at_a_time(paintings):
    with pytest.raises(SystemExit) as stop:
        main(["--style", "udnie", "--paintings", str(paintings)])
    assert stop.value.code == 2
