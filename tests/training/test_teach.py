import shutil

import pytest
import torch
from PIL import Image

from stylize import Stylizer
from stylize.errors import TrainingError
from stylize.stylizer import MODELS
from stylize.training import teach as teaching
from stylize.training.data import to_tensor
from stylize.training.export import read_painter
from stylize.training.perceptual import random_vgg
from stylize.training.teach import Settings, check_painting, example_photos, main, nearest, teach

SMALL = Settings(steps=6, batch=1, crop=64, check_every=2)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return random_vgg()


@pytest.fixture
def models(tmp_path):
    shutil.copytree(MODELS, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def photos(tmp_path):
    return example_photos(tmp_path)


def test_teaching_finds_a_better_vector_and_never_gives_a_worse_one(painter, photos, network, astronaut):
    start = torch.tensor(painter.vector("udnie"))
    painting = [to_tensor(astronaut.rotate(90).resize((96, 96)))]
    looks = list(teach(read_painter(MODELS).requires_grad_(False), start, painting, photos, network, SMALL))
    assert [look.step for look in looks] == [0, 2, 4, 6]
    bests = [look.best for look in looks]
    assert bests == sorted(bests, reverse=True)
    assert bests[-1] < looks[0].loss
    assert looks[-1].vector.shape == start.shape


def test_teaching_starts_from_the_nearest_style(painter, photos, network, astronaut):
    vectors = [torch.tensor(painter.vector(s)) for s in ("udnie", "great_wave")]
    painting = [to_tensor(painter(astronaut, "great_wave"))]
    found = nearest(read_painter(MODELS), vectors, painting, photos, network)
    assert not torch.equal(found, vectors[0])


@pytest.mark.parametrize(
    ("image", "words"), [(Image.new("RGB", (20, 400)), "64 pixels"), (Image.new("RGB", (200, 200), "teal"), "blank")]
)
def test_pictures_without_a_style_are_refused(image, words):
    with pytest.raises(TrainingError, match=words):
        check_painting(image, "x.png")


def test_the_command_ends_in_a_style_that_works(models, tmp_path, astronaut, network, monkeypatch, capsys):
    monkeypatch.setattr(teaching, "load_loss_network", lambda _: network)
    astronaut.save(tmp_path / "painting.png")
    small = ["--steps", "2", "--batch", "1", "--crop", "64", "--models", str(models)]
    assert main([str(tmp_path / "painting.png"), "--id", "mine", "--title", "Mine", *small]) == 0
    assert "mine.safetensors" in capsys.readouterr().out
    painter = Stylizer(models, "cpu")
    assert painter.styles["mine"].title == "Mine"
    assert painter(astronaut.resize((64, 64)), {"mine": 0.5, "udnie": 0.5}).size == (64, 64)


@pytest.mark.parametrize("name", ["../x", "Photo", "photo"])
def test_ids_that_cannot_be_are_refused_at_once(models, tmp_path, astronaut, name, capsys):
    astronaut.save(tmp_path / "painting.png")
    assert main([str(tmp_path / "painting.png"), "--id", name, "--models", str(models)]) == 1
    assert "id" in capsys.readouterr().err


def test_a_missing_painting_is_one_sentence(models, tmp_path, monkeypatch, network, capsys):
    monkeypatch.setattr(teaching, "load_loss_network", lambda _: network)
    assert main([str(tmp_path / "gone.jpg"), "--id", "x", "--models", str(models)]) == 1
    assert "cannot be read" in capsys.readouterr().err
