"""The judge of an artist's styles: KID and FID on numbers whose answer is known, and the whole command."""

import csv
import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import models as classifiers

from stylize.errors import TrainingError
from stylize.training.data.photos import is_held_out
from stylize.training.evaluation import artists
from stylize.training.evaluation.distribution_metrics import Extractor, Features, fid, kid, kid_deviation
from stylize.training.evaluation.evaluate import main
from stylize.training.models.loss_network import random_vgg


def features(pictures, crops=3, shift=0.0, size=6, seed=0, spread=0.01):
    """Crops of one picture are nearly the same."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(pictures, 1, size, generator=generator, dtype=torch.double) + shift
    crops = centres + spread * torch.randn(pictures, crops, size, generator=generator, dtype=torch.double)
    return Features(crops.flatten(0, 1), torch.arange(pictures).repeat_interleave(crops.shape[1]))


@pytest.fixture
def tiny(monkeypatch):
    """A classifier of three numbers in place of torchvision's."""

    def made(name, weights=None):
        body = [nn.Conv2d(3, 3, 8, stride=8), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return nn.Sequential(*body, nn.Linear(3, 10)) if name == "tiny" else nn.Sequential(*body)

    monkeypatch.setattr(classifiers, "get_model", made)


def test_kid_is_zero_for_one_distribution_and_grows_with_the_distance():
    same = [kid(features(40, seed=seed), features(40, seed=seed + 100)) for seed in range(8)]
    assert abs(np.mean(same)) < 2 * np.std(same) / math.sqrt(8) + 0.02
    near, far = (kid(features(40), features(40, shift=shift, seed=1)) for shift in (0.5, 1.0))
    assert 0.05 < near < far
    deviation = kid_deviation(features(40), features(40, seed=1))
    assert deviation == pytest.approx(np.std(same), rel=1)
    assert math.isnan(kid_deviation(features(3), features(40)))


def test_fid_of_normal_distributions_is_known_and_needs_many():
    one, other = features(3000, crops=1), features(3000, crops=1, shift=0.5, seed=1)
    assert fid(one, other) == pytest.approx(6 * 0.25, rel=0.2)
    assert fid(one, one) == pytest.approx(0, abs=1e-6)
    assert math.isnan(fid(features(5), one))


def test_features_are_those_before_the_last_layer_of_any_classifier(tiny, tmp_path):
    images = [Image.new("RGB", (230, 240), colour) for colour in ("teal", "red")]
    found = Extractor(architecture="tiny")(images, crops=2)
    assert found.values.shape == (4, 3)
    assert found.picture.tolist() == [0, 0, 1, 1]
    torch.testing.assert_close(found.values[0], found.values[1])
    (tmp_path / "bad.pt").write_text("x")
    with pytest.raises(TrainingError, match=r"No features of tiny from .*bad\.pt"):
        Extractor(tmp_path / "bad.pt", "tiny")
    with pytest.raises(TrainingError, match="is no classifier"):
        Extractor(architecture="headless")


def test_the_command_judges_styles_and_both_ends(tiny, tmp_path, monkeypatch, astronaut):
    monkeypatch.setattr(artists, "load_loss_network", lambda _: random_vgg())
    names = [name for name in (f"{i}.png" for i in range(400)) if is_held_out(type(tmp_path)(name))][:2]
    for folder, files in (("works", [f"{i}.png" for i in range(10)]), ("photos", names)):
        (tmp_path / folder).mkdir()
        for number, name in enumerate(files):
            astronaut.rotate(90 * number + 10, expand=True).resize((256, 256)).save(tmp_path / folder / name)
    out = tmp_path / "report"
    options = ["--works", str(tmp_path / "works"), "--photos", str(tmp_path / "photos"), "--out", str(out)]
    options += ["--styles", "udnie", "--architecture", "tiny", "--count", "2", "--held-out", "0.4", "--threads", "1"]
    assert main(["--kid", *options]) == 0
    with (out / "kid.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["real", "photos", "udnie"]
    assert float(rows["udnie"]["content"]) > float(rows["photos"]["content"]) == 0
    assert rows["real"]["content"] == "nan"
    assert "| udnie |" in (out / "report.md").read_text()
    assert (out / "sheet.png").exists()
