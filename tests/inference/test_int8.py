import shutil

import numpy as np
import pytest

from stylize import NetworkError, OptionError
from stylize.inference.int8 import is_exact, is_fast
from stylize.inference.painter import PAINTER, OnnxPainter
from stylize.inference.session import Device
from stylize.inference.tiling import paint_tiled
from stylize.paths import MODELS
from tests.inference.whole_numbers import int8_painter


@pytest.fixture(scope="module")
def networks():
    return [OnnxPainter(MODELS, Device("cpu"), "float32"), int8_painter(MODELS)]


@pytest.fixture
def pixels(astronaut):
    return np.asarray(astronaut.resize((333, 250)))


def paintings(networks, pixels, vector):
    folded = networks[1].fold(vector, networks[0].measure(pixels, vector)[1])
    return [network.paint(pixels, folded).astype(float) for network in networks]


def test_every_style_in_whole_numbers_is_hardly_different(networks, painter, pixels):
    for style in list(painter.styles)[:: 1 if is_fast() else 4]:  # other CPUs take their time
        exact, whole = paintings(networks, pixels, style.vector)
        assert 10 * np.log10(255**2 / np.square(exact - whole).mean()) > 32, style.id
        assert np.abs((exact - whole).mean((0, 1))).max() < 4, style.id  # no tint


def test_what_is_measured_in_whole_numbers_is_hardly_different(networks, painter, pixels):
    for name in ("great_wave", "the_kiss"):
        vector = painter.vector(name)
        (exact, known), (whole, found) = (network.measure(pixels, vector) for network in networks)
        assert 10 * np.log10(255**2 / np.square(exact - whole.astype(float)).mean()) > 31, name
        deviation = np.sqrt(known.variance + 1e-5)
        assert np.sqrt(np.square((found.mean - known.mean) / deviation).mean()) < 0.05
        assert np.abs(np.sqrt(found.variance + 1e-5) / deviation - 1).mean() < 0.05


@pytest.mark.parametrize("size", [(1, 1), (3, 90), (64, 48)])
def test_small_pictures_are_measured_in_whole_numbers(networks, painter, size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert (networks[1].measure(pixels, painter.vector("udnie", 0))[0] == pixels).all()
    exact, whole = (network.measure(pixels, painter.vector("udnie"))[0].astype(float) for network in networks)
    assert np.abs(exact - whole).mean() < 20


def test_the_photo_stays_the_photo_and_a_weak_style_is_near_it(networks, painter, pixels):
    assert (paintings(networks, pixels, painter.vector("udnie", 0))[1] == pixels).all()
    exact, whole = paintings(networks, pixels, painter.vector("udnie", 0.1))
    assert np.abs(exact - whole).mean() < 2


def test_tiles_in_whole_numbers_are_the_whole_to_the_very_byte(networks, painter, pixels):
    vector = painter.vector("the_scream")
    folded = networks[1].fold(vector, networks[1].sample(pixels, vector))
    assert (paint_tiled(networks[1], pixels, folded, limit=212 * 212) == networks[1].paint(pixels, folded)).all()


def test_flat_areas_show_no_bands(networks, painter):
    """A sky from one blue to a slightly lighter one: steps of the painting stay as small as in float32."""
    rows = np.linspace(0, 12, 256).round().astype(np.uint8)[:, None, None]
    sky = np.broadcast_to(rows + np.array([110, 150, 210], np.uint8), (256, 256, 3))
    for name in ("great_wave", "udnie", "water_lilies"):
        exact, whole = (np.diff(p.mean(1), axis=0) for p in paintings(networks, sky, painter.vector(name, 0.5)))
        assert np.abs(whole).max() < np.abs(exact).max() + 3


def test_the_precision_can_be_chosen(monkeypatch, tmp_path):
    assert OnnxPainter(MODELS, Device("cpu"), "int8").precision == "int8"
    monkeypatch.setenv("STYLIZE_PRECISION", "float32")
    assert OnnxPainter(MODELS, Device("cpu")).precision == "float32"
    with pytest.raises(OptionError, match="Choose auto, float32, int8"):
        OnnxPainter(MODELS, Device("cpu"), "float8")
    for name in ("painter.onnx", "measure.onnx"):
        shutil.copy(MODELS / name, tmp_path)
    assert OnnxPainter(tmp_path, Device("cpu"), "auto").precision == "float32"
    with pytest.raises(NetworkError, match=PAINTER.int8):
        OnnxPainter(tmp_path, Device("cpu"), "int8")


@pytest.mark.parametrize(
    ("flags", "exact", "fast"),
    [
        ("flags\t\t: fpu avx2 avx512f", False, False),
        ("flags\t\t: fpu avx2 avx_vnni", True, True),
        ("Features\t: fp asimd asimddp", True, False),
        ("Features\t: fp asimd", False, False),
        ("flags\t\t:", False, False),
    ],
)
def test_the_processor_is_asked(tmp_path, monkeypatch, flags, exact, fast):
    about = tmp_path / "cpuinfo"
    about.write_text(f"model name\t: one\n{flags}\nbugs\t\t:\n")
    assert (is_exact(about), is_fast(about)) == (exact, fast)
    about.unlink()
    assert not is_exact(about)
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert is_exact(about)
