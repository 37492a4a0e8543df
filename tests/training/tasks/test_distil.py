"""Distillation: the student comes nearer, goes on where it was, and ends in a file that the loss reads."""

import pytest
import torch
from safetensors import safe_open

from stylize.errors import TrainingError
from stylize.training.data.photos import Photos
from stylize.training.models.loss_network import load_loss_network, random_vgg, save_vgg
from stylize.training.models.student_loss_network import forward_blockwise, new_student
from stylize.training.tasks import distil as module
from stylize.training.tasks.distil import main
from stylize.training.tasks.distillation_trainer import DistilConfig, DistillationTrainer, distillation_loss

TINY = DistilConfig(steps=24, crop=64, photo_crops=1, painting_crops=2, rollouts=1, warm=2, blockwise=0.5)
DEVICE = torch.device("cpu")


@pytest.fixture
def teacher():
    return random_vgg((4, 8, 8, 8, 8))


@pytest.fixture
def folder(tmp_path, astronaut):
    for i, angle in enumerate((0, 90, 180)):
        astronaut.resize((96, 96)).rotate(angle).save(tmp_path / f"{i}.png")
    return tmp_path


@pytest.fixture
def photos(folder):
    return Photos.in_folder(folder)


def test_the_student_is_as_wide_and_as_loud_as_its_teacher(teacher):
    torch.manual_seed(1)
    pixels = torch.rand(2, 3, 64, 64)
    got, wanted = new_student(teacher, pixels)(pixels), teacher(pixels)
    assert [f.shape for f in got] == [f.shape for f in wanted]
    for mine, theirs in zip(got, wanted, strict=True):
        assert mine.square().mean().item() == pytest.approx(theirs.square().mean().item(), rel=1e-3)


def test_the_student_comes_nearer(teacher, photos):
    torch.manual_seed(1)
    run = DistillationTrainer(teacher, photos, photos, TINY, device=DEVICE)
    pixels = torch.cat(run.crops(1000))

    def distance():
        with torch.no_grad():
            return distillation_loss(run.student(pixels), teacher(pixels)).features

    before = distance()
    while run.step < TINY.steps:
        run.training_step(*run.crops(run.step))
    assert (distance() < 0.8 * before).all()
    assert run.rollouts.min() >= 0
    assert run.rollouts.max() <= 1
    assert not torch.equal(run.rollouts[0], run.goals[0])


def test_no_mismatch_with_oneself(teacher):
    features = teacher(torch.rand(2, 3, 64, 64))
    assert torch.cat([*distillation_loss(features, features)]).abs().max() == 0


def test_parts_that_are_fed_with_what_they_give_are_the_whole(teacher):
    torch.manual_seed(1)
    pixels = torch.rand(1, 3, 64, 64)
    student = new_student(teacher, pixels)
    whole = student(pixels)
    torch.testing.assert_close(forward_blockwise(student, pixels, whole), whole)
    fed = forward_blockwise(student, pixels, [f + 1 for f in whole])
    torch.testing.assert_close(fed[0], whole[0])
    assert not any(torch.equal(a, b) for a, b in zip(fed[1:], whole[1:], strict=True))


@pytest.fixture
def command(tmp_path, folder, teacher, monkeypatch):
    monkeypatch.setattr(module, "load_loss_network", lambda source: teacher)
    out = tmp_path / "loss.safetensors"
    options = {"--steps": 4, "--crop": 64, "--photo-crops": 1, "--painting-crops": 1, "--rollouts": 1, "--threads": 1}
    words = [str(word) for option in options.items() for word in option]
    return ["--photos", str(folder), "--paintings", str(folder), "--teacher", "any.pt", "--out", str(out), *words]


def test_the_command_ends_in_a_small_network_that_is_read(tmp_path, command):
    assert main(command) == 0
    out = tmp_path / "loss.safetensors"
    network = load_loss_network(out)
    assert [f.shape[1] for f in network(torch.rand(1, 3, 64, 64))] == [4, 8, 8, 8, 8]
    with safe_open(out, "pt") as file:
        assert file.metadata()["teacher"] == "any"
        assert file.metadata()["steps"] == "4"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_same_command_goes_on(tmp_path, command, monkeypatch, caplog):
    steps = []
    whole = DistillationTrainer.training_step

    def counted(self, *crops):
        if len(steps) == 2:
            raise KeyboardInterrupt
        steps.append(self.step)
        return whole(self, *crops)

    with monkeypatch.context() as patch:
        patch.setattr(DistillationTrainer, "training_step", counted)
        assert main(command) == 0
    assert load_loss_network(tmp_path / "loss.safetensors").content_depth() == 4
    assert main(command) == 0
    with safe_open(tmp_path / "loss.safetensors", "pt") as file:
        assert file.metadata()["steps"] == "4"


def test_a_broken_state_and_a_missing_folder_get_a_sentence(tmp_path, command, capsys):
    (tmp_path / "loss.safetensors.run").write_bytes(b"hello")
    assert main(command) == 1
    assert "not a checkpoint" in capsys.readouterr().err
    command[command.index("--out") + 1] = str(tmp_path / "nowhere" / "x.safetensors")
    assert main(command) == 1
    assert "not a folder" in capsys.readouterr().err


def test_a_divergence_is_a_sentence(teacher, photos):
    run = DistillationTrainer(teacher, photos, photos, TINY, device=DEVICE)
    with pytest.raises(TrainingError, match="diverged"):
        run.training_step(torch.full((1, 3, 64, 64), float("nan")), run.crops(0)[1])


def test_a_written_network_is_the_one_that_is_read(tmp_path, teacher):
    torch.manual_seed(1)
    pixels = torch.rand(1, 3, 64, 64)
    student = new_student(teacher, pixels)
    save_vgg(student, tmp_path / "x.safetensors", {})
    again = load_loss_network(tmp_path / "x.safetensors")
    with torch.no_grad():
        for a, b in zip(student(pixels), again(pixels), strict=True):
            torch.testing.assert_close(a, b, rtol=0.02, atol=0.02 * a.abs().max().item())
