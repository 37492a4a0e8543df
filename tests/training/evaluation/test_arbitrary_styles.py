"""The measure of the ways to an unseen painting: its table, and the whole command on something tiny."""

import pytest

from stylize.paths import LOSS_NETWORK, MODELS
from stylize.training.data.images import pictures_in
from stylize.training.data.photos import is_held_out
from stylize.training.evaluation import arbitrary_styles
from stylize.training.models.loss_network import random_vgg
from stylize.training.tasks.style_trainer import TeachConfig


def test_the_table_compares_medians_and_pairs():
    text = arbitrary_styles.table(
        {
            "a": {"instant": 3.0, "taught, own": 1.0},
            "b": {"instant": 3.0, "taught, own": 2.0},
            "c": {"instant": 4.5, "taught, own": 3.0},
        },
        {"x": 1.0, "y": 4.0, "z": 1.6},
    )
    assert "| **median** | 3.000 | 2.000 |" in text
    assert "| over jointly trained | 1.88 | 1.25 |" in text
    assert "| over taught, own, median of ratios | 1.50 | 1.00 |" in text
    assert "3 styles, median 1.600, mean 2.200" in text


@pytest.fixture
def folders(tmp_path, astronaut):
    for name in ("photos", "presets", "paintings"):
        (tmp_path / name).mkdir()
    for i in range(60):
        astronaut.resize((72, 64)).save(tmp_path / "photos" / f"{i}.png")
    assert any(map(is_held_out, pictures_in(tmp_path / "photos")))
    astronaut.resize((80, 80)).save(tmp_path / "presets" / "udnie.png")
    astronaut.rotate(90).resize((80, 80)).save(tmp_path / "paintings" / "new.png")
    return tmp_path


def test_the_command_measures_every_way(folders, monkeypatch, painter):
    network, loaded = random_vgg(), []

    def load(source, *, ours=True):
        loaded.append(source)
        return network

    monkeypatch.setattr(arbitrary_styles, "load_loss_network", load)
    monkeypatch.setattr(arbitrary_styles, "predicted_style", lambda *_: painter.styles["the_scream"])
    monkeypatch.setattr(arbitrary_styles, "STYLE_SIZES", (64,))
    monkeypatch.setattr(arbitrary_styles, "DEFAULTS", TeachConfig(batch=1, crop=72, style_sizes=(64,)))
    out = folders / "out" / "report.md"
    words = {"--paintings": "paintings", "--presets": "presets", "--photos": "photos"}
    options = {"--loss-weights": "judge.pt", "--learn-with": "own", "--models": MODELS, "--out": out, "--device": "cpu"}
    numbers = {"--steps": 1, "--count": 1, "--size": 64, "--iterations": 2, "--threads": 1}
    paths = {key: folders / name for key, name in words.items()}
    assert arbitrary_styles.main([str(word) for option in (paths | options | numbers).items() for word in option]) == 0
    assert loaded == ["judge.pt", LOSS_NETWORK]  # ours by its file: the environment may name another
    text = out.read_text()
    assert "| painting | instant | taught, own | optimised, own |" in text
    assert "| new |" in text
    assert "Jointly trained: 1 styles" in text
    assert out.with_suffix(".png").exists()


def test_the_judge_must_be_given(folders, monkeypatch, capsys):
    monkeypatch.delenv("STYLIZE_LOSS_WEIGHTS", raising=False)
    words = {"--paintings": "paintings", "--presets": "presets", "--photos": "photos", "--out": "r.md"}
    assert arbitrary_styles.main([str(w) for key, name in words.items() for w in (key, folders / name)]) == 1
    assert "No loss network given" in capsys.readouterr().err
