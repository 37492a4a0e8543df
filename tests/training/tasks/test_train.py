import csv
import os
import socket
from dataclasses import replace

import numpy as np
import pytest
import torch

from stylize import Stylizer, imaging
from stylize.errors import TrainingError
from stylize.training.checkpoint import read_checkpoint, write_checkpoint
from stylize.training.data.paintings import find_paintings
from stylize.training.data.photos import Augmentation, Photos, is_held_out
from stylize.training.distributed import join
from stylize.training.export.painter import TOLERANCE, export
from stylize.training.loop import resume
from stylize.training.models.loss_network import random_vgg
from stylize.training.models.painter import Painter, Shape, identity_vector, limited, paint
from stylize.training.models.trained_run import read_painter, read_vectors
from stylize.training.tasks import train as training
from stylize.training.tasks.painter_trainer import PainterTrainer, TrainConfig
from stylize.training.tasks.train import run

SHAPE = Shape(stem=8, trunk=16, blocks=1, head=8, eighth=16, sixteenth=16)
ONE_SCALE = {"scales": (1,), "scale_weights": (1.0,)}  # for crops that are small at half the size


@pytest.fixture
def folders(tmp_path, astronaut):
    photos, paintings = tmp_path / "photos", tmp_path / "paintings"
    for folder, sides in ((photos, (70, 90, 110)), (paintings, (64, 80))):
        folder.mkdir()
        for side in sides:
            astronaut.resize((side, side)).save(folder / f"picture_{side}.png")
    (photos / "broken.jpg").write_text("not a picture")
    return photos, paintings


def trainer(folders, steps=6, pad=16) -> PainterTrainer:
    torch.manual_seed(3)
    photos = Photos.in_folder(folders[0])
    config = TrainConfig(steps=steps, batch=2, crop=32, style_sizes=(48,), warm=1, between=0.5, pad=pad, **ONE_SCALE)
    return PainterTrainer(
        Painter(SHAPE),
        find_paintings(folders[1]),
        photos,
        random_vgg(),
        config,
        Augmentation(),
        device=torch.device("cpu"),
    )


def test_a_run_writes_resumes_and_exports(folders, tmp_path, astronaut):
    out = tmp_path / "run"
    whole = trainer(folders)
    run(whole, tmp_path / "whole", [torch.rand(3, 32, 32)], sample_every=3)
    half = trainer(folders)
    for step in range(3):
        half.training_step(*half.photos.crops(step, 2, 32, half.augmentation, 1))
    out.mkdir()
    write_checkpoint(half.state_dict(), out / "checkpoint.pt")
    again = trainer(folders)
    run(again, out, [torch.rand(3, 32, 32)], sample_every=3)
    assert again.step == 6
    for a, b in zip(whole.painter.parameters(), again.painter.parameters(), strict=True):
        assert torch.equal(a, b)  # a resumed run is the same run, bit for bit
    assert torch.equal(whole.vectors(), again.vectors())
    assert imaging.read(out / "samples.png").size == (32 * 3, 32)
    assert whole.photos.unreadable

    assert export(out, tmp_path / "models") < TOLERANCE
    painter = Stylizer(tmp_path / "models")
    photo = astronaut.resize((90, 90))
    assert (np.asarray(painter(photo, "picture_64", strength=0)) == np.asarray(photo)).all()
    assert painter(photo, "picture_80").size == photo.size


def test_a_run_can_start_from_shipped_networks(folders, tmp_path):
    first = trainer(folders)
    first.training_step(*first.photos.crops(0, 2, 32, first.augmentation, 1))
    write_checkpoint(first.state_dict(), tmp_path / "checkpoint.pt")
    export(tmp_path, tmp_path / "models")
    (folders[1] / "picture_64.png").rename(folders[1] / "new.png")
    second = trainer(folders)
    second.painter.load_state_dict(read_painter(tmp_path / "models").state_dict())
    second.start_from(read_vectors(tmp_path / "models"))
    photo, new, old = second.vectors()
    assert torch.equal(photo, first.vectors()[0])
    assert torch.equal(old, first.vectors()[2])
    assert torch.allclose(new, first.vectors()[1:].mean(0))


def test_the_same_seed_gives_the_same_weights(folders, tmp_path):
    for name in ("one", "two"):
        run(trainer(folders, steps=4), tmp_path / name, [torch.rand(3, 32, 32)])
    one, two = (read_checkpoint(tmp_path / name / "checkpoint.pt") for name in ("one", "two"))
    assert all(torch.equal(a, b) for a, b in zip(one["painter"].values(), two["painter"].values(), strict=True))
    assert torch.equal(one["vectors"], two["vectors"])


def test_losses_are_a_table(folders, tmp_path):
    run(trainer(folders, steps=50), tmp_path / "run", [torch.rand(3, 32, 32)])
    rows = list(csv.DictReader((tmp_path / "run" / "losses.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["50"]
    assert float(rows[0]["style"]) > 0


def test_training_lowers_the_loss(folders):
    one = trainer(folders, steps=40)
    crops = one.photos.crops(0, 2, 32, Augmentation(), 1)
    totals = [one.training_step(*crops).total().mean().item() for _ in range(40)]
    assert np.nanmean(totals[-8:]) < np.nanmean(totals[:8])


def test_several_scales_are_trained_on_and_resumed(folders, tmp_path):
    def make(scales=(1, 2), weights=(1.0, 0.5)):
        config = replace(trainer(folders).config, crop=48, scales=scales, scale_weights=weights)
        photos = Photos.in_folder(folders[0])
        torch.manual_seed(3)
        return PainterTrainer(
            Painter(SHAPE), find_paintings(folders[1]), photos, random_vgg(), config, Augmentation(),
            device=torch.device("cpu"),
        )  # fmt: skip

    one, two = make(), make((1,), (1.0,))
    losses = [each.training_step(*each.crops(0)) for each in (one, two)]
    assert (losses[0].style > losses[1].style).all()
    write_checkpoint(one.state_dict(), tmp_path / "checkpoint.pt")
    again = make()
    resume(again, tmp_path / "checkpoint.pt")
    assert torch.equal(again.training_step(*again.crops(1)).style, one.training_step(*one.crops(1)).style)
    with pytest.raises(TrainingError, match="A crop of 40 px is 10 px at the scale 4"):
        make((1, 4))


def _one_of_two(rank, folders, port, out):
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    join()
    one = trainer(folders, steps=2)
    losses = [one.training_step(*one.photos.crops(step, 4, 32, Augmentation(), 1)) for step in range(2)]
    torch.save({"losses": losses[0], "weights": one.parameters, "running_loss": one.running_loss}, out / f"{rank}.pt")


def test_two_processes_take_the_step_that_one_would(folders, tmp_path):
    alone = trainer(folders, steps=2)
    losses = alone.training_step(*alone.photos.crops(0, 4, 32, Augmentation(), 1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_one_of_two, (folders, port, tmp_path), nprocs=2)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=False) for rank in range(2))
    for a, b in zip(first["weights"], second["weights"], strict=True):
        assert torch.equal(a, b)
    assert torch.equal(first["running_loss"], second["running_loss"])
    for a, b in zip(losses, first["losses"], strict=True):
        assert len(a)
        assert torch.allclose(a, b, rtol=0.01)


def test_what_is_beyond_the_limits_learns_to_come_back_and_never_to_go_further():
    x = torch.tensor([-0.5, -0.5, 0.5, 1.5, 1.5], requires_grad=True)
    y = limited(x)
    assert y.tolist() == [0, 0, 0.5, 1, 1]
    y.backward(torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0]))
    assert x.grad.tolist() == [0, -1, 1, 1, 0]  # a step goes against the slope


def test_a_diverging_run_stops_and_says_so(folders):
    one = trainer(folders)
    with torch.no_grad():
        one.table[1:] = float("nan")
    with pytest.raises(TrainingError, match="diverged at step 0"):
        one.training_step(*one.photos.crops(0, 2, 32, Augmentation(), 1))


def test_the_photo_style_is_the_identity_and_stays_it(folders):
    one = trainer(folders)
    for step in range(4):
        one.training_step(*one.photos.crops(step, 2, 32, Augmentation(), 1))
    pixels = torch.rand(1, 3, 52, 60)
    for vector in (one.vectors()[:1], identity_vector(SHAPE)[None]):
        assert torch.equal(paint(one.painter, pixels, vector), pixels)


def test_another_runs_checkpoint_is_refused(folders, tmp_path):
    write_checkpoint(trainer(folders).state_dict(), tmp_path / "checkpoint.pt")
    (folders[1] / "picture_64.png").rename(folders[1] / "other.png")
    with pytest.raises(TrainingError, match="other styles"):
        resume(trainer(folders), tmp_path / "checkpoint.pt")
    (tmp_path / "checkpoint.pt").write_bytes(b"nonsense")
    with pytest.raises(TrainingError, match="not a checkpoint"):
        resume(trainer(folders), tmp_path / "checkpoint.pt")


def test_an_interrupted_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    write_checkpoint({"step": 1}, tmp_path / "checkpoint.pt")
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def fail(state, path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(TrainingError, match=r"cannot be written \(disk full\)"):
        write_checkpoint({"step": 2}, tmp_path / "checkpoint.pt")
    assert [path.name for path in tmp_path.glob("checkpoint*")] == ["checkpoint.pt"]
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_command_fails_with_one_sentence(tmp_path, capsys, folders):
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, words in (
        ([empty, folders[1]], "No photos found"),
        ([tmp_path / "nowhere", folders[1]], "not a folder"),
        ([folders[0], empty], "No paintings found"),
    ):
        command = ["--photos", str(arguments[0]), "--paintings", str(arguments[1]), "--out", str(tmp_path / "run")]
        assert training.main([*command, "--loss-weights", "missing.pt"]) == 1
        error = capsys.readouterr().err
        assert words in error
        assert "Traceback" not in error


def test_held_out_photos_are_never_trained_on(tmp_path, astronaut):
    for i in range(120):
        astronaut.resize((8, 8)).save(tmp_path / f"{i}.png")
    train, held = (Photos.in_folder(tmp_path, held_out=h).paths for h in (False, True))
    assert len(train) + len(held) == 120
    assert held
    assert all(is_held_out(p) for p in held)
    assert not set(train) & set(held)


def test_only_unreadable_photos_end_in_a_sentence(tmp_path):
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(TrainingError, match="None of the photos"):
        Photos.in_folder(tmp_path).crops(0, 1, 32, Augmentation(), 1)
