"""The optimisation reference: it descends, repeats, stops when told, and its command never writes half a picture."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylize.errors import PictureError, TrainingError
from stylize.training.data.images import at_size, to_tensor
from stylize.training.losses.perceptual import perceptual_losses, style_by_layer, style_target
from stylize.training.models.loss_network import random_vgg
from stylize.training.tasks import optimise as module
from stylize.training.tasks.optimise import OptimiseConfig, OptimiseProgress, descend, main, optimise

TINY = OptimiseConfig(size=64, iterations=6, octaves=1, style_sizes=(48,))


@pytest.fixture
def network() -> torch.nn.Module:
    return random_vgg()


@pytest.fixture
def photo() -> Image.Image:
    ramp = np.linspace(40, 220, 72, dtype=np.uint8)
    return Image.fromarray(
        np.stack([np.tile(ramp, (64, 1)), np.full((64, 72), 120, np.uint8), np.tile(ramp[::-1], (64, 1))], 2)
    )


@pytest.fixture
def painting() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 80, 3), dtype=np.uint8))


@pytest.mark.parametrize("optimizer", module.OPTIMIZERS)
def test_the_total_falls_and_pixels_stay_in_range(network, photo, painting, optimizer):
    config = OptimiseConfig(size=64, iterations=15, octaves=1, style_sizes=(48,), optimizer=optimizer)
    steps = list(optimise(photo, painting, network, config))
    assert [s.iteration for s in steps] == list(range(16))
    assert steps[-1].total < 0.7 * steps[0].total
    assert all(s.pixels.min() >= 0 and s.pixels.max() <= 1 for s in steps)


def test_it_starts_from_the_photo_and_reports_the_losses_of_the_picture_it_yields(network, photo, painting):
    steps = list(optimise(photo, painting, network, TINY))
    assert steps[0].content == 0
    start, last = steps[0].pixels[None], steps[-1].pixels[None]
    target = style_target(network, [[torch.from_numpy(np.array(painting.resize((48, 58), 1))).permute(2, 0, 1) / 255]])
    losses = perceptual_losses(network, last, start, target)
    assert losses.content.item() == pytest.approx(steps[-1].content, rel=1e-4)
    assert losses.total().item() == pytest.approx(steps[-1].total, rel=0.02)


def test_the_same_settings_give_the_same_bits(network, photo, painting):
    first, second = (list(optimise(photo, painting, network, TINY))[-1] for _ in range(2))
    assert torch.equal(first.pixels, second.pixels)
    assert first.total == second.total


def test_octaves_go_from_coarse_to_fine(network, photo, painting):
    config = OptimiseConfig(size=64, iterations=2, octaves=2, style_sizes=(64,))
    steps = list(optimise(photo, painting, network, config))
    assert [s.size for s in steps] == [32] * 3 + [64] * 3
    assert steps[-1].pixels.shape == (3, 64, 72)
    assert steps[3].content > 0  # the fine octave starts from the coarse result, not from the photo


def test_more_scales_bring_the_style_nearer_where_one_is_blind(network, photo, painting):
    """The style loss at a quarter of the size, after optimising by one scale and by three."""
    painting = painting.resize((20, 24)).resize((160, 192), 0)  # forms of eight pixels
    distances = []
    for scales in ((1,), (1, 2, 4)):
        config = OptimiseConfig(size=128, iterations=12, octaves=1, style_sizes=(128,), scales=scales)
        pixels = list(optimise(photo, painting, network, config))[-1].pixels[None]
        sized = to_tensor(at_size(painting, 128))
        target = style_target(network, [[sized]], (4,))
        distances.append(float(sum(style_by_layer(network, pixels, target))))
    assert distances[1] < 0.8 * distances[0]


def test_a_failed_step_is_taken_back(network, photo, painting, monkeypatch):
    calls = 0

    def wild(pixels: torch.Tensor, optimizer: str):
        def step() -> None:
            nonlocal calls
            calls += 1
            pixels.copy_(torch.rand(pixels.shape, generator=torch.Generator().manual_seed(1)))

        return step

    monkeypatch.setattr(module, "_steps", wild)
    monkeypatch.setattr(module, "RELAPSE", 1.0)
    pixels = torch.from_numpy(np.array(photo)).permute(2, 0, 1) / 255
    target = style_target(network, [[pixels]])  # the start is perfect, so every step is a relapse
    steps = list(descend(pixels, pixels, target, network, 4))
    assert torch.equal(steps[2].pixels, steps[0].pixels)
    assert calls == 2


def test_closing_cancels(network, photo, painting):
    steps = optimise(photo, painting, network, TINY)
    assert len(list(islice(steps, 2))) == 2
    steps.close()
    assert list(steps) == []


@pytest.mark.parametrize(
    "config",
    [
        OptimiseConfig(size=64, octaves=3),
        OptimiseConfig(size=64, octaves=0),
        OptimiseConfig(optimizer="sgd"),
        OptimiseConfig(style_sizes=()),
        OptimiseConfig(style_sizes=(40,), octaves=2),
        OptimiseConfig(size=96, octaves=1, scales=(1, 2, 4)),
        OptimiseConfig(scales=()),
        OptimiseConfig(scales=(1, 1)),
    ],
)
def test_settings_that_cannot_work_are_refused(network, photo, painting, config):
    with pytest.raises(TrainingError):
        next(optimise(photo, painting, network, config))


def test_pictures_come_as_files_bytes_or_images(network, photo, painting, tmp_path):
    photo.save(tmp_path / "photo.png")
    painting.save(tmp_path / "painting.png")
    one = next(optimise(tmp_path / "photo.png", (tmp_path / "painting.png").read_bytes(), network, TINY))
    assert torch.equal(one.pixels, next(optimise(photo, painting, network, TINY)).pixels)


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (b"hello", PictureError, "not a picture"),
        (Image.new("RGB", (20, 20)), TrainingError, "64 pixels"),
        (Image.new("RGB", (200, 200), "teal"), TrainingError, "blank"),
    ],
)
def test_a_painting_without_a_style_is_refused(network, photo, bad, error, words):
    with pytest.raises(error, match=words):
        next(optimise(photo, bad, network, TINY))


def test_what_would_not_fit_into_memory_is_refused(network, photo, painting):
    for config, picture in ((replace(TINY, size=4000), photo), (replace(TINY, size=512), photo.resize((2000, 10)))):
        with pytest.raises(TrainingError, match="megapixels"):
            next(optimise(picture, painting, network, replace(config, style_sizes=(2000,))))


def test_ours_is_the_loss_network_when_none_is_given(photo, painting, monkeypatch):
    monkeypatch.delenv("STYLIZE_LOSS_WEIGHTS", raising=False)
    steps = list(optimise(photo, painting, config=replace(TINY, iterations=8)))
    assert steps[-1].total < 0.9 * steps[0].total


@pytest.fixture
def files(tmp_path: Path, photo, painting, network, monkeypatch) -> list[str]:
    monkeypatch.setattr(module, "load_loss_network", lambda source: network)
    photo.save(tmp_path / "photo.png")
    painting.save(tmp_path / "painting.png")
    names = [str(tmp_path / name) for name in ("photo.png", "painting.png", "out.png")]
    options = {"--size": 64, "--iterations": 3, "--octaves": 1, "--style-sizes": 48, "--device": "cpu"}
    return [*names[:2], "-o", names[2], *(str(word) for option in options.items() for word in option)]


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_the_command_writes_the_picture(files, capsys):
    assert main(files) == 0
    assert capsys.readouterr().out.strip() == files[3]
    assert size_of(files[3]) == (72, 64)


def test_a_file_that_exists_is_kept_without_overwrite(files, capsys):
    files[3] = files[0]
    assert main(files) == 1
    assert "exists. Give --overwrite" in capsys.readouterr().err
    assert main([*files, "--overwrite"]) == 0
    assert size_of(files[0]) == (72, 64)


def test_an_interrupt_keeps_the_best_so_far(files, monkeypatch):
    whole = module.optimise

    def interrupted(*args: object):
        yield from islice(whole(*args), 3)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "optimise", interrupted)
    assert main(files) == 0
    assert size_of(files[3]) == (72, 64)


def test_the_best_of_the_finest_octave_is_kept():
    def progress(size: int, total: float) -> OptimiseProgress:
        return OptimiseProgress(1, 1, size, 0, 0, 0, total, torch.zeros(3, 1, 1))

    assert module._run((p for p in [progress(32, 0.1), progress(64, 0.5), progress(64, 0.7)]), TINY).total == 0.5


@pytest.mark.parametrize(
    ("position", "value", "says"),
    [
        (0, "missing.jpg", "does not exist"),
        (1, __file__, "not a picture"),
        (3, "out.gif", "ending must be one of"),
        (3, f"{__file__}/out.png", "is no folder"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(files, capsys, position, value, says):
    files[position] = value
    assert main(files) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_wrong_usage_is_status_2(files):
    with pytest.raises(SystemExit) as stop:
        main([*files, "--optimizer", "sgd"])
    assert stop.value.code == 2
