import numpy as np
import onnx
import pytest
import torch

from stylize.errors import TrainingError
from stylize.inference import style_vector
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device, Network
from stylize.paths import MODELS
from stylize.training.export import painter as exporting
from stylize.training.export.painter import TOLERANCE, difference, export_style, main, write_painter
from stylize.training.models.painter import Painter, Shape, identity_vector
from stylize.training.models.trained_run import read_painter


def test_the_shipped_painter_can_be_read_back(onnx_painter):
    network = read_painter(MODELS)
    assert network.shape.style_size == onnx_painter.style_size
    with pytest.raises(TrainingError, match="no painter"):
        read_painter(MODELS / "styles")


def test_a_style_becomes_a_network_of_its_own_from_any_folder(tmp_path, monkeypatch, painter, astronaut, capsys):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "udnie.onnx"
    assert main(["--style", "udnie", "-o", str(out)]) == 0
    assert main(["--style", "udnie", "-o", str(out)]) == 1  # it exists
    assert "largest difference" in capsys.readouterr().out
    assert main(["--style", ""]) == 1  # a variable of the shell that was never set
    assert "There is no style ''" in capsys.readouterr().err
    onnx.checker.check_model(str(out))
    photo = astronaut.resize((101, 67))
    image = np.asarray(photo, np.float32).transpose(2, 0, 1)[None] / 255
    painted = Network(Device("cpu"), out.read_bytes()).run({"image": image})[0]
    assert painted.shape == image.shape
    ours = np.asarray(painter(photo, "udnie"), np.float32).transpose(2, 0, 1)[None] / 255
    assert np.abs(painted - ours).mean() < 0.03  # only the place of the grain differs


@pytest.mark.parametrize("arguments", [[], ["run", "--style", "udnie"]])
def test_a_run_or_a_style_is_needed(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_a_difference_stops_the_export(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    shape = Shape(stem=8, trunk=16, blocks=1, head=8, eighth=16, sixteenth=16)
    with pytest.raises(TrainingError, match="differs from torch"):
        export_style(identity_vector(shape).numpy(), Painter(shape), tmp_path / "x.onnx", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "shape", [Shape(stem=16, trunk=16, blocks=2, head=8, head_kernel=5, eighth=16, sixteenth=16), Shape(blocks=1)]
)
def test_every_shape_survives_its_files(tmp_path, shape):
    painter = Painter(shape)
    write_painter(painter, tmp_path)
    again = read_painter(tmp_path)
    assert again.shape == shape
    for a, b in zip(painter.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_check_sees_weights_that_are_not_those_of_the_files(tmp_path, noise):
    shape = Shape(stem=8, trunk=16, blocks=1, head=8, eighth=16, sixteenth=16)
    painter, vector = Painter(shape).eval(), identity_vector(shape)
    vector[-3:] = 0.5  # the photo alone would hide the network
    style_vector.last_layer(style_vector.split(vector)[0])[:] = 1.0
    write_painter(painter, tmp_path)
    network = OnnxPainter(tmp_path, Device("cpu"), "float32")
    assert difference(painter, network, noise, vector) < 1e-3
    for layer in painter.convolutions:
        before = layer.weight.detach().clone()
        with torch.no_grad():
            layer.weight[0] += 0.05
        assert difference(painter, network, noise, vector) > TOLERANCE
        with torch.no_grad():
            layer.weight.copy_(before)
