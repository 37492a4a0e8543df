from dataclasses import dataclass, replace

import pytest

from stylize.paths import MODELS
from stylize.training.evaluation import ablation
from stylize.training.evaluation.ablation import VARIANTS, main, read_scores
from stylize.training.models.loss_network import random_vgg
from stylize.training.tasks.painter_trainer import TrainConfig


@dataclass(frozen=True)
class SmallConfig(TrainConfig):
    batch: int = 2
    style_sizes: tuple[int, ...] = (96,)


@pytest.fixture
def folders(tmp_path, astronaut, monkeypatch):
    monkeypatch.setattr(ablation, "CROP", 128)
    monkeypatch.setattr(ablation, "COUNT", 1)
    monkeypatch.setattr(ablation, "FOLDED", 2)
    monkeypatch.setattr(ablation, "STYLE_SIZES", SmallConfig.style_sizes)
    monkeypatch.setattr(ablation, "TrainConfig", SmallConfig)
    monkeypatch.setattr(ablation, "load_loss_network", lambda source, ours=True: random_vgg())
    monkeypatch.setattr(ablation.Photos, "in_folder", lambda folder, held_out=None: ablation.Photos([photo]))
    photo = tmp_path / "photo.png"
    astronaut.resize((160, 160)).save(photo)
    for name in ("styles", "others"):
        (tmp_path / name).mkdir()
        astronaut.resize((96, 96)).save(tmp_path / name / f"{name}.png")
    return tmp_path


def arguments(folders, *more):
    paths = {"--photos": folders, "--paintings": folders / "styles", "--others": folders / "others"}
    options = [str(part) for pair in paths.items() for part in pair]
    return [*options, "--out", str(folders / "out"), "--steps", "2", "--crop", "72", *more]


def test_every_kind_of_variant_gets_a_row_and_finished_rows_are_kept(folders, capsys):
    names = [
        "the recipe",
        "head: nearest + convolution",
        "content relu4_1 alone",
        "dropout 0.3",
        "other paintings, from the trained painter",
        "the trained painter, frozen statistics",
    ]
    assert main(arguments(folders, "--only", *names[:1])) == 0
    first = read_scores(folders / "out" / "rows.csv")
    assert main(arguments(folders, "--only", *names)) == 0
    scores = read_scores(folders / "out" / "rows.csv")
    assert scores[0] == first[0]
    assert [s.name for s in scores] == names
    assert all(s.total > 0 and s.stroke > 0 for s in scores)
    assert capsys.readouterr().out.count("\n|") >= len(names)
    place = [v.name for v in VARIANTS].index(names[-1])
    assert (folders / "out" / f"{place:02}_1.png").exists()


def test_every_seed_gets_a_row_and_the_table_shows_how_far_they_are_apart(folders, capsys):
    assert main(arguments(folders, "--only", "the recipe", "--seeds", "1", "2", "1")) == 0
    scores = read_scores(folders / "out" / "rows.csv")
    assert [(s.name, s.seed) for s in scores] == [("the recipe", 1), ("the recipe", 2)]
    low, high = sorted(s.total for s in scores)
    assert low < high
    line = capsys.readouterr().out.strip().split("\n")[-1]
    cells = [cell.strip() for cell in line.split("|")]
    assert float(cells[2]) == pytest.approx((low + high) / 2, abs=1e-3)
    assert cells[3] == "1.00"
    by_seed = [float(share) for share in cells[4].split(",")]
    assert by_seed == pytest.approx([s.total / ((low + high) / 2) for s in scores], abs=0.006)


def test_a_table_of_other_columns_is_not_gone_on_with(folders, capsys):
    (folders / "out").mkdir()
    (folders / "out" / "rows.csv").write_text("name,total\nthe recipe,1\n")
    assert main(arguments(folders, "--only", "the recipe")) == 1
    assert "other columns" in capsys.readouterr().err
    assert (folders / "out" / "rows.csv").read_text() == "name,total\nthe recipe,1\n"


def test_the_baseline_is_the_recipe_and_names_are_unique():
    assert VARIANTS[0] == replace(VARIANTS[0], config={}, shape={}, augmentation={}, layers={})
    assert len({v.name for v in VARIANTS}) == len(VARIANTS)
    assert (MODELS / "painter.onnx").is_file()
