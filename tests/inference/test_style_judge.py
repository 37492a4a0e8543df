"""Our loss network without torch: how far a picture is from the style of a painting."""

import math
import shutil

import numpy as np
import pytest

from stylize import Stylizer
from stylize.errors import MissingNetworkError, NetworkError
from stylize.inference.loss_network import LossNetwork
from stylize.inference.painter import PAINTER
from stylize.inference.session import Device
from stylize.inference.style_judge import StyleJudge
from stylize.paths import MODELS
from stylize.styles import Style

HANDS = ("dore", "hiroshige", "van_gogh")  # styles that were learnt from many works


@pytest.fixture(scope="module")
def judge() -> StyleJudge:
    return StyleJudge(MODELS, Device("cpu"))


def target(judge, painter, style):
    return judge.target(painter.parts(style), painter.styles)


def test_every_shipped_style_is_nearest_to_its_own_painting(judge, painter, astronaut):
    photo = astronaut.resize((256, 256))
    known = {style.id: target(judge, painter, style.id) for style in painter.styles}
    targets = {name: one for name, one in known.items() if one is not None}
    assert set(known) - set(targets) == set(HANDS)  # which are no painting's
    for style in ("great_wave", "starry_night", "the_kiss"):
        painted = np.asarray(painter(photo, style, brush=None))
        full = {name: judge.distances(painted, one)[0] for name, one in targets.items()}
        assert min(full, key=full.get) == style
        assert full[style] < judge.distances(np.asarray(photo), targets[style])[0] / 3


def test_a_painting_is_no_distance_from_itself(judge, astronaut):
    itself = np.asarray(astronaut.resize((620, 620)))  # between the two sizes at which it is seen
    near = judge.distances(itself, judge.target_of(itself))
    assert max(near) < 0.02
    black = judge.distances(np.zeros_like(itself), judge.target_of(itself))
    assert black == pytest.approx((1, 1, 1), abs=0.2)


def test_a_scale_at_which_nothing_can_be_seen_has_no_distance(judge, painter):
    found = judge.distances(np.zeros((70, 300, 3), np.uint8), target(judge, painter, "udnie"))
    assert [math.isnan(one) for one in found] == [False, False, True]


def test_a_blend_lies_between_its_paintings(judge, painter):
    one, two = (target(judge, painter, style) for style in ("udnie", "the_kiss"))
    both = target(judge, painter, {"udnie": 0.25, "the_kiss": 0.75})
    np.testing.assert_allclose(both[0][2], 0.25 * one[0][2] + 0.75 * two[0][2], rtol=1e-5)


def test_a_style_of_a_picture_file_is_known_by_that_file(judge, painter, astronaut, tmp_path):
    path = tmp_path / "mine.png"
    picture = astronaut.resize((930, 620))
    picture.save(path)
    (style, _), *_ = painter.parts(str(path))
    assert style.painting == path
    mine = target(judge, painter, str(path))
    assert mine is not None
    assert judge.distances(np.asarray(picture), mine)[0] < 0.02
    path.unlink()
    assert target(judge, painter, style) is None


def test_a_style_of_which_no_painting_is_known_has_none(judge, painter):
    udnie = painter.styles["udnie"]
    another = Style("udnie", "Udnie", painter=udnie.painter, vector=udnie.vector)  # the id alone says nothing
    assert target(judge, painter, another) is None
    assert target(judge, painter, {"the_kiss": 0.5, another: 0.5}) is None


def test_a_very_long_painting_costs_no_more_than_its_middle(judge):
    long = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 20_000, 3))
    assert judge.target_of(long)[0][0].shape == (16, 16)


def copied(folder, *names):
    for name in names:
        shutil.copy(MODELS / name, folder / name)
    return folder


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    device = Device("cpu")
    with pytest.raises(MissingNetworkError, match=r"loss\.safetensors"):
        StyleJudge(tmp_path, device)
    with pytest.raises(MissingNetworkError, match=r"grams\.safetensors"):
        StyleJudge(copied(tmp_path, "loss.onnx", "loss.safetensors"), device)
    (tmp_path / "grams.safetensors").write_bytes(b"no tensors")
    with pytest.raises(NetworkError, match=r"grams\.safetensors is damaged"):
        StyleJudge(tmp_path, device)
    copied(tmp_path, "grams.safetensors")
    weights = tmp_path / "loss.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    with pytest.raises(NetworkError, match="of different networks"):
        LossNetwork(tmp_path, device)
    weights.write_bytes(b"no tensors")
    with pytest.raises(NetworkError, match=r"loss\.safetensors is damaged"):
        LossNetwork(tmp_path, device)


def test_a_folder_without_a_judge_still_paints(tmp_path, photo):
    copied(tmp_path, *PAINTER)
    shutil.copytree(MODELS / "styles", tmp_path / "styles")
    bare = Stylizer(tmp_path, "cpu")
    pixels = np.asarray(bare(photo, "udnie"))
    with pytest.raises(MissingNetworkError):
        bare.numbers(pixels, np.asarray(photo), "udnie")
