import logging
import math
import shutil

import onnxruntime as ort
import pytest

from stylize import Stylizer, cpu
from stylize.errors import NetworkError
from stylize.inference import fastest_device, int8
from stylize.inference.fastest_device import cache_folder, fastest, open_device
from stylize.inference.painter import OnnxPainter
from stylize.paths import MODELS


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def times(monkeypatch):
    """A machine with three devices, and what each takes; the list grows by the name of what is tried."""
    found = {"cuda": 0.3, "openvino": 0.1, "cpu": 0.2}
    providers = ["CPUExecutionProvider", "OpenVINOExecutionProvider", "CUDAExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: providers)
    tried = []

    def seconds(folder, device, threads, precision):
        tried.append(device)
        return found[device]

    monkeypatch.setattr(fastest_device, "seconds", seconds)
    return found, tried


def test_the_fastest_is_found_once_for_a_machine_and_a_precision(times, caplog):
    _, tried = times
    with caplog.at_level(logging.INFO, "stylize"):
        assert fastest(MODELS) == "openvino"
    assert "painting with openvino" in caplog.text
    assert fastest(MODELS) == "openvino"
    assert tried == ["cuda", "openvino", "cpu"]
    assert fastest(MODELS, precision="int8") == "openvino"
    assert len(tried) == 6


def test_a_device_that_fails_is_not_chosen(times):
    found, _ = times
    found["openvino"] = math.inf
    assert fastest(MODELS) == "cpu"
    found.update(dict.fromkeys(found, math.inf))
    assert fastest(MODELS, threads=1) == "cpu"


def test_nothing_is_tried_where_there_is_the_cpu_alone(times, monkeypatch):
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert fastest(MODELS) == "cpu"
    assert not times[1]


def test_what_is_remembered_may_be_damaged_or_unwritable(times, home, monkeypatch):
    assert fastest(MODELS) == "openvino"
    (kept,) = cache_folder().iterdir()
    for text in ("", "{}", '{"device": "abacus"}', "[1]"):
        kept.write_text(text)
        assert fastest(MODELS) == "openvino"
    assert len(times[1]) == 15
    (home / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "file"))
    assert fastest(MODELS) == "openvino"


@pytest.fixture
def arm(tmp_path, monkeypatch):
    """A CPU whose speed in whole numbers is not known, and what each precision takes there."""
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd atomics asimddp\n")
    about = cpu.instructions(tmp_path / "cpuinfo")
    for module in (int8, fastest_device):
        monkeypatch.setattr(module, "instructions", lambda *_: about)
    found = {"int8": 0.1, "float32": 0.2}
    tried = []

    def seconds(folder, device, threads, precision):
        tried.append((device, precision))
        return found[precision]

    monkeypatch.setattr(fastest_device, "seconds", seconds)
    return found, tried


def test_whole_numbers_are_tried_where_nobody_has_measured_them(arm, monkeypatch, tmp_path):
    found, tried = arm
    assert open_device("cpu", MODELS)[1] == "int8"
    assert open_device("cpu", MODELS)[1] == "int8"
    assert tried == [("cpu", "int8"), ("cpu", "float32")]
    found["int8"] = 0.3
    assert open_device("cpu", MODELS, threads=1)[1] == "float32"
    assert open_device("cpu", MODELS, precision="int8")[1] == "int8"  # as asked
    assert len(tried) == 4
    found.update(dict.fromkeys(found, math.inf))
    assert open_device("cpu", MODELS, threads=3)[1] == "float32"
    for name in ("painter.onnx", "measure.onnx", "painter_int8.onnx"):  # and not all that int8 needs
        shutil.copy(MODELS / name, tmp_path)
    assert open_device("cpu", tmp_path)[1] == "auto"
    monkeypatch.setattr(int8, "instructions", lambda *_: frozenset({"avx2"}))
    assert open_device("cpu", MODELS)[1] == "auto"  # where they would be wrong


def test_a_device_is_named_by_hand_without_a_trial(times):
    assert Stylizer(device="cpu").device == "CPU"
    assert not times[1]


def test_a_trial_paints(monkeypatch):
    monkeypatch.setattr(fastest_device, "SIDE", (32, 48))
    assert 0 < fastest_device.seconds(MODELS, "cpu", 1) < 60

    def broken(*_):
        raise NetworkError("the network failed")

    monkeypatch.setattr(OnnxPainter, "measure", broken)
    assert math.isinf(fastest_device.seconds(MODELS, "cpu"))
