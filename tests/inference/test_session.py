import ctypes
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from stylize import MissingNetworkError, NetworkError, OptionError, Stylizer
from stylize.inference import session
from stylize.inference.arena import SHRINK_EVERY, ArenaUse, return_freed_memory
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device, Network, read_model
from stylize.paths import MODELS


def test_unknown_and_absent_devices_are_named(monkeypatch):
    with pytest.raises(OptionError, match="Choose auto, cuda"):
        Device("toaster")
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(OptionError, match="not available here; this onnxruntime has cpu"):
        Device("cuda")


def test_the_environment_chooses_the_device(monkeypatch):
    monkeypatch.setenv("STYLIZE_DEVICE", "cpu")
    assert Device().name == "CPU"
    monkeypatch.setenv("STYLIZE_DEVICE", "nonsense")
    with pytest.raises(OptionError):
        Device()


@pytest.fixture
def pretend_cuda(monkeypatch):
    """A machine whose CUDA provider is present; sessions 'on CUDA' are CPU sessions that say otherwise."""
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    real = ort.InferenceSession

    class Pretend:
        fail_at_load = False
        fail_in_run = False

        def __init__(self, model, options, providers):
            self.cuda = providers[0][0] == "CUDAExecutionProvider"
            if self.cuda and Pretend.fail_at_load:
                raise RuntimeError("CUDA driver version is insufficient")
            self.session = real(model, options, providers=["CPUExecutionProvider"])

        def get_providers(self):
            return ["CUDAExecutionProvider", "CPUExecutionProvider"] if self.cuda else ["CPUExecutionProvider"]

        def run(self, *arguments):
            if self.cuda and Pretend.fail_in_run:
                raise RuntimeError("CUDA out of memory")
            return self.session.run(*arguments)

        def __getattr__(self, name):
            return getattr(self.session, name)

    monkeypatch.setattr(ort, "InferenceSession", Pretend)
    monkeypatch.setattr("stylize.inference.fastest_device.fastest", lambda *_: "cuda")
    return Pretend


@pytest.mark.parametrize("moment", ["fail_at_load", "fail_in_run"])
def test_a_failing_provider_is_dropped_and_the_picture_finishes(
    pretend_cuda, monkeypatch, photo, painter, caplog, moment
):
    if moment == "fail_at_load":
        monkeypatch.setattr(pretend_cuda, moment, True)
    other = Stylizer(device="auto", precision="float32")  # what begins on a GPU is float32 to its end
    if moment == "fail_in_run":
        assert other.device == "CUDA"
        monkeypatch.setattr(pretend_cuda, moment, True)
    with caplog.at_level(logging.WARNING, "stylize"):
        image = other(photo, "starry_night")
        other(photo, "the_scream")
    assert other.device == "CPU"
    assert len([r for r in caplog.records if "goes on with the CPU" in r.message]) <= 1
    here = Stylizer(device="cpu", precision="float32")(photo, "starry_night")
    assert np.abs(np.asarray(image).astype(int) - np.asarray(here)).max() <= 1


def test_on_a_gpu_one_session_paints_every_style_and_algorithms_are_not_tried_for_each_size(
    pretend_cuda, monkeypatch, painter, photo
):
    made, real = [], pretend_cuda.__init__

    def counted(self, model, options, providers):
        made.append(providers)
        real(self, model, options, providers)

    monkeypatch.setattr(pretend_cuda, "__init__", counted)
    here, there = OnnxPainter(MODELS, Device("cpu"), "float32"), OnnxPainter(MODELS, Device("cuda"))
    pixels = np.asarray(photo)
    folded = [here.fold(vector, here.sample(pixels, vector)) for vector in map(painter.vector, ("udnie", "the_kiss"))]
    made.clear()
    painted = [there.paint(pixels, style) for style in folded]
    assert len(made) == 1
    assert made[0][0][1]["cudnn_conv_algo_search"] == "HEURISTIC"
    for style, image in zip(folded, painted, strict=True):
        assert np.abs(here.paint(pixels, style).astype(int) - image).max() <= 1


def test_a_provider_that_silently_falls_back_is_reported(pretend_cuda, monkeypatch):
    monkeypatch.setattr(pretend_cuda, "get_providers", lambda self: ["CPUExecutionProvider"])
    assert Stylizer(device="auto").device == "CPU"


@pytest.mark.skipif("OpenVINOExecutionProvider" not in ort.get_available_providers(), reason="no OpenVINO here")
def test_openvino_paints_what_the_cpu_paints(painter, photo):
    pixels = np.asarray(photo)
    here, there = OnnxPainter(MODELS, Device("cpu"), "float32"), OnnxPainter(MODELS, Device("openvino"))
    vector = painter.vector("udnie")
    folded = here.fold(vector, here.measure(pixels, vector)[1])
    assert np.abs(here.paint(pixels, folded).astype(int) - there.paint(pixels, folded)).max() <= 2


def test_model_files_that_are_not_models_get_a_sentence(tmp_path, monkeypatch):
    path = tmp_path / "painter.onnx"
    with pytest.raises(MissingNetworkError, match=r"holds no painter\.onnx"):
        read_model(path)
    with pytest.raises(NetworkError, match="cannot be read"):
        read_model(tmp_path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(NetworkError, match="git lfs pull"):
        read_model(path)
    monkeypatch.setattr(session, "MAX_FILE", 10)
    with pytest.raises(NetworkError, match="larger than"):
        read_model(path)


@pytest.mark.parametrize("broken", ["painter.onnx", "measure.onnx"])
def test_broken_models_are_named(tmp_path, broken):
    for name in ("painter.onnx", "measure.onnx"):
        (tmp_path / name).write_bytes((MODELS / name).read_bytes() if name != broken else b"nonsense")
    with pytest.raises(NetworkError, match=broken.split(".")[0]):
        Stylizer(tmp_path)


def test_a_run_that_fails_on_the_cpu_says_so():
    device = Device("cpu")
    measure = Network(device, (MODELS / "measure.onnx").read_bytes())
    with pytest.raises(NetworkError, match="failed on this picture"):
        measure.run({"pixels": np.zeros((1, 9, 9, 3), np.uint8)})


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell how much memory is held")
def test_the_memory_of_a_large_picture_is_given_back():
    code = f"""
from pathlib import Path
from PIL import Image
from stylize import Stylizer
painter = Stylizer(device="cpu", threads=1)
for side in (1200, {"64, " * 2 * SHRINK_EVERY}):
    painter(Image.new("RGB", (side, side)), "udnie")
    print(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[0]) - int(said[-1]) > 40  # MB


def test_memory_is_given_back_where_sizes_change_and_kept_where_they_do_not():
    use = ArenaUse()
    assert not any(use.is_stale(size) for size in [3, 5, 7, 3, 5, 7, 3][: SHRINK_EVERY - 1])
    assert use.is_stale(5)  # these sizes are new
    assert not any(use.is_stale(size) for _ in range(6) for size in (3, 5, 7, 7))  # the same ones in some order
    assert any(use.is_stale(2) for _ in range(SHRINK_EVERY))


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])  # no such library, not glibc, Windows
def test_a_system_without_glibc_is_not_asked_for_memory(monkeypatch, error):
    def refuse(_):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    return_freed_memory()


def test_pictures_that_are_painted_at_once_share_the_threads():
    device = Device("cpu", threads=6)
    shares = [device.share]
    with device.shared():
        shares.append(device.share)
        with device.shared():
            shares.append(device.share)
            with device.shared(), device.shared():
                shares.append(device.share)
    assert (shares, device.share) == ([6, 6, 3, 1], 6)


def test_a_network_has_a_session_for_each_share_and_paints_the_same(painter, photo, monkeypatch):
    device, made = Device("cpu", threads=2), []
    network = OnnxPainter(MODELS, device, "float32")
    session = device.session
    monkeypatch.setattr(device, "session", lambda *given, **how: made.append(given[-1]) or session(*given, **how))
    pixels, vector = np.asarray(photo), painter.vector("udnie")
    alone, _ = network.measure(pixels, vector)
    with device.shared(), device.shared():
        for _ in range(2):
            together, _ = network.measure(pixels, vector)
    assert made == [1]
    assert np.abs(alone.astype(int) - together).max() <= 1
