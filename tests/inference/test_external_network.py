import json
import logging
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from stylize import Cancelled, NetworkError, OptionError, StyleError, Stylizer
from stylize.inference import external_network
from stylize.inference.external_network import ExternalEngine, ExternalNetwork
from stylize.inference.session import Device
from stylize.paths import MODELS

FLOAT = TensorProto.FLOAT


def negative(path, top=255.0, kind=FLOAT, shape=("n", 3, "h", "w"), about=(), low=None, extra=(), domain="", swap=()):
    """Write a network whose answer is `top` (+ `low`) minus its image; returns its path."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    total = numpy_helper.from_array(np.array(top + (low or 0), dtype), "total")
    answered = shape if isinstance(shape[1], int) else None
    nodes = [helper.make_node("Sub", ["total", "image"], ["answer"], domain=domain), *extra]
    values = [helper.make_tensor_value_info(name, kind, s) for name, s in (("image", shape), ("answer", answered))]
    inputs = [values[0], *(helper.make_tensor_value_info(name, FLOAT, [1]) for name in swap)]
    graph = helper.make_graph(nodes, "negative", inputs, [values[1]], [total])
    opsets = [helper.make_opsetid("", 18), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 10
    helper.set_model_props(model, dict(about))
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def models(tmp_path):
    """A models folder to drop networks into."""
    shutil.copytree(MODELS / "styles", tmp_path / "models/styles")
    for name in ("painter.onnx", "measure.onnx"):
        shutil.copy(MODELS / name, tmp_path / "models" / name)
    return tmp_path / "models"


def paint(path, pixels, **settings):
    return ExternalEngine(ExternalNetwork(path, Device("cpu", 1)), strength=1.0, brush=None).paint(pixels, **settings)


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"top": 1.0},
        {"top": 1.0, "low": -1.0},
        {"kind": TensorProto.FLOAT16, "top": 1.0},
        {"kind": TensorProto.UINT8, "shape": (1, "h", "w", 3)},
        {"shape": (1, "h", "w", 3)},
        {"shape": (1, 3, 224, 224)},
        {"shape": (1, 64, 48, 3), "kind": TensorProto.UINT8},
        {"shape": ("n", 3, 64, "w"), "top": 1.0},
    ],
    ids=str,
)
def test_every_layout_and_range_paints_the_same_negative(tmp_path, photo, layout):
    low = layout.get("low")
    about = {"range": [low or 0, layout.get("top", 255)]}
    path = negative(tmp_path / "any.onnx", **layout)
    path.with_suffix(".json").write_text(json.dumps(about))
    soft = np.asarray(photo.resize((6, 4)).resize((93, 71), Image.Resampling.BICUBIC))
    painted = paint(path, soft)
    assert painted.shape == soft.shape
    assert np.abs(255 - soft.astype(int) - painted).mean() < 2
    if low is None:  # guessed from how it answers
        path.with_suffix(".json").unlink()
        soft = soft if layout.get("top", 255) == 255 else np.zeros_like(soft)
        assert paint(path, soft).mean() == pytest.approx(255 - soft.mean(), abs=2)


def test_metadata_are_in_the_network_or_in_the_file_beside(tmp_path, noise):
    path = negative(tmp_path / "a.onnx", about={"order": "BGR", "title": "Inside", "range": "0-255", "size": "64x48"})
    assert ExternalNetwork(path, Device("cpu")).metadata["title"] == "Inside"
    path.with_suffix(".json").write_text('{"title": "Beside", "size": [32, 40]}')
    assert ExternalNetwork(path, Device("cpu")).metadata["title"] == "Beside"
    assert paint(path, noise).shape == noise.shape


def test_large_pictures_are_tiled_without_a_seam(tmp_path, monkeypatch, noise):
    monkeypatch.setattr(external_network, "MAX_WHOLE", 1000)
    monkeypatch.setattr(external_network, "TILE", 64)
    monkeypatch.setattr(external_network, "OVERLAP", 16)
    path, done = negative(tmp_path / "a.onnx"), []
    assert (paint(path, noise, progress=done.append) == 255 - noise).all()
    assert done[-1] == 1.0
    assert done == sorted(done)
    with pytest.raises(Cancelled):
        paint(path, noise, cancelled=lambda: len(done) > 2)


def test_a_dropped_network_is_a_style(models, photo):
    negative(models / "Photo Negative.onnx", about={"artist": "Nobody"})
    stylizer = Stylizer(models, "cpu", 1)
    style = stylizer.styles["photo_negative"]
    assert (style.title, style.artist) == ("Photo negative", "Nobody")
    painted = np.asarray(stylizer(photo, "photo_negative"), int)
    assert np.abs(255 - np.asarray(photo, int) - painted).max() <= 1
    half = np.asarray(stylizer(photo, {"photo_negative": 2.0}, strength=0.5), int)
    assert np.abs(half - 127.5).max() <= 1.5
    assert (np.asarray(stylizer(photo, style), int) == painted).all()
    assert (stylizer.frame_stylizer("photo_negative")(np.asarray(photo)) == painted).all()
    assert "photo_negative" in {shown.id for shown, _ in stylizer.gallery(photo, size=32)}
    with pytest.raises(StyleError, match="external network"):
        stylizer(photo, {"photo_negative": 1, "great_wave": 1})
    with pytest.raises(OptionError, match="must be"):
        stylizer(photo, "photo_negative", strength=2.0)


def outside(path):
    """A network whose weights are in a file that is not ours to read."""
    model = onnx.load_from_string(negative(path).read_bytes())
    total = model.graph.initializer[0]
    total.ClearField("raw_data")
    total.ClearField("float_data")
    total.data_location = TensorProto.EXTERNAL
    total.external_data.add(key="location", value="../../etc/passwd")
    path.write_bytes(model.SerializeToString())


def endless(path):
    """A network that never answers."""
    yes = numpy_helper.from_array(np.array(True), "yes")
    many = numpy_helper.from_array(np.array(2**60), "many")
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Neg", ["x"], ["y"])],
        "body",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("x", FLOAT, None)],
        [info("still", TensorProto.BOOL, []), info("y", FLOAT, None)],
    )
    loop = helper.make_node("Loop", ["many", "yes", "image"], ["answer"], body=body)
    shape = [1, 3, 16, 16]
    graph = helper.make_graph(
        [loop], "endless", [info("image", FLOAT, shape)], [info("answer", FLOAT, shape)], [yes, many]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    path.write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (outside, "weights in another file"),
        (endless, "fails on a picture"),
        (lambda path: negative(path, domain="my.own"), "cannot|can load"),
        (lambda path: negative(path, swap=["other"], extra=[]), "2 inputs"),
        (lambda path: negative(path, shape=(1, 1, "h", "w")), "takes one RGB"),
        (lambda path: negative(path, shape=(4, 3, "h", "w")), "takes one RGB"),
        (lambda path: negative(path, shape=("n", 3)), "of 4"),
        (lambda path: negative(path, kind=TensorProto.INT32, top=255), "float32, float16 or uint8"),
        (lambda path: negative(path, shape=(1, 3, 99999, 99999)), "are accepted"),
        (lambda path: negative(path, top=float("nan")), "not numbers"),
        (lambda path: negative(path, about={"range": "wide"}), "two numbers"),
        (lambda path: negative(path, about={"range": "[255, 0]"}), "must be larger"),
        (lambda path: negative(path, about={"layout": "CHWN"}), "must be NCHW"),
        (lambda path: path.write_bytes(b"nonsense" * 99), "can load"),
        (lambda path: path.write_bytes(b""), "can load|inputs"),
        (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "Git-LFS pointer"),
        (lambda path: (negative(path), path.with_suffix(".json").write_text("{")), "JSON"),
        (lambda path: (negative(path), path.with_suffix(".json").write_text("[" * 9999)), "JSON"),
        (lambda path: (negative(path), path.with_suffix(".json").write_text("[1]")), "object"),
        (lambda path: path.mkdir(), "cannot be read"),
    ],
)
def test_hostile_and_broken_files_get_a_sentence(tmp_path, monkeypatch, make, words):
    monkeypatch.setattr(external_network, "TRIAL_SECONDS", 0.3)
    make(tmp_path / "bad.onnx")
    with pytest.raises(NetworkError, match=words) as refusal:
        ExternalNetwork(tmp_path / "bad.onnx", Device("cpu", 1))
    assert "\n" not in str(refusal.value)


def test_what_is_refused_is_left_out_and_the_others_load(models, caplog):
    (models / "broken.onnx").write_bytes(b"nonsense")
    negative(models / "great_wave.onnx")
    negative(models / "good.onnx")
    (models / "loss_vgg.onnx").write_bytes(b"not for painting")
    with caplog.at_level(logging.WARNING, "stylize"):
        book = Stylizer(models, "cpu", 1).styles
    assert "good" in book
    assert "broken" not in book
    assert book["great_wave"].network is None
    assert len(caplog.records) == 2
    assert all("was left out" in record.message for record in caplog.records)
