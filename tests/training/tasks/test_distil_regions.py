"""The regions network learns from teachers that this test makes: bright is a subject, a person and a face."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from stylize.errors import TrainingError
from stylize.inference.regions import RegionsNetwork
from stylize.inference.session import Device
from stylize.training.data import region_crops
from stylize.training.data.region_crops import (
    RegionPhotos,
    RegionTargets,
    cropped_targets,
    face_targets,
    is_region_held_out,
)
from stylize.training.data.region_labels import RegionLabels, Teachers, labels_path, of_people
from stylize.training.evaluation import regions as evaluation
from stylize.training.models.regions import CLASSES, Found, Regions
from stylize.training.models.trained_run import read_regions
from stylize.training.tasks import distil_regions
from stylize.training.tasks.distil import main
from stylize.training.tasks.regions_trainer import RegionsConfig, RegionsTrainer, regions_loss

PERSON = CLASSES.index("person")


def save(path, nodes, given, outputs, **constants):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
    values = [numpy_helper.from_array(np.array(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "teacher", inputs, results, values)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folder, node = tmp_path_factory.mktemp("teachers"), helper.make_node
    save(
        folder / "u2netp.onnx",
        [node("ReduceMean", ["x", "axes"], ["m"]), node("Sigmoid", ["m"], ["y"])],
        [1, 3, 320, 320], {"y": [1, 1, 320, 320]}, axes=np.array([1]),
    )  # fmt: skip
    weights = np.zeros((3, 21), np.float32)
    weights[:, PERSON] = 9
    save(
        folder / "deeplab.onnx", [node("MatMul", ["x", "w"], ["y"])],
        [1, 257, 257, 3], {"y": [1, 257, 257, 21]}, w=weights,
    )  # fmt: skip
    nodes, parts = [], []
    for step, sizes in ((8, 3), (16, 2), (32, 2), (64, 3)):
        pooled, mean, seen, wide, last, rows = (f"{name}{step}" for name in ("p", "m", "s", "w", "l", "r"))
        nodes += [
            node("AveragePool", ["x"], [pooled], kernel_shape=[step, step], strides=[step, step]),
            node("ReduceMean", [pooled, "channels"], [mean]),
            node("Mul", [mean, "faint" if step == 8 else "one"], [seen]),  # no face in each of the smallest cells
            node("Concat", [seen] * sizes, [wide], axis=1),
            node("Transpose", [wide], [last], perm=[0, 2, 3, 1]),
            node("Reshape", [last, "column"], [rows]),
        ]
        parts.append(rows)
    nodes += [
        node("Concat", parts, ["all"], axis=0),
        node("Div", ["all", "most"], ["bright"]),
        node("Sub", ["one", "bright"], ["dark"]),
        node("Concat", ["dark", "bright"], ["conf"], axis=1),
        node("Mul", ["bright", "nowhere"], ["loc"]),
        node("Add", ["dark", "bright"], ["iou"]),
    ]
    save(
        folder / "yunet.onnx", nodes, [1, 3, 120, 160], {"loc": [1076, 14], "conf": [1076, 2], "iou": [1076, 1]},
        channels=np.array([1]), column=np.array([-1, 1]), most=np.float32(255), one=np.float32(1),
        faint=np.float32(0.1), nowhere=np.zeros((1, 14), np.float32),
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Dark photos with a bright square each."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(12):
        pixels = np.full((64, 96, 3), 40, np.uint8)
        pixels[16:48, 4 * number : 4 * number + 32] = 250
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(region_crops, "SHAPES", ((65, 97),))
    monkeypatch.setattr(region_crops, "WHOLE", 0)  # few photos: their parts are what differs


def test_the_teachers_say_where_the_photo_is_bright(teachers, folder):
    labels = Teachers(teachers, Device("cpu"))(np.asarray(Image.open(folder / "0.png")))
    assert labels.subject.shape == (320, 320)
    assert labels.subject[160, 50] > 200 > 60 > labels.subject[160, 300]
    assert labels.classes.shape == (65, 65, 21)
    assert labels.classes[32, 10].argmax() == PERSON != labels.classes[32, 60].argmax()
    assert len(labels.faces)
    middle = (labels.faces[:, :2] + labels.faces[:, 2:4]) / 2
    assert (middle[:, 0] < 0.4).all()


def test_a_face_is_one_in_the_mirror_too(teachers, monkeypatch):
    """One at the left is seen in both views, one at the right in the photo alone."""
    made = Teachers(teachers, Device("cpu"))
    both = np.array([[0.1, 0.2, 0.3, 0.5, 0.99], [0.6, 0.2, 0.8, 0.5, 0.95]], np.float32)
    mirrored = np.array([[0.72, 0.2, 0.9, 0.5, 0.93]], np.float32)
    monkeypatch.setattr(made, "_faces_at", lambda pixels, side: (both if pixels[0, 0, 0] else mirrored).copy())
    photo = np.zeros((64, 96, 3), np.uint8)
    photo[:, :48] = 255
    (face,) = made.faces(photo)
    assert face.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.5, 0.93])


def test_animals_have_no_faces_of_people():
    classes = np.zeros((65, 65, 21), np.uint8)
    classes[:, :32, CLASSES.index("dog")] = 200
    classes[:, 32:, PERSON] = 200
    faces = np.array([[0, 0.1, 0.4, 0.9, 1], [0.6, 0.1, 1.1, 0.9, 1], [0.999, 0.999, 1, 1, 1]], np.float32)
    assert np.array_equal(of_people(faces, classes), faces[1:])
    assert of_people(faces[:0], classes).shape == (0, 5)


def test_labels_come_back_from_their_file(tmp_path):
    rng = np.random.default_rng(0)
    labels = RegionLabels(
        rng.integers(0, 255, (320, 320), np.uint8), rng.integers(0, 255, (65, 65, 21), np.uint8), np.ones((2, 5))
    )
    labels.save(tmp_path / "x.npz")
    again = RegionLabels.load(tmp_path / "x.npz")
    assert np.array_equal(again.subject, labels.subject)
    assert np.array_equal(again.classes, labels.classes)
    (tmp_path / "x.npz").write_bytes(b"hello")
    with pytest.raises(TrainingError, match="is damaged"):
        RegionLabels.load(tmp_path / "x.npz")


def test_targets_of_a_crop_are_those_of_its_part_of_the_photo():
    subject = np.zeros((320, 320), np.uint8)
    subject[:, 160:] = 255  # the right half
    classes = np.zeros((65, 65, 21), np.uint8)
    classes[:33, :, PERSON] = 255  # the upper half
    classes[33:, :, 0] = 255
    labels = RegionLabels(subject, classes, np.array([[0.5, 0.25, 0.75, 0.5, 1]], np.float32))
    targets = cropped_targets(labels, (0.25, 0, 0.75, 1), (65, 97))
    assert targets.stacked().shape == (1, 27, 17, 25)
    assert targets.subject[0, 0, :, :12].max() < 0.1
    assert targets.subject[0, 0, :, 13:].min() > 0.9
    assert targets.classes[0, PERSON, :8].min() > 0.9
    assert targets.classes[0, PERSON, 10:].max() < 0.1
    row, column = divmod(int(targets.faces[0, 0].argmax()), 25)
    assert abs(4 * column - 0.75 * 97) <= 4  # the face is 0.5 to 1 of the crop's width
    assert abs(4 * row - 0.375 * 65) <= 4
    left, top, right, bottom = targets.sides[0, :, row, column].tolist()
    assert left + right == pytest.approx(0.5 * 97, rel=1e-4)
    assert top + bottom == pytest.approx(0.25 * 65, rel=1e-4)


def test_a_face_beside_the_crop_has_no_core():
    score, sides = face_targets(np.array([[0.9, 0.4, 1.0, 0.6, 1]], np.float32), (0, 0, 0.5, 1), (65, 97))
    assert score.max() < 1
    assert not sides.any()


def test_crops_of_one_photo_are_held_out_together(tmp_path):
    names = [f"{number}.jpg" for number in range(400)]
    held = [name for name in names if is_region_held_out(tmp_path / name)]
    assert 20 < len(held) < 60
    assert all(is_region_held_out(tmp_path / name.replace(".", "_t1.")) for name in held)


def test_crops_show_most_of_photos_that_have_their_shape(tmp_path, monkeypatch):
    monkeypatch.setattr(region_crops, "JITTER", 0)
    labels = RegionLabels(
        np.zeros((320, 320), np.uint8), np.zeros((65, 65, 21), np.uint8), np.zeros((0, 5), np.float32)
    )
    for name, size in (("wide", (360, 240)), ("tall", (240, 360)), ("square", (300, 300))):
        across = np.linspace(0, 255, size[0]).astype(np.uint8)
        Image.fromarray(np.broadcast_to(across[None, :, None], (*size[::-1], 3))).save(tmp_path / f"{name}.png")
        labels.save(tmp_path / f"{name}.npz")
    photos = sorted(tmp_path.glob("*.png"))
    data = RegionPhotos(photos, [photo.with_suffix(".npz") for photo in photos])
    shapes, spans = set(), []
    for step in range(24):
        pixels, _ = data.crops(step, 4, 1)
        shapes.add(tuple(pixels.shape[2:]))
        spans += (pixels[:, 0, 0, -1] - pixels[:, 0, 0, 0]).abs().tolist()  # of the photos' sides
    assert shapes == {(257, 385), (385, 257), (353, 353)}
    assert np.mean(np.array(spans) > 0.9) > 0.5


def labelled(teachers, folder, labels):
    """The photos in `folder` with what the teachers say of them, kept in `labels`."""
    photos = sorted(folder.glob("*.png"))
    made = Teachers(teachers, Device("cpu"))
    for photo in photos:
        made(np.asarray(Image.open(photo))).save(labels_path(photo, labels))
    return RegionPhotos(photos, [labels_path(photo, labels) for photo in photos])


def test_the_network_comes_nearer_and_goes_on_where_it_was(teachers, folder, tmp_path, small):
    data = labelled(teachers, folder, tmp_path)
    config = RegionsConfig(steps=12, batch=2, warm=2, place_crops=12, places=150, rounds=30)
    run = RegionsTrainer(Regions(), data, config, transferred=False, device=torch.device("cpu"))
    pixels, targets = run.crops(100)
    with torch.no_grad():
        before = torch.stack(regions_loss(run.network(pixels), RegionTargets.of(targets))).sum()
    run.learn_from_places()
    with torch.no_grad():
        after = torch.stack(regions_loss(run.network(pixels), RegionTargets.of(targets))).sum()
    assert after < 0.9 * before
    run.training_step(*run.crops(run.step))
    again = RegionsTrainer(Regions(), data, config, transferred=False, device=torch.device("cpu"))
    again.load_state_dict(run.state_dict())
    both = [torch.stack(r.training_step(*r.crops(r.step))) for r in (run, again)]
    torch.testing.assert_close(both[0], both[1])


def test_faces_alone_learn_and_leave_all_else_as_it_is(teachers, folder, tmp_path, small):
    data = labelled(teachers, folder, tmp_path)
    config = RegionsConfig(steps=4, batch=2, warm=1, only_faces=True, at_faces=0.5)
    run = RegionsTrainer(Regions(), data, config, transferred=True, device=torch.device("cpu"))
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    for _ in range(3):
        run.training_step(*run.crops(run.step))
    changed = {name for name, value in run.network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("faces.") for name in changed)


def test_crops_at_faces_show_them_in_many_sizes(tmp_path):
    Image.new("RGB", (720, 480)).save(tmp_path / "photo.png")
    face = np.array([[0.6, 0.2, 0.7, 0.35, 0.9]], np.float32)  # 72 pixels
    labels = RegionLabels(np.zeros((320, 320), np.uint8), np.zeros((65, 65, 21), np.uint8), face)
    labels.save(tmp_path / "photo.npz")
    data = RegionPhotos([tmp_path / "photo.png"], [tmp_path / "photo.npz"])
    sides = []
    for step in range(12):
        _, targets = data.crops(step, 2, 1, at_faces=1.0)
        wanted = RegionTargets.of(targets)
        assert (wanted.faces.amax((1, 2, 3)) == 1).all()  # its middle is in each
        sides += (wanted.sides[:, 0] + wanted.sides[:, 2]).amax((1, 2)).tolist()
    assert min(sides) < 60
    assert max(sides) > 120


def test_the_right_answer_costs_least():
    targets = cropped_targets(
        RegionLabels(np.full((320, 320), 255, np.uint8), np.eye(21, dtype=np.uint8)[np.zeros((65, 65), int)] * 255,
                     np.array([[0.3, 0.3, 0.6, 0.6, 1]], np.float32)),
        (0, 0, 1, 1), (65, 97),
    )  # fmt: skip
    right = Found(
        targets.subject * 20 - 10, targets.classes * 20 - 10, (targets.faces >= 1) * 20.0 - 10, targets.sides + 0.01
    )
    wrong = Found(-right.subject, -right.classes, -right.faces, right.sides * 3)
    for good, bad in zip(regions_loss(right, targets), regions_loss(wrong, targets), strict=True):
        assert good < 0.1 < bad


@pytest.mark.slow
def test_the_command_ends_in_a_network_that_is_read(teachers, folder, tmp_path, small, capsys, monkeypatch):
    given = ["--photos", str(folder), "--teachers", str(teachers)]
    options = ["--steps", "2", "--batch", "1", "--threads", "1", "--no-transfer", "--place-crops", "2", "--rounds", "1"]
    assert main(["regions", *given, "--out", str(tmp_path / "run"), *options]) == 0
    network = RegionsNetwork(tmp_path / "run" / "regions.onnx", Device("cpu"))
    assert network.classes == CLASSES
    assert (tmp_path / "run" / "regions.onnx").stat().st_size < 2_000_000
    capsys.readouterr()
    assert evaluation.main([*given, "--labels", str(tmp_path / "run"), "--models", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "faces found" in printed
    assert "teacher, mirrored, IoU" in printed
    start = ["--from", str(tmp_path / "run" / "regions.onnx"), "--rate", "0"]
    again = []
    monkeypatch.setattr(distil_regions, "write_regions", lambda network, path: again.append(network.state_dict()))
    assert main(["regions", *given, "--out", str(tmp_path / "again"), *options[:6], *start]) == 0
    weights = read_regions(tmp_path / "run" / "regions.onnx").state_dict()
    assert all(torch.equal(value, again[0][name]) for name, value in weights.items())
    start[1] = str(tmp_path / "run" / "labels")
    assert main(["regions", *given, "--out", str(tmp_path / "other"), *start]) == 1
    assert "is no regions network that can be read" in capsys.readouterr().err


def test_a_missing_teacher_and_another_layout_get_a_sentence(teachers, folder, tmp_path, capsys):
    call = ["regions", "--photos", str(folder), "--out", str(tmp_path / "run")]
    assert main([*call, "--teachers", str(teachers)]) == 1
    assert "Give --no-transfer" in capsys.readouterr().err
    assert main([*call, "--teachers", str(tmp_path), "--no-transfer"]) == 1
    assert "holds no u2net*.onnx" in capsys.readouterr().err
