import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from stylize import Stylizer
from stylize.errors import TrainingError
from stylize.inference.style_predictor import encoder_input
from stylize.paths import MODELS
from stylize.training.checkpoint import write_checkpoint
from stylize.training.data.images import to_tensor
from stylize.training.data.painting_crops import HELD_OUT, PaintingCrops, crop_paintings, recoloured
from stylize.training.data.photos import example_photos
from stylize.training.export.encoder import rounded, write_encoder
from stylize.training.loop import resume
from stylize.training.models.encoder import Encoder, for_style_size, interpolate, widen
from stylize.training.models.loss_network import random_vgg
from stylize.training.models.trained_run import read_encoder, read_painter
from stylize.training.tasks import encode
from stylize.training.tasks.encode import main, run
from stylize.training.tasks.encoder_trainer import EncodeConfig, EncoderTrainer, all_statistics

SMALL = EncodeConfig(steps=6, batch=2, crop=72, rate=5e-4, warm=1, check_every=3)


@pytest.fixture
def network():
    return random_vgg((4, 4, 8, 8, 8))


@pytest.fixture
def folder(tmp_path, astronaut):
    """Two paintings, of which one is held out."""
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    astronaut.rotate(90).resize((120, 90)).save(paintings / "one.png")
    astronaut.resize((90, 90)).save(paintings / sorted(HELD_OUT)[0])
    return paintings


@pytest.fixture
def crops(folder, network):
    return crop_paintings([(folder / "one.png", range(3))], network, (64, 80), 1)


def test_crops_are_the_whole_painting_then_crops_of_it(crops, folder, tmp_path):
    assert crops.source == ["one.png"] * 3
    whole = encoder_input(np.asarray(Image.open(folder / "one.png")))
    assert (crops.pictures[0].permute(1, 2, 0).numpy() == whole).all()
    assert crops.pictures[1].shape == crops.pictures[2].shape == (3, 320, 320)
    assert [len(g) for g in crops.target.grams] == [3] * 15  # five layers at three scales
    crops.save(tmp_path / "crops.pt")
    again = PaintingCrops.load(tmp_path / "crops.pt")
    assert all(torch.equal(a, b) for a, b in zip(crops.target.norms, again.target.norms, strict=True))
    (tmp_path / "crops.pt").write_bytes(b"nonsense")
    with pytest.raises(TrainingError, match="not a checkpoint"):
        PaintingCrops.load(tmp_path / "crops.pt")


def test_recolouring_turns_hues_and_keeps_grey():
    grey = torch.full((3, 4, 4), 0.4)
    assert torch.allclose(recoloured(grey, 2.0, 1, 1, 1.3), grey, atol=2e-3)
    red = torch.tensor((0.8, 0.2, 0.2))[:, None, None].expand(3, 4, 4)
    assert torch.allclose(recoloured(red, 0, 1, 1, 1), red, atol=2e-3)
    assert recoloured(red, 2.1, 1, 1, 1)[:, 0, 0].argmax() != 0


def test_what_is_stored_is_what_was_trained(tmp_path, painter, network):
    vectors = torch.stack([torch.tensor(style.vector) for style in painter.styles])
    encoder = Encoder.from_loss_network(network, vectors.shape[1])
    torch.nn.init.normal_(encoder.last.weight, std=0.1)
    pictures = [torch.randint(0, 256, (3, 320, 320), dtype=torch.uint8) for _ in range(3)]
    encoder.standardise(all_statistics(encoder, pictures), vectors)
    assert write_encoder(encoder, tmp_path, "sha") < 1e-3
    again = read_encoder(tmp_path / "encoder.onnx")
    state = rounded(encoder).state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.state_dict().items())
    assert b"/stylize/training" not in (tmp_path / "encoder.onnx").read_bytes()  # no path of the machine that made it
    with pytest.raises(TrainingError, match="no encoder"):
        read_encoder(MODELS / "painter.onnx")


def test_interpolated_encoders(network):
    first, second = (Encoder.from_loss_network(network, 10) for _ in range(2))
    torch.nn.init.normal_(second.last.weight)
    mean = interpolate(first, second, 0.25)
    assert torch.allclose(mean.last.weight, 0.25 * second.last.weight)
    assert torch.equal(interpolate(first, second, 0).first.weight, first.first.weight)
    assert not first.last.weight.any()


def test_an_encoder_is_taken_over_for_another_painter(network):
    encoder = Encoder.from_loss_network(network, 20, 8)
    other = for_style_size(encoder, 30)
    assert for_style_size(encoder, 20) is encoder
    pixels = torch.rand(1, 3, 320, 320)
    with torch.no_grad():
        assert torch.equal(other.statistics(pixels), encoder.statistics(pixels))
        assert torch.equal(other(pixels), other.mean[None])
    assert torch.equal(other.first.weight, encoder.first.weight)


def test_a_widened_encoder_predicts_what_it_did_and_learns_with_all_of_it(network):
    encoder = Encoder.from_loss_network(network, 10, 8)
    for weight in encoder.parameters():
        torch.nn.init.normal_(weight)
    wide = widen(encoder, 12)
    seen = torch.randn(3, len(encoder.centre))
    assert torch.allclose(wide.predict(seen), encoder.predict(seen), atol=1e-5)
    wide.predict(seen).square().sum().backward()
    assert wide.last.weight.grad[:, 8:].abs().min() > 0
    with pytest.raises(TrainingError, match="8 hidden units"):
        widen(encoder, 6)


def test_it_sees_as_the_loss_network_does(network, astronaut):
    encoder = Encoder.from_loss_network(network, 10)
    pixels = to_tensor(astronaut)[None]
    mean = network(pixels)[0].mean((2, 3))
    assert torch.allclose(encoder.statistics(pixels)[:, : mean.shape[1]], mean, atol=0.02)


def test_two_pictures_mix_statistics_are_known_from_what_is_known_of_each(network, astronaut):
    encoder = Encoder.from_loss_network(network, 10)
    left = to_tensor(astronaut.resize((96, 256)))[None]
    right = left.flip(1, 2).pow(2)
    wide = torch.cat([left, right, right], 3)
    first, second, both = (encoder.statistics(pixels) for pixels in (left, right, wide))
    assert torch.allclose(encoder.mix_statistics(first, second, torch.zeros(1)), first, atol=1e-5)
    mixed = encoder.mix_statistics(first, second, torch.tensor([2 / 3]))
    assert (mixed - both).norm() < 0.1 * (first - second).norm()  # what differs is the seam and the borders


def test_training_goes_down_resumes_and_diverges_loudly(crops, network, tmp_path, painter):
    photos = example_photos(tmp_path)

    def make(config):
        torch.manual_seed(1)
        vectors = torch.stack([torch.tensor(style.vector) for style in painter.styles])
        encoder = Encoder.from_loss_network(network, vectors.shape[1])
        shipped, device = read_painter(MODELS), torch.device("cpu")
        trainer = EncoderTrainer(encoder, shipped, crops, crops, photos, network, config, device=device)
        encoder.standardise(trainer.statistics, vectors)
        return trainer

    whole = make(SMALL)
    before = whole.validate()
    run(whole, tmp_path / "whole")
    assert whole.validate().log().mean() < before.log().mean()
    first = make(SMALL)
    for _ in range(3):
        first.training_step(*photos.crops(first.step, 2, 72, first.augmentation, 1))
    write_checkpoint(first.state_dict(), tmp_path / "first.pt")
    second = make(SMALL)
    resume(second, tmp_path / "first.pt")
    for _ in range(3):
        second.training_step(*photos.crops(second.step, 2, 72, first.augmentation, 1))
    weights = zip(whole.averaged.parameters(), second.averaged.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in weights)
    with torch.no_grad():
        second.encoder.last.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="diverged"):
        second.training_step(*photos.crops(0, 2, 72, first.augmentation, 1))


def test_the_command_writes_an_encoder_that_the_library_uses(folder, tmp_path, network, monkeypatch, astronaut):
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    (models / "encoder.onnx").unlink(missing_ok=True)
    example_photos(tmp_path)
    monkeypatch.setattr(encode, "load_loss_network", lambda source: network)
    settings = {"steps": 2, "batch": 1, "crop": 72, "style-sizes": 64, "pretrain": 2}
    settings |= {"views": 1, "photo-styles": 1, "check-every": 1}
    options = [f"--{name}={value}" for name, value in settings.items()]
    options += ["--photos", str(tmp_path), "--paintings", str(folder), "--models", str(models)]
    assert main([*options, "--out", str(tmp_path / "run")]) == 0
    assert Stylizer(models, "cpu").predict(astronaut).vector.any()
    start = ["--from", str(models / "encoder.onnx"), "--keep=0.5", "--crops", str(tmp_path / "run" / "crops.pt")]
    first, written = read_encoder(models / "encoder.onnx"), []
    monkeypatch.setattr(encode, "write_encoder", lambda encoder, *_: written.append(encoder) or 0)
    assert main([*options, *start, "--out", str(tmp_path / "next")]) == 0
    assert not torch.equal(written[0].last.weight, first.last.weight)
    assert main([*options, "--from", str(models / "painter.onnx"), "--out", str(tmp_path / "run")]) == 1
