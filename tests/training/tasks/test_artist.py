"""An artist's hand from a handful of works: each way to learn it, going on, the guards, and what is refused."""

import logging
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from stylize import Stylizer, styles
from stylize.errors import TrainingError
from stylize.paths import MODELS
from stylize.training import loop
from stylize.training.data.photos import example_photos
from stylize.training.data.works import Works, chroma, split_works
from stylize.training.losses.adversarial import augmented, discriminator_loss, painter_loss, told_apart
from stylize.training.models.discriminator import Discriminator
from stylize.training.models.loss_network import random_vgg
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks import artist
from stylize.training.tasks.artist_guards import LEAST_LOSS, Guards, Signs
from stylize.training.tasks.artist_trainer import STYLE_LOSSES, ArtistConfig, ArtistTrainer
from stylize.training.tasks.train import main

SMALL = ArtistConfig(steps=4, batch=1, crop=136, work_size=144, warm_up=1)
OPTIONS = ["--steps", "4", "--batch", "1", "--crop", "136", "--work-size", "144", "--warm-up", "1", "--threads", "1"]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six works of coloured blocks."""
    folder = tmp_path_factory.mktemp("works")
    for seed in range(6):
        pixels = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(pixels).resize((192, 144), Image.Resampling.NEAREST).save(folder / f"work_{seed}.png")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return example_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture
def trainer(painter, folder, photos):
    def made(**changes):
        config = ArtistConfig(**{**vars(SMALL), **changes})
        works = Works(split_works(folder)[0], config.work_size)
        start = torch.tensor(painter.vector("udnie"))
        return ArtistTrainer(read_painter(MODELS), start, works, photos, random_vgg(), config, device=CPU)

    return made


def run(trainer, count=99):
    return list(islice(loop.training_steps(trainer), count))


@pytest.mark.parametrize("style_loss", STYLE_LOSSES)
def test_only_the_vector_learns_and_only_an_adversary_has_a_discriminator(trainer, style_loss):
    one = trainer(style_loss=style_loss)
    weights = [parameter.clone() for parameter in one.painter.parameters()]
    heads = [parameter.clone() for parameter in one.discriminator.trained()]
    start = one.vector.detach().clone()
    losses = run(one)
    assert not torch.equal(one.average_vector, start)
    assert all(torch.equal(a, b) for a, b in zip(weights, one.painter.parameters(), strict=True))
    learnt = [not torch.equal(a, b) for a, b in zip(heads, one.discriminator.trained(), strict=True)]
    assert any(learnt) == (style_loss == "adversarial")
    assert np.isnan([step.discriminator for step in losses]).all() == (style_loss != "adversarial")
    assert [np.isnan(step.style) for step in losses] == [style_loss == "adversarial", False, False, False]


def test_all_weights_learn_in_a_copy(trainer):
    one = trainer(all_weights=True, steps=2)
    before = [parameter.clone() for parameter in one.painter.parameters()]
    run(one)
    for changed in (one.painter, one.average_painter):
        assert not any(torch.equal(a, b) for a, b in zip(before, changed.parameters(), strict=True))


def test_an_interrupted_run_goes_on_as_if_nothing_had_been(trainer, tmp_path):
    whole = trainer()
    run(whole)
    first, second = trainer(), trainer()
    run(first, 2)
    loop.write_checkpoint(first.state_dict(), tmp_path / "run.pt")
    loop.resume(second, tmp_path / "run.pt")
    assert second.step == 2
    run(second)
    torch.testing.assert_close(second.average_vector, whole.average_vector, rtol=1e-4, atol=1e-4)
    with pytest.raises(TrainingError, match="other works, from another start, or with other options"):
        loop.resume(trainer(anchor=0.5), tmp_path / "run.pt")


def test_the_command_ends_in_a_style_to_paint_with(folder, tmp_path, astronaut, capsys):
    options = ["artist", "--works", str(folder), "--out", str(tmp_path), "--id", "vincent", "--artist", "Vincent"]
    options += ["--start", "udnie", *OPTIONS]
    assert main(options) == 0
    assert "vincent.safetensors" in capsys.readouterr().out
    style = styles.load(tmp_path / "vincent.safetensors")
    assert (style.artist, style.title) == ("Vincent", "vincent")
    assert Stylizer(device="cpu")(astronaut.resize((64, 64)), style).size == (64, 64)
    assert (tmp_path / "samples.png").exists()
    options[options.index(str(tmp_path))] = str(tmp_path / "all")
    assert main([*options, "--all-weights"]) == 0
    assert (tmp_path / "all" / "vincent.onnx").is_file()


def test_a_start_is_a_style_or_what_the_encoder_makes_of_the_works(painter, folder):
    works = Works(split_works(folder)[0], 144)
    assert torch.equal(artist.start_vector("udnie", painter, works), torch.tensor(painter.vector("udnie")))
    predicted = [painter.predict(works.image(path)).vector for path in works.paths]
    np.testing.assert_allclose(artist.start_vector(None, painter, works), np.mean(predicted, 0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--start", "udni"], "Did you mean udnie"),
        (["--id", "../x"], "is not an id"),
        (["--start", "udnie", "--style-loss", "gram"], "there are adversarial, averaged, alternating"),
        (["--start", "udnie", "--crop", "200"], "does not fit into works of 144 px"),
        (["--start", "udnie", "--warm-up", "4"], "leaves none of 4 steps"),
        (["--held-out", "0.7"], "needs 3 or more"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder, tmp_path, capsys, options, says):
    assert main(["artist", "--works", str(folder), "--out", str(tmp_path / "run"), *OPTIONS, *options]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("error:") == 1
    assert not (tmp_path / "run").exists()


def test_works_are_kept_by_name_and_bad_files_are_left_out(folder, tmp_path, caplog):
    learnt, kept = split_works(folder, 0.34)
    assert (len(learnt), len(kept)) == (4, 2)
    assert split_works(folder, 0.34) == (learnt, kept)
    (tmp_path / "text.png").write_text("hello")
    works = Works([*learnt, tmp_path / "text.png"], 144)
    assert works.paths == learnt
    assert "text.png" in caplog.text
    patches = works.patches(3, 8, 136, 0)
    assert patches.shape == (8, 3, 136, 136)
    assert torch.equal(patches, works.patches(3, 8, 136, 0))
    assert not torch.equal(patches, works.patches(4, 8, 136, 0))


def test_grey_works_are_seen_in_grey(astronaut):
    tinted = Image.fromarray((np.array(astronaut.convert("L"))[..., None] * (1, 0.9, 0.7)).astype(np.uint8))
    assert chroma(astronaut) > 0.03
    assert chroma(tinted) < 0.005
    pixels = torch.rand(2, 3, 64, 64)
    discriminator = Discriminator(random_vgg(), pixels, grey=True).eval()
    light = (pixels * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True).expand_as(pixels)
    for coloured, plain in zip(discriminator(pixels), discriminator(light), strict=True):
        torch.testing.assert_close(coloured, plain, rtol=1e-3, atol=1e-4)


def test_a_discriminator_learns_and_shows_the_painter_the_way():
    generator = torch.Generator().manual_seed(0)
    works = torch.rand(4, 3, 64, 64, generator=generator)
    painted = torch.full((4, 3, 64, 64), 0.5).requires_grad_()
    discriminator = Discriminator(random_vgg(), works)
    optimizer = torch.optim.Adam(discriminator.trained(), 1e-2)

    def answers():
        return discriminator(augmented(works, generator)), discriminator(augmented(painted, generator))

    first = discriminator_loss(*answers()).item()
    for _ in range(25):
        loss = discriminator_loss(*answers())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < first / 2
    assert told_apart(*answers()) > 0.9
    painted.grad = None
    before = painter_loss(answers()[1])
    before.backward()
    with torch.no_grad():
        painted -= 0.1 * painted.grad.sign()
    assert painter_loss(answers()[1]) < before


@pytest.mark.parametrize(
    ("signs", "says"),
    [
        (Signs(0.0, 0.0, 1.0), "collapsed"),
        (Signs(1.0, 0.9, 1.0), "saturated"),
        (Signs(1.0, 0.0, float("nan")), "diverged"),
    ],
)
def test_a_run_that_goes_wrong_ends_with_a_sentence(signs, says):
    guards = Guards()
    for step in range(20):
        guards.check(Signs(0.9, 0.01, 1.0), step)
    with pytest.raises(TrainingError, match=rf"{says} at step \d+.* last good checkpoint is kept"):
        any(guards.check(signs, step) for step in range(40))


def test_a_run_that_goes_wrong_leaves_its_last_good_checkpoint(trainer, tmp_path, monkeypatch):
    monkeypatch.setattr(artist, "SAVE_EVERY", 2)
    whole = Guards.check

    def check(self, signs, step):
        whole(self, signs if step < 3 else Signs(0.0, 0.0, float("nan")), step)

    monkeypatch.setattr(Guards, "check", check)
    about = styles.Style("vincent", "Vincent")
    with pytest.raises(TrainingError, match="diverged at step 3"):
        artist.run(trainer(style_loss="averaged"), tmp_path, about, [])
    kept = loop.read_checkpoint(tmp_path / "checkpoint.pt")
    assert kept["step"] == 2
    assert np.array_equal(styles.load(tmp_path / "vincent.safetensors").vector, kept["average_vector"].numpy())


def test_signs_tell_a_painting_from_a_pattern():
    photo = torch.rand(2, 3, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3)
    pattern = torch.rand(1, 3, 64, 64).expand(2, -1, -1, -1)
    total = torch.tensor(1.0)
    assert Signs.of(0.5 * photo + 0.2, photo, photo, total).likeness > 0.95
    assert abs(Signs.of(pattern, pattern, photo, total).likeness) < 0.9
    assert Signs.of(photo, photo + 2, photo, total).out_of_range == 1


def test_a_discriminator_that_wins_waits_and_it_is_said_once(caplog):
    guards = Guards()
    with caplog.at_level(logging.WARNING):
        waited = [guards.waits(0.0, step) for step in range(60)]
    assert not waited[0]
    assert waited[-1]
    assert guards.waited == sum(waited)
    assert caplog.text.count("the discriminator wins") == 1
    assert not [guards.waits(2.0, 0) for _ in range(20)][-1]
    assert guards.loss > LEAST_LOSS
