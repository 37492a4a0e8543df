"""A host's detector: its names and boxes refine the regions, and what is none gets a sentence."""

import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stylize import NetworkError
from stylize.inference.detector import Detector, is_in, window
from stylize.inference.external_network import find_networks
from stylize.inference.regions import REGIONS, RegionsNetwork
from stylize.inference.session import Device
from stylize.paths import MODELS

SIDE, PLACES = 32, 4 * 4 + 2 * 2 + 1


def write_detector(path, classes=80):
    """Says of a picture that is blue at the top left, and of no other, that its left half is an elephant."""
    answer = np.zeros((1, PLACES, 5 + classes), np.float32)
    answer[0, -1, :4] = (0.25, 0.5, np.log(0.5), 0)  # at the only place of 32 pixels
    answer[0, -1, 5 + 20] = 0.9
    where = np.zeros_like(answer)
    where[0, -1, 4] = 1 / 255
    stored = [
        numpy_helper.from_array(array, name)
        for name, array in {
            "answer": answer, "where": where, "first": np.zeros(4, np.int64), "second": np.ones(4, np.int64)
        }.items()
    ]  # fmt: skip
    nodes = [
        helper.make_node("Slice", ["images", "first", "second"], ["corner"]),
        helper.make_node("Squeeze", ["corner"], ["blue"]),
        helper.make_node("Mul", ["where", "blue"], ["sure"]),
        helper.make_node("Add", ["answer", "sure"], ["output"]),
    ]
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    made = helper.make_tensor_value_info("output", TensorProto.FLOAT, list(answer.shape))
    graph = helper.make_graph(nodes, "detector", [given], [made], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    onnx.checker.check_model(model)
    return path


@pytest.fixture
def blue(astronaut) -> np.ndarray:
    """A portrait with a blue corner."""
    pixels = np.array(astronaut.resize((192, 128)))
    pixels[:16, :16] = (0, 0, 255)
    return pixels


def test_boxes_name_what_the_network_cannot(tmp_path, blue):
    shutil.copy(MODELS / REGIONS, tmp_path)
    write_detector(tmp_path / "detector.onnx")
    network = RegionsNetwork(tmp_path / REGIONS, Device("cpu", 1))
    assert len(network.names) == len(set(network.names)) == 83
    masks = network(blue)
    (elephant,) = [region for region in masks.found() if region.name == "elephant"]
    assert elephant.score == pytest.approx(0.9)
    assert elephant.box == (0, 0, 96, 128)  # of the photo: 21 of 32 rows are seen, the rest is none of it
    assert elephant.mask.shape == (128, 192)
    assert elephant.mask[:, 40:90].max() > 200
    assert not elephant.mask[:, 120:].any()
    assert np.array_equal(masks.mask("elephant"), elephant.mask)
    assert not masks.mask("giraffe").any()
    assert "elephant" not in [region.name for region in network(255 - blue).found()]


def test_without_a_detector_nothing_changes(painter, blue):
    assert "elephant" not in painter.region_names
    assert painter._regions(blue)._objects is None


def test_parts_and_boxes():
    box = np.array([0.25, 0.0, 0.75, 0.5, 0.9], np.float32)
    inside = window(box, (8, 12))
    assert (inside[:4, 3:9] == 1).all()
    assert not inside[6:].any()
    part = np.zeros((8, 12), bool)
    part[1:3, 4:8] = True
    assert is_in(part, [box])
    assert not is_in(part[::-1], [box])


@pytest.mark.parametrize("kind", ["words", "other classes", "regions"])
def test_what_is_no_detector_gets_its_sentence(tmp_path, kind):
    path = tmp_path / "detector.onnx"
    if kind == "words":
        path.write_text("words")
    elif kind == "regions":
        shutil.copy(MODELS / REGIONS, path)
    else:
        write_detector(path, classes=21)
    with pytest.raises(NetworkError, match=r"detector\.onnx .*(no detector).*(Replace it, or take it away)"):
        Detector(path, Device("cpu", 1))


def test_a_detector_is_no_style(tmp_path, painter):
    write_detector(tmp_path / "detector.onnx")
    assert list(find_networks(tmp_path, Device("cpu", 1), ())) == []
