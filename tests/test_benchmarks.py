import re

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

from benchmarks import grid, precision, predict, refinement, report, sizes, yardstick
from stylize import Stylizer
from stylize.inference.int8 import is_fast
from stylize.inference.layers import multiply_adds
from stylize.training.models.loss_network import random_vgg


def test_the_yardstick_has_the_layout_it_is_named_for(onnx_painter):
    session = ort.InferenceSession(yardstick.network(), providers=["CPUExecutionProvider"])
    image = np.asarray(report.photo(64, 48), np.float32).transpose(2, 0, 1)[None]
    assert session.run(None, {"image": image})[0].shape == (1, 3, 48, 64)
    # 1.68 million weights in pytorch/examples' TransformerNet: 6.7 MB
    assert 6_600_000 < len(yardstick.network()) < 6_800_000
    assert multiply_adds(onnx_painter.layers) < yardstick.multiply_adds() / 4


def test_a_report_replaces_the_last_one_of_its_name(tmp_path, capsys):
    out = tmp_path / "docs/performance.md"
    for name, text in (("latency", "old"), ("wall", "kept"), ("latency", "new \\1")):
        report.publish(name, text, out)
    written = out.read_text()
    assert "old" not in written
    assert written.index("new \\1") < written.index("kept")
    assert "kept" in capsys.readouterr().out


def test_turns_are_taken_and_the_median_told():
    calls = []
    times = report.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert set(times) == {"a", "b"}
    assert report.table(["x", "y"], [[1, 2]]).splitlines()[2] == "| 1 | 2 |"


def test_two_sizes_are_compared_in_all_styles(capsys, painter):
    plain = Image.new("RGB", (8, 8), "grey")
    assert sizes._sharpness(plain) == 0
    assert sizes._agreement(plain, Image.new("RGB", (8, 8), (138, 128, 128))) > 30
    status = sizes.main(["--small", "96", "--large", "160"])
    said = capsys.readouterr().out
    mean = float(re.search(r"mean\*\* \| \*\*([\d.]+)", said)[1])
    assert said.count("\n| ") == len(painter.styles) + 2  # the rule and the mean
    assert status == (mean < sizes.GOAL)


@pytest.mark.skipif(not is_fast(), reason="this CPU has no instructions for int8")
def test_whole_numbers_are_compared_with_floats(capsys, monkeypatch):
    monkeypatch.setattr(precision, "SIZE", 96)
    assert precision.main([]) == 0
    assert float(re.search(r"dB \| ([\d.]+) \|", capsys.readouterr().out)[1]) > 30


def test_predictions_are_timed_by_size(capsys, monkeypatch):
    monkeypatch.setattr(predict, "SIZES", ((96, 64),))
    assert predict.main(["--rounds", "1"]) == 0
    assert "| 96x64 |" in capsys.readouterr().out


def test_a_grid_is_timed_against_the_wall(capsys, monkeypatch):
    monkeypatch.setattr(grid, "SIZE", (64, 48))
    monkeypatch.setattr(grid, "GOAL", 1e9)
    assert grid.main(["--rounds", "1"]) == 0
    said = capsys.readouterr().out
    assert f"| the wall, {len(Stylizer(device='cpu').styles)} styles | " in said
    assert "| the numbers of a grid | " in said
    monkeypatch.setattr(grid, "GOAL", 0)
    assert grid.main(["--rounds", "1"]) == 1


def test_what_optimisation_still_takes_off_is_judged_by_strangers_too(capsys, monkeypatch, tmp_path, astronaut):
    networks = {"teacher": random_vgg(), "twin": None, "stranger": None}
    networks["twin"], networks["stranger"] = networks["teacher"], random_vgg((8, 4, 4, 4, 4))
    monkeypatch.setattr(refinement, "load_loss_network", lambda source, ours=True: networks[source])
    monkeypatch.setattr(refinement, "choose_photos", lambda folder, count: [tmp_path / "photo.png"] * count)
    astronaut.resize((96, 64)).save(tmp_path / "photo.png")
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    astronaut.resize((64, 64)).save(paintings / "great_wave.png")
    folders = ["--photos", str(tmp_path), "--paintings", str(paintings), "--loss-weights", "teacher"]
    options = ["--size", "64", "--count", "1", "--iterations", "0", "3", "--judges", "twin", "stranger"]
    assert refinement.main([*folders, *options]) == 0
    means = capsys.readouterr().out.split("**mean** | ")[1].split(" |")[:8]
    levels, own, twin, stranger = ([float(means[i]), float(means[i + 4])] for i in range(4))
    assert levels[0] == 0 < levels[1]
    assert own == twin
    assert own[0] == stranger[0] == 1 > own[1]
    assert refinement.main([*folders, *options, "--styles", "nobody"]) == 1
    assert "available" in capsys.readouterr().err
