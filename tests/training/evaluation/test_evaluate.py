"""The evaluation: the whole command on a tiny run, its repeatability, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylize.errors import TrainingError
from stylize.training.data.photos import is_held_out
from stylize.training.evaluation import evaluate as module
from stylize.training.evaluation import reference
from stylize.training.evaluation.evaluate import Protocol, choose_photos, main
from stylize.training.evaluation.metrics import Row
from stylize.training.evaluation.pipelines import Pipeline, exact
from stylize.training.evaluation.report import ratio, table
from stylize.training.export.painter import export
from stylize.training.losses.perceptual import STYLE_WEIGHT, TV_WEIGHT
from stylize.training.models.loss_network import random_vgg
from stylize.training.models.painter import Painter, Shape, identity_vector

SHAPE = Shape(stem=4, trunk=8, blocks=1, head=4, eighth=8, sixteenth=8)


def noise(path: Path, seed: int, size: tuple[int, int] = (96, 80)) -> None:
    rng = np.random.default_rng(seed)
    Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def work(tmp_path: Path, monkeypatch) -> Path:
    """Two paintings, a folder of photos with three held out, and a run with both styles."""
    network = random_vgg()
    monkeypatch.setattr(module, "load_loss_network", lambda source, ours=True: network)
    names = [name for name in (f"photo{i}.png" for i in range(400)) if is_held_out(Path(name))][:3]
    for folder in ("photos", "paintings", "run"):
        (tmp_path / folder).mkdir()
    for seed, name in enumerate([*names, "a.png", "b.png"]):
        noise(tmp_path / "photos" / name, seed)
    for seed, name in enumerate(["dots.png", "lines.png"]):
        noise(tmp_path / "paintings" / name, seed + 10)
    start = identity_vector(SHAPE)
    vectors = start.repeat(3, 1)
    channels = sum(SHAPE.channels)
    vectors[1:, channels - 12 : channels] = 0.2
    torch.save(
        {
            "painter": Painter(SHAPE).state_dict(),
            "shape": SHAPE.as_dict(),
            "vectors": vectors,
            "styles": [{"id": "lines", "title": "Lines"}, {"id": "dots", "title": "Dots"}],
            "settings": {"style_sizes": (64, 80)},
            "step": 7,
        },
        tmp_path / "run" / "checkpoint.pt",
    )
    return tmp_path


def options(work: Path, *more: str, out: str = "report") -> list[str]:
    folders = {"--checkpoint": "run", "--photos": "photos", "--paintings": "paintings", "--out": out}
    small = ["--size", "64", "--count", "2", "--iterations", "3", "--threads", "1", "--device", "cpu"]
    return [*(word for name, folder in folders.items() for word in (name, str(work / folder))), *small, *more]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_reports_every_style_and_photo(work):
    assert main(options(work)) == 0
    rows = rows_of(work / "report" / "rows.csv")
    assert [(r["pipeline"], r["style"]) for r in rows[:4]] == [("exact", "lines"), ("optimised", "lines")] * 2
    assert len(rows) == 2 * 2 * 2
    for row in rows:
        total = STYLE_WEIGHT * float(row["style_loss"]) + float(row["content"]) + TV_WEIGHT * float(row["tv"])
        assert float(row["total"]) == pytest.approx(total, rel=1e-4)
        by_layer = [float(value) for name, value in row.items() if name.startswith("style_loss_of_")]
        assert len(by_layer) == len(random_vgg().style) * 3
        assert float(row["style_loss"]) == pytest.approx(sum(by_layer), rel=1e-4)
        assert float(row["total_one scale"]) > 0
        assert 2 <= float(row["strokes"]) <= 128
    assert all(float(r["ssim_at_0"]) == 1 for r in rows if r["pipeline"] == "exact")
    text = (work / "report" / "report.md").read_text()
    assert "| lines |" in text
    assert "| dots |" in text
    assert text.count("Style by layer: relu1_1 0.") == 2
    assert text.count("Style by scale: 1 0.") == 2
    assert text.count("Distinctness of the styles 0.") == 2
    assert "Equivalent iterations by one scale: median" in text
    with Image.open(work / "report" / "sheet_exact.png") as sheet:
        assert sheet.height == 3 * 256


def test_it_repeats_bit_for_bit_with_and_without_kept_curves(work, monkeypatch):
    assert main(options(work, out="first")) == 0
    assert main(options(work, out="second")) == 0
    monkeypatch.setattr(reference, "descend", None)  # what is kept is not optimised again
    assert main(options(work, out="second")) == 0
    for name in ("report.md", "rows.csv", "sheet_exact.png", "sheet_optimised.png"):
        assert (work / "first" / name).read_bytes() == (work / "second" / name).read_bytes()


def test_other_settings_do_not_read_kept_curves(work):
    assert main(options(work, "--styles", "dots")) == 0
    kept = set((work / "report" / "curves").iterdir())
    assert main(options(work, "--styles", "dots", "--style-sizes", "64")) == 0
    assert len(set((work / "report" / "curves").iterdir()) - kept) == 4  # by one scale, too


def test_a_judge_with_the_same_weights_agrees(work, monkeypatch):
    assert main(options(work)) == 0
    assert main(options(work, "--judges", "twin.pt")) == 0  # the kept optimisations were not judged: they run again
    monkeypatch.setattr(reference, "descend", None)
    assert main(options(work, "--judges", "twin.pt")) == 0
    rows = rows_of(work / "report" / "rows.csv")
    assert all(r["total_twin"] == r["total"] for r in rows)
    text = (work / "report" / "report.md").read_text()
    header, *lines = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    own, judged = header.index(" iterations "), header.index(" by twin ")
    assert all(line[own] == line[judged] for line in lines if line[1].strip() in ("lines", "dots"))
    assert text.count("Equivalent iterations by twin: median") == 1


def test_a_judge_may_disagree():
    curves = {"a": {"p": [10.0, 5.0, 2.0]}}
    judged = {"x": {"a": {"p": [10.0, 8.0, 7.0]}}, "y": {"a": {"p": [4.0, 2.0, 2.0]}}}
    text = table([row("a", 5.0, judged=(7.5, 3.0))], curves, (), judged)
    assert "| iterations | by x | by y | SSIM |" in text
    assert "| 1.0 | 1.5 | 0.5 |" in text
    assert "Equivalent iterations by x: median 1.5, worst 1.5 (a)." in text


def test_it_can_go_without_optimisation(work):
    assert main(options(work, "--iterations", "0")) == 0
    assert {r["pipeline"] for r in rows_of(work / "report" / "rows.csv")} == {"exact"}
    assert {r["iterations"] for r in rows_of(work / "report" / "rows.csv")} == {"-"}
    assert main(options(work, "--iterations", "0", "--judges", "twin.pt")) == 0


def test_the_checkpoint_is_painted_with_its_own_vectors(work):
    pipeline, sizes = exact(work / "run", torch.device("cpu"))
    assert sizes == (64, 80)
    photo = Image.open(work / "photos" / "a.png").resize((72, 60))
    assert np.array_equal(pipeline.paint(photo, "dots", 0.0), photo)
    assert not np.array_equal(pipeline.paint(photo, "dots", 1.0), photo)


def test_shipped_networks_can_stand_for_the_run_that_made_them(work):
    export(work / "run", work / "models")
    before, _ = exact(work / "run", torch.device("cpu"))
    after, sizes = exact(work / "models", torch.device("cpu"))
    assert sizes == Protocol().style_sizes
    photo = Image.open(work / "photos" / "a.png").resize((72, 60))
    assert sorted(after.styles) == sorted(before.styles)
    apart = np.subtract(*(np.asarray(p.paint(photo, "dots", 1.0), int) for p in (before, after)))
    assert np.abs(apart).max() <= 1


def test_a_shipped_pipeline_is_measured_beside_the_exact_one(work, monkeypatch):
    same, _ = exact(work / "run", torch.device("cpu"))
    monkeypatch.setattr(module, "shipped", lambda models: Pipeline("shipped", ["dots"], same.paint))
    assert main(options(work, "--models", "models", "--iterations", "0")) == 0
    assert "shipped / exact: mean 1.000, worst 1.000 (dots)" in (work / "report" / "report.md").read_text()


def row(style: str, total: float, pipeline: str = "exact", strengths: tuple[float, ...] = (), judged=()) -> Row:
    nothing = dict.fromkeys(
        ("style_loss", "content", "tv", "iterations", "grid_2", "grid_4", "grid_8", "hatching", "strokes", "saturated"),
        0.0,
    )
    return Row(
        pipeline=pipeline, style=style, photo="p", total=total, ssim=1.0, border=1.0, blotches=0, ssim_at_0=1.0,
        strengths=strengths, judged=judged, **nothing,
    )  # fmt: skip


def test_the_summary_names_the_worst_style_and_the_cap():
    curves = {style: {"p": [10.0, 5.0, 2.0]} for style in ("a", "b", "c")}
    text = table([row("a", 1.0), row("b", 5.0), row("c", 1.5)], curves, ())
    assert "median >=2, worst 1.0 (b)" in text


def test_a_middle_that_is_worse_than_less_strength_is_not_monotone():
    assert row("a", 1, strengths=(4, 3, 2, 1.5, 1)).monotone
    assert not row("a", 1, strengths=(4, 3, 3.5, 1.5, 1)).monotone


def test_the_ratio_is_a_mean_over_styles():
    rows = [row("a", 1.0), row("a", 1.1, "shipped"), row("b", 2.0), row("b", 2.6, "shipped")]
    assert ratio(rows) == "Total loss, shipped / exact: mean 1.200, worst 1.300 (b).\n"


def test_photos_are_held_out_and_chosen_by_name(work):
    chosen = choose_photos(work / "photos", 2)
    assert all(is_held_out(path) for path in chosen)
    for path in set((work / "photos").iterdir()) - set(chosen):
        path.unlink()
    assert choose_photos(work / "photos", 2) == chosen
    with pytest.raises(TrainingError, match="has 2 held-out photos"):
        choose_photos(work / "photos", 3)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--styles", "dots", "cubes"], "Style cubes cannot be measured; available"),
        (["--checkpoint", "nowhere.pt"], "does not exist"),
        (["--photos", "nowhere"], "is not a folder"),
        (["--count", "9"], "smaller --count"),
        (["--judges", "one/twin.pt", "other/twin.pt"], "Two judges have the same name"),
    ],
)
def test_bad_input_is_one_sentence_and_status_1(work, capsys, more, says):
    assert main(options(work, *more)) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("more", [["--size", "8"], ["--count", "0"], ["--iterations", "-1"]])
def test_wrong_usage_is_status_2(work, more):
    with pytest.raises(SystemExit) as stop:
        main(options(work, *more))
    assert stop.value.code == 2


def test_something_to_measure_must_be_given(work):
    with pytest.raises(SystemExit) as stop:
        main(options(work)[2:])
    assert stop.value.code == 2
