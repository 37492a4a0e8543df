import io
import shutil
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from stylize import Stylizer
from stylize.errors import PictureError, StyleError, TrainingError
from stylize.paths import MODELS
from stylize.training.data.images import to_tensor
from stylize.training.data.paintings import read_painting
from stylize.training.data.photos import example_photos
from stylize.training.models.loss_network import load_loss_network, random_vgg
from stylize.training.models.trained_run import read_painter
from stylize.training.tasks import teach as teaching
from stylize.training.tasks.style_trainer import StyleTrainer, TeachConfig, nearest
from stylize.training.tasks.teach import main, teach_style

SMALL = TeachConfig(steps=6, batch=1, crop=72, style_sizes=(64,), check_every=2)


@pytest.fixture(scope="module")
def network():
    return random_vgg()


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    (folder / "styles").mkdir(parents=True)
    for name in ("painter.onnx", "measure.onnx", "styles/photo.safetensors", "styles/udnie.safetensors"):
        shutil.copy(MODELS / name, folder / name)
    return folder


@pytest.fixture
def photos(tmp_path):
    return example_photos(tmp_path)


@pytest.fixture
def painting(tmp_path, astronaut):
    astronaut.resize((96, 96)).save(tmp_path / "painting.png")
    return tmp_path / "painting.png"


@pytest.fixture
def command(models, painting, network, monkeypatch):
    monkeypatch.setattr(teaching, "load_loss_network", lambda _=None: network)
    small = [
        "--steps",
        "4",
        "--check-every",
        "2",
        "--batch",
        "1",
        "--crop",
        "72",
        "--style-sizes",
        "64",
        "--models",
        str(models),
    ]
    return [str(painting), "--id", "mine", "--title", "Mine", *small]


def interrupt_after(count, monkeypatch):
    whole = StyleTrainer.fit

    def interrupted(*arguments):
        yield from islice(whole(*arguments), count)
        raise KeyboardInterrupt

    monkeypatch.setattr(StyleTrainer, "fit", interrupted)


@pytest.mark.parametrize("all_weights", [False, True])
def test_teaching_finds_a_better_style_and_never_gives_a_worse_one(painter, photos, network, astronaut, all_weights):
    start = torch.tensor(painter.vector("udnie"))
    pixels = [to_tensor(astronaut.rotate(90).resize((96, 96)))]
    original = read_painter(MODELS)
    before = [p.clone() for p in original.parameters()]
    steps = list(StyleTrainer(original, start, pixels, photos, network, replace(SMALL, all_weights=all_weights)).fit())
    assert [at.step for at in steps] == [0, 2, 4, 5, 6]
    bests = [at.best for at in steps]
    assert bests == sorted(bests, reverse=True)
    assert bests[-1] < steps[0].loss
    assert steps[-1].vector.shape == start.shape
    assert all(torch.equal(a, b) for a, b in zip(before, original.parameters(), strict=True))
    changed = [not torch.equal(a, b) for a, b in zip(before, steps[-1].painter.parameters(), strict=True)]
    assert all(changed) if all_weights else not any(changed)


def test_a_crop_that_no_reflection_fits_around_is_refused(painter, photos, network, astronaut):
    start, pixels = torch.tensor(painter.vector("udnie")), [to_tensor(astronaut.resize((96, 96)))]
    with pytest.raises(TrainingError, match="32 px of reflection do not fit around a crop of 32 px"):
        StyleTrainer(read_painter(MODELS), start, pixels, photos, network, replace(SMALL, crop=32))


@pytest.mark.parametrize("all_weights", [False, True])
def test_an_interrupted_fit_goes_on_as_if_nothing_had_been(tmp_path, painter, photos, network, astronaut, all_weights):
    start = torch.tensor(painter.vector("udnie"))
    pixels = [to_tensor(astronaut.resize((96, 96)))]
    config = replace(SMALL, all_weights=all_weights)

    def fit():
        return StyleTrainer(read_painter(MODELS), start, pixels, photos, network, config)

    whole = list(fit().fit())
    list(islice(fit().fit(tmp_path / "x.run"), 2))
    rest = list(fit().fit(tmp_path / "x.run"))
    assert [at.step for at in rest] == [2, 4, 5, 6]
    assert rest[-1].loss == pytest.approx(whole[-1].loss, rel=1e-3)
    torch.testing.assert_close(rest[-1].vector, whole[-1].vector, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("near", ["udnie", "great_wave", "the_scream"])
def test_teaching_starts_from_the_nearest_style(painter, photos, astronaut, near):
    vectors = {style: torch.tensor(painter.vector(style)) for style in ("udnie", "great_wave", "the_scream")}
    painting = [to_tensor(painter(astronaut, near))]
    found = nearest(
        read_painter(MODELS), list(vectors.values()), painting, photos, load_loss_network(MODELS / "loss.safetensors")
    )
    assert torch.equal(found, vectors[near])


@pytest.mark.parametrize("kind", ["path", "bytes", "image"])
def test_each_look_is_a_style_to_paint_with(painter, network, painting, astronaut, kind):
    source = {"path": painting, "bytes": painting.read_bytes(), "image": astronaut.resize((96, 96))}[kind]
    first = next(teach_style(source, stylizer=painter, network=network, config=SMALL))
    assert first.step == 0
    assert painter(astronaut.resize((64, 64)), first.style).size == (64, 64)


def test_several_paintings_are_one_style_that_starts_from_the_mean(painter, network, astronaut):
    several = [astronaut.resize((96, 96)), astronaut.rotate(180).resize((96, 80))]
    first = next(teach_style(several, stylizer=painter, network=network, config=SMALL))
    each = [painter.predict(image).vector for image in several]
    np.testing.assert_allclose(first.style.vector, np.mean(each, 0), rtol=1e-4, atol=1e-4)
    alone = next(teach_style(several[0], stylizer=painter, network=network, config=SMALL))
    assert first.loss != alone.loss


def test_a_painting_is_bounded_in_size():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 3000, 3), np.uint8))
    assert read_painting(noise).size == (480, 80)
    assert max(read_painting(noise.resize((3000, 2900))).size) < 1600


@pytest.mark.parametrize(
    ("image", "words"), [(Image.new("RGB", (20, 400)), "64 pixels"), (Image.new("RGB", (200, 200), "teal"), "blank")]
)
def test_pictures_without_a_style_are_refused(image, words, tmp_path):
    data = io.BytesIO()
    image.save(data, "PNG")
    for source in (image, data.getvalue()):
        with pytest.raises(TrainingError, match=words):
            next(teach_style(source))


@pytest.mark.parametrize("source", [b"hello", b"", "missing.jpg", __file__])
def test_what_is_no_picture_is_refused(source):
    with pytest.raises(PictureError):
        next(teach_style(source))


def test_the_command_ends_in_a_style_that_works(models, command, astronaut, capsys):
    assert main(command) == 0
    assert "mine.safetensors" in capsys.readouterr().out
    painter = Stylizer(models, "cpu")
    assert painter.styles["mine"].title == "Mine"
    assert painter(astronaut.resize((64, 64)), {"mine": 0.5, "udnie": 0.5}).size == (64, 64)
    assert not list((models / "styles").glob("*.run*"))


def test_all_weights_end_in_a_network_that_drops_in(models, command, astronaut):
    assert main([*command, "--all-weights"]) == 0
    painter = Stylizer(models, "cpu")
    assert painter.styles["mine"].title == "Mine"
    assert painter.styles["mine"].network == models / "mine.onnx"
    assert painter(astronaut.resize((64, 64)), "mine").size == (64, 64)


@pytest.mark.parametrize("all_weights", [False, True])
def test_an_interrupt_keeps_the_best_and_the_same_command_goes_on(models, command, monkeypatch, capsys, all_weights):
    command += ["--all-weights"] * all_weights
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        assert main(command) == 0
    assert "goes on" in capsys.readouterr().err
    assert "mine" in Stylizer(models, "cpu").styles
    seen = []
    whole = StyleTrainer.fit
    monkeypatch.setattr(StyleTrainer, "fit", lambda *a: (seen.append(at.step) or at for at in whole(*a)))
    assert main(command) == 0
    assert seen == [2, 4]
    assert not list(models.rglob("*.run*"))


def test_a_style_that_exists_is_replaced_only_where_that_is_asked_for(models, command, capsys):
    assert main(command) == 0
    assert main([*command, "--artist", "me"]) == 1
    assert "Give --overwrite to go on from it" in capsys.readouterr().err
    assert main([*command[:3], *command[5:], "--artist", "me", "--overwrite"]) == 0
    known = Stylizer(models, "cpu").styles["mine"]
    assert (known.title, known.artist) == ("Mine", "me")


def test_the_unfinished_run_of_another_painting_is_not_lost(models, command, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        interrupt_after(2, patch)
        assert main(command) == 0
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "other.png")
    command[0] = str(tmp_path / "other.png")
    assert main(command) == 1
    assert "unfinished run of another painting" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0


@pytest.mark.parametrize(("option", "value"), [("--steps", "0"), ("--batch", "0"), ("--rate", "nan"), ("--rate", "-1")])
def test_numbers_that_cannot_be_are_refused(models, command, option, value, capsys):
    assert main([*command, option, value]) == 1
    assert f"{option} is {value}" in capsys.readouterr().err
    assert not (models / "styles" / "mine.safetensors").exists()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("../x", []),
        ("Photo", []),
        ("photo", []),
        ("painter", ["--all-weights"]),
        ("loss_2", ["--all-weights"]),
        ("udnie", ["--all-weights"]),
    ],
)
def test_ids_that_cannot_be_are_refused_at_once(models, painting, name, options, capsys):
    assert main([str(painting), "--id", name, "--models", str(models), *options]) == 1
    assert "id" in capsys.readouterr().err


def test_a_vector_under_the_id_of_a_network_is_refused(models, command, painter):
    assert main([*command, "--all-weights"]) == 0
    with pytest.raises(StyleError, match=r"mine\.onnx"):
        teaching._target(teaching.Style("mine", "Mine"), Stylizer(models, "cpu"), models, False)


@pytest.mark.parametrize(
    ("name", "says"),
    [("gone.jpg", "does not exist"), ("small.png", "needs 64 pixels or more"), ("text.jpg", "picture")],
)
def test_a_painting_that_cannot_be_learnt_is_one_sentence_and_leaves_nothing(
    models, tmp_path, command, capsys, name, says
):
    Image.new("RGB", (20, 20)).save(tmp_path / "small.png")
    (tmp_path / "text.jpg").write_text("hello")
    before = sorted(models.rglob("*"))
    assert main([str(tmp_path / name), *command[1:]]) == 1
    out, error = capsys.readouterr()
    assert error.startswith("error: ")
    assert name in error
    assert says in error
    assert error.count("\n") == 1
    assert not out
    assert sorted(models.rglob("*")) == before
