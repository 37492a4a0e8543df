"""The fine painter: it learns, goes on where it was, and ends in files that paint large pictures the second time."""

import logging
import shutil

import numpy as np
import pytest
import torch

from stylize import Stylizer
from stylize.errors import NetworkError, TrainingError
from stylize.inference import style_vector
from stylize.inference.layers import multiply_adds, reach, shallow
from stylize.inference.painter import FINE, PAINTER
from stylize.paths import MODELS
from stylize.training.data.photos import Photos
from stylize.training.models.painter import Painter, Shape, fine_painter, identity_vector
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks.fine import main
from stylize.training.tasks.fine_trainer import FineConfig, FineTrainer

TINY = FineConfig(steps=30, batch=2, crop=128, largest=1.2, warm=2, rate=1e-2)
DEVICE = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut):
    folder = tmp_path_factory.mktemp("photos")
    for i, angle in enumerate((0, 90, 180)):
        astronaut.resize((160, 160)).rotate(angle).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    (folder / "styles").mkdir(parents=True)
    for name in (*PAINTER, "styles/photo.safetensors", "styles/udnie.safetensors"):
        shutil.copyfile(MODELS / name, folder / name)
    return folder


def small_run(folder, config=TINY):
    torch.manual_seed(0)
    painter = Painter(Shape(stem=8, trunk=16, blocks=1, head=4, eighth=16, sixteenth=16)).eval()
    identity = identity_vector(painter.shape)
    vectors = {"photo": identity}
    for name in ("one", "two"):
        vectors[name] = identity + 0.3 * torch.randn(identity.shape)
        scale, shift, gate = style_vector.split(vectors[name])
        style_vector.last_layer(scale)[:], style_vector.last_layer(shift)[:], gate[:] = 0.5, 0.5, 0
    return FineTrainer(painter, vectors, Photos.in_folder(folder), config, device=DEVICE)


def test_it_starts_as_the_layers_outside_the_deep_levels():
    whole = Painter()
    fine = fine_painter(whole)
    places = shallow(whole.shape.layers)
    assert places == [0, 1, 16, 17, 18, 19]
    for layer, place in zip(fine.convolutions, places, strict=True):
        assert torch.equal(layer.weight, whole.convolutions[place].weight)
    assert multiply_adds(fine.shape.layers) == 9528
    assert reach(fine.shape.layers) == 21
    assert shallow(fine.shape.layers) == list(range(6))


def test_it_comes_nearer_to_the_painter(folder):
    run = small_run(folder)
    before = run.training_step(*run.crops(0))
    while run.step < run.steps:
        run.training_step(*run.crops(run.step))
    run.step = 0  # the same crops and styles again
    after = run.training_step(*run.crops(0))
    assert after.whole < 0.92 * before.whole
    assert after.detail < 0.95 * before.detail
    assert after.grid < 0.6 * before.grid


def test_a_run_goes_on_as_if_it_had_never_stopped(folder):
    one, two = small_run(folder), small_run(folder)
    for _ in range(2):
        one.training_step(*one.crops(one.step))
    two.load_state_dict(one.state_dict())
    found = [run.training_step(*run.crops(2)).detail for run in (one, two)]
    assert torch.equal(*found)
    with pytest.raises(TrainingError, match="smaller --largest"):
        small_run(folder, FineConfig(crop=128, largest=4))


def test_the_command_writes_what_paints_large_pictures(folder, models, tmp_path, astronaut, monkeypatch):
    def command(steps):
        words = ["--photos", folder, "--models", models, "--paintings", folder, "--out", tmp_path / "run"]
        options = ["--steps", steps, "--crop", 128, "--largest", 1.2, "--batch", 1, "--threads", 1]
        return main([str(word) for word in (*words, *options)])

    shutil.copyfile(MODELS / "encoder.onnx", models / "encoder.onnx")
    without = Stylizer(models, "cpu")
    photo = astronaut.resize((300, 240))
    before = np.asarray(without(photo, "udnie", brush=4))
    assert command(1) == 0
    assert command(2) == 0
    assert (tmp_path / "run" / "checkpoint.pt").is_file()
    fine = Stylizer(models, "cpu")
    after = np.asarray(fine(photo, "udnie", brush=4))
    assert after.shape == before.shape
    assert (after != before).any()
    small = photo.resize((96, 72))
    assert (np.asarray(fine(small, "udnie")) == np.asarray(without(small, "udnie"))).all()  # painted once
    assert [style.id for style in fine.styles] == ["udnie"]  # and no style of somebody else's
    assert read_painter(models, FINE.float32).shape.eighth == 0


def test_a_fine_painter_of_another_painter_is_left_out(models, tmp_path, capsys, caplog):
    for name in FINE:
        shutil.copyfile(MODELS / name, models / name)
    Stylizer(models, "cpu")
    (models / FINE.measure).write_bytes((models / PAINTER.measure).read_bytes())
    with pytest.raises(NetworkError, match=FINE.float32):
        Stylizer(models, "cpu")
    for ours, other in zip(FINE, PAINTER, strict=True):
        (models / ours).write_bytes((models / other).read_bytes())
    with caplog.at_level(logging.WARNING, "stylize"):
        Stylizer(models, "cpu")
    assert "another painter" in caplog.text
    assert main(["--photos", str(tmp_path), "--models", str(tmp_path / "no"), "--out", str(tmp_path / "run")]) == 1
    assert "error: " in capsys.readouterr().err
