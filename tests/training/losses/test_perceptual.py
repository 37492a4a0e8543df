import pytest
import torch
from PIL import Image
from safetensors.torch import load, save
from torch.nn import functional as F

from stylize.errors import TrainingError
from stylize.paths import LOSS_NETWORK, MODELS
from stylize.training.evaluation import evaluate
from stylize.training.losses.perceptual import gram, mixed_target, perceptual_losses, style_target, total_variation
from stylize.training.models.loss_network import load_loss_network, random_vgg
from stylize.training.tasks import train


@pytest.fixture
def network():
    return random_vgg()


def test_a_photo_against_itself_costs_no_content_and_no_style(network):
    photo = torch.rand(1, 3, 64, 64)
    losses = perceptual_losses(network, photo, photo, style_target(network, [[photo[0]]]))
    assert losses.content.item() == pytest.approx(0, abs=1e-6)
    assert losses.style.item() == pytest.approx(0, abs=1e-6)


def test_each_picture_of_a_batch_has_its_own_losses(network):
    photos, painted = torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64)
    target = style_target(network, [[p] for p in torch.rand(2, 3, 64, 64)])
    both = perceptual_losses(network, painted, photos, target)
    for i in range(2):
        one = perceptual_losses(network, painted[i : i + 1], photos[i : i + 1], target.pick(torch.tensor([i])))
        torch.testing.assert_close(one.total(), both.total()[i : i + 1])


def test_the_gram_matrix_forgets_places():
    features = torch.rand(1, 4, 6, 6)
    shuffled = features.flatten(2)[:, :, torch.randperm(36)].view_as(features)
    torch.testing.assert_close(gram(features), gram(shuffled))


def test_a_mixed_target_is_between(network):
    target = style_target(network, [[torch.rand(3, 32, 32)], [torch.rand(3, 48, 48), torch.rand(3, 32, 32)]])
    first, second = target.pick(torch.tensor([0])), target.pick(torch.tensor([1]))
    for share, wanted in ((0.0, first), (1.0, second)):
        mixed = mixed_target(first, second, torch.tensor([share]))
        torch.testing.assert_close(mixed.grams, wanted.grams)
        torch.testing.assert_close(mixed.norms, wanted.norms)


def test_one_scale_is_what_no_scale_is(network):
    painted, photos, painting = torch.rand(3, 2, 3, 64, 64).unbind()
    plain = perceptual_losses(network, painted, photos, style_target(network, [[p] for p in painting]))
    one = perceptual_losses(network, painted, photos, style_target(network, [[p] for p in painting], (1,), (1.0,)))
    assert all(torch.equal(a, b) for a, b in zip(plain, one, strict=True))


def test_the_loss_at_several_scales_is_the_weighted_sum_of_each(network):
    painted, photos, paintings = torch.rand(3, 2, 3, 64, 64).unbind()
    sized = [[painting] for painting in paintings]
    target = style_target(network, sized, (1, 2, 4), (1.0, 0.5, 2.0))
    assert len(target.grams) == 3 * len(network.style)
    for first, alone in zip(target.grams, style_target(network, sized).grams, strict=False):
        assert torch.equal(first, alone)  # the layers of the first scale first
    together = perceptual_losses(network, painted, photos, target)
    wanted = torch.zeros(2)
    for scale, weight in ((1, 1.0), (2, 0.5), (4, 2.0)):
        small, small_paintings = (F.avg_pool2d(x, scale) for x in (painted, paintings))
        alone = style_target(network, [[painting] for painting in small_paintings])
        wanted += weight * perceptual_losses(network, small, small, alone).style
    torch.testing.assert_close(together.style, wanted)
    assert torch.equal(
        together.content, perceptual_losses(network, painted, photos, style_target(network, sized)).content
    )
    picked, mixed = target.pick(torch.tensor([1])), mixed_target(target, target, torch.tensor([0.3, 0.6]))
    assert picked.scales == mixed.scales == (1, 2, 4)
    assert picked.weights == mixed.weights == (1.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("scales", "weights", "says"),
    [
        ((), (1.0,), "different"),
        ((1, 0), (1.0,), "not 1, 0"),
        ((2, 2), (1.0,), "different"),
        ((1, 2), (1.0, 1.0, 1.0), "one for each"),
        ((1, 8), (1.0,), "is 8 px at the scale 8"),
    ],
)
def test_scales_that_cannot_work_get_a_sentence(network, scales, weights, says):
    with pytest.raises(TrainingError, match=says):
        style_target(network, [[torch.rand(3, 64, 70)]], scales, weights)


def test_total_variation_of_flat_and_striped():
    assert total_variation(torch.full((1, 3, 8, 8), 0.3)).item() == 0
    stripes = torch.zeros(1, 3, 8, 8)
    stripes[..., ::2] = 1
    assert total_variation(stripes).item() == pytest.approx(1)


def test_both_layouts_of_weights_are_read(tmp_path):
    from torchvision.models import squeezenet1_1

    state = {f"features.{k}": v for k, v in squeezenet1_1(weights=None).features.state_dict().items()}
    torch.save(state, tmp_path / "squeeze.pt")
    network = load_loss_network(tmp_path / "squeeze.pt")
    assert len(network(torch.rand(1, 3, 64, 64))) == len(network.names)
    vgg = {}
    for group, (before, width) in enumerate([(3, 4), (4, 8), (8, 8), (8, 8), (8, 8)], 1):
        vgg[f"conv{group}_1.weight"], vgg[f"conv{group}_1.bias"] = torch.randn(width, before, 3, 3), torch.zeros(width)
    torch.save(vgg, tmp_path / "vgg.pt")
    network = load_loss_network(tmp_path / "vgg.pt")
    assert [f.shape[1] for f in network(torch.rand(1, 3, 64, 64))] == [4, 8, 8, 8, 8]
    assert len(network(torch.rand(1, 3, 64, 64), network.content_depth())) == 4


def test_missing_and_strange_weights_get_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("STYLIZE_LOSS_WEIGHTS", raising=False)
    with pytest.raises(TrainingError, match="No loss network given"):
        load_loss_network(ours=False)
    with pytest.raises(TrainingError, match="do not exist"):
        load_loss_network(tmp_path / "missing.pt")
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(TrainingError, match="not a PyTorch state dict"):
        load_loss_network(tmp_path / "text.pt")
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(TrainingError, match="another layout"):
        load_loss_network(tmp_path / "other.pt")


@pytest.mark.parametrize("case", ["missing", "cut off", "not numbers", "a layer short", "strange names", "an image"])
def test_a_damaged_loss_network_of_ours_gets_a_sentence(tmp_path, case):
    path = tmp_path / "loss.safetensors"
    state = load(LOSS_NETWORK.read_bytes())
    if case == "cut off":
        path.write_bytes(LOSS_NETWORK.read_bytes()[:-100])
    elif case == "not numbers":
        path.write_bytes(save(state | {"conv2_1.bias": torch.full_like(state["conv2_1.bias"], float("nan"))}))
    elif case == "a layer short":
        path.write_bytes(save({key: value for key, value in state.items() if not key.startswith("conv3_1")}))
    elif case == "strange names":
        path.write_bytes(save(state | {"convx.weight": torch.zeros(1)}))
    elif case == "an image":
        Image.new("RGB", (64, 64)).save(path, "PNG")
    with pytest.raises(TrainingError, match=r"loss\.safetensors"):
        load_loss_network(path)


def test_ours_is_the_default_and_small(monkeypatch):
    monkeypatch.delenv("STYLIZE_LOSS_WEIGHTS", raising=False)
    network = load_loss_network()
    assert not any(p.requires_grad for p in network.parameters())
    assert [f.shape[1] for f in network(torch.rand(1, 3, 64, 64))] == [16, 32, 64, 128, 128]
    assert LOSS_NETWORK.stat().st_size <= 4e6


@pytest.mark.parametrize("command", [train.main, evaluate.main])
def test_the_painters_own_training_and_its_judge_must_be_given_theirs(
    command, tmp_path, astronaut, monkeypatch, capsys
):
    monkeypatch.delenv("STYLIZE_LOSS_WEIGHTS", raising=False)
    for i in range(60):
        astronaut.resize((64, 64)).save(tmp_path / f"{i}.png")
    words = {"--photos": tmp_path, "--out": tmp_path / "out"}
    if command is train.main:
        words["--paintings"] = tmp_path
    else:
        astronaut.resize((64, 64)).save(tmp_path / "udnie.png")
        words |= {"--models": MODELS, "--paintings": tmp_path, "--count": 1}
    assert command([str(word) for option in words.items() for word in option]) == 1
    assert "No loss network given" in capsys.readouterr().err
