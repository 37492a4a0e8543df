"""The style of any picture: with the shipped encoder where there is one, and a tiny one of random weights."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylize import MissingNetworkError, NetworkError, PictureError, StyleError, Stylizer, styles
from stylize.inference.style_predictor import CONTRAST, LIGHT, LONGEST, SIDE, encoder_input, match_colors
from stylize.paths import MODELS
from stylize.training.export.encoder import write_encoder
from stylize.training.models.encoder import Encoder


@pytest.fixture(scope="module")
def models(tmp_path_factory, painter, onnx_painter) -> Path:
    """The shipped models with an encoder of random weights."""
    folder = tmp_path_factory.mktemp("encoder") / "models"
    shutil.copytree(MODELS, folder)
    torch.manual_seed(0)
    vectors = torch.stack([torch.tensor(style.vector) for style in painter.styles])
    encoder = Encoder([[4], [8]], vectors.shape[1], hidden=16)
    torch.nn.init.normal_(encoder.last.weight, std=0.5)
    encoder.centre_on(vectors)
    write_encoder(encoder, folder, onnx_painter.sha256)
    return folder


@pytest.fixture(scope="module")
def seeing(models) -> Stylizer:
    return Stylizer(models, "cpu")


@pytest.fixture
def painting(tmp_path, astronaut) -> Path:
    path = tmp_path / "My own, painting=1.png"
    astronaut.rotate(90).resize((200, 150)).save(path)
    return path


def test_a_picture_is_a_style_like_any_other(seeing, onnx_painter, photo, painting, tmp_path):
    style = seeing.predict(painting, "mine", "Mine")
    assert (style.id, style.title, style.painter) == ("mine", "Mine", onnx_painter.sha256)
    painted = seeing(photo, style).tobytes()
    assert painted == seeing(photo, painting).tobytes() == seeing(photo, str(painting)).tobytes()
    assert painted == seeing(photo, seeing.predict(painting.read_bytes())).tobytes()
    styles.save(style, tmp_path / "mine.safetensors")
    read = styles.load(tmp_path / "mine.safetensors", onnx_painter.sha256, onnx_painter.style_size)
    assert painted == seeing(photo, read).tobytes()


def test_pictures_blend_with_styles(seeing, painting):
    known = seeing.styles["udnie"]
    style = seeing.predict(painting)
    wanted = 0.25 * style.vector + 0.75 * known.vector
    for blend in ({painting: 1, "udnie": 3}, {str(painting): 1, known: 3}, {style: 1, known: 3}):
        assert np.allclose(seeing.vector(blend), wanted, atol=1e-5)


def test_other_pictures_have_other_styles_and_shape_does_not_matter(seeing, astronaut):
    upright = seeing.predict(astronaut).vector
    assert np.abs(seeing.predict(astronaut.rotate(90)).vector - upright).max() > 1e-3
    for size in ((1000, 64), (64, 1000), (60_000, 64)):
        assert np.isfinite(seeing.predict(astronaut.resize(size)).vector).all()


@pytest.mark.parametrize("size", [(64, 64), (640, 480), (480, 640), (3000, 70), (70, 3000), (320, 320), (321, 999)])
def test_the_input_of_the_encoder_is_bounded(size):
    height, width = encoder_input(np.zeros((size[1], size[0], 3), np.uint8)).shape[:2]
    assert min(height, width) == SIDE
    assert max(height, width) <= LONGEST + SIDE // 64


def test_light_and_contrast_come_nearer_to_the_paintings(painter, onnx_painter, astronaut):
    style = painter.styles["udnie"]
    tried = np.asarray(astronaut.resize((160, 160)))

    def made(vector: np.ndarray) -> np.ndarray:
        return onnx_painter.measure(tried, vector)[0]

    painted = made(style.vector)
    assert np.allclose(match_colors(style.vector, painted, painted), style.vector, atol=1e-5)
    wanted = np.clip(painted * np.float32((0.5, 0.8, 0.6)) + 40, 0, 255).astype(np.uint8)
    mended = made(match_colors(style.vector, wanted, painted))
    off, left = (p.mean((0, 1)) - wanted.mean((0, 1)) for p in (painted, mended))
    assert np.allclose(left, (1 - LIGHT) * off, atol=3)
    off, left = (np.log(p.std((0, 1)) / wanted.std((0, 1))) for p in (painted, mended))
    assert np.allclose(left, (1 - CONTRAST) * off, atol=0.05)


def test_a_file_is_predicted_again_only_when_it_changed(seeing, painting, astronaut):
    first = seeing.parts(painting)[0][0]
    assert seeing.parts(str(painting))[0][0] is first
    assert (first.id, first.title) == ("my_own_painting_1", "My own, painting=1")
    astronaut.resize((100, 100)).save(painting)
    os.utime(painting, (1, 1))
    second = seeing.parts(painting)[0][0]
    assert np.abs(second.vector - first.vector).max() > 0
    assert seeing.parts(painting)[0][0] is second


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (Image.new("RGB", (200, 200), "red"), "blank"),
        (Image.effect_noise((20, 20), 90), "too small"),
        (b"not a picture", "not a picture"),
    ],
)
def test_pictures_without_a_style_get_a_sentence(seeing, picture, sentence):
    with pytest.raises(PictureError, match=sentence):
        seeing.predict(picture)


@pytest.mark.parametrize("name", ["My painting", "../escape", "", "x" * 65, 5])
def test_a_style_has_an_id(seeing, painting, name):
    with pytest.raises(StyleError, match="not an id"):
        seeing.predict(painting, name)


def test_what_is_neither_id_nor_file_is_told_of_both(seeing, photo, tmp_path):
    for name in ("great_wav", tmp_path / "gone.jpg", str(tmp_path), "x" * 5000, "a\0b"):
        with pytest.raises(StyleError, match=r"There is no style .* path of a picture"):
            seeing(photo, name)
    with pytest.raises(StyleError, match="Did you mean great_wave"):
        seeing(photo, {"great_wav": 1})
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(PictureError, match=r"notes\.txt is not a picture"):
        seeing(photo, tmp_path / "notes.txt")


def test_strangers_cannot_name_files(seeing, photo, painting):
    careful = seeing.for_strangers()
    for style in (str(painting), painting, {str(painting): 1.0}, {"udnie": 0.5, painting: 0.5}):
        for ask in (careful.vector, careful.frame_stylizer, careful.parts, lambda style: careful(photo, style)):
            with pytest.raises(StyleError, match=r"There is no style|A style is an id"):
                ask(style)
    assert careful(photo, careful.predict(painting)).size == photo.size
    assert seeing(photo, painting).size == photo.size


def test_an_encoder_that_is_missing_broken_or_anothers_is_named(models, painting, tmp_path, onnx_painter):
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    (folder / "encoder.onnx").unlink()
    blind = Stylizer(folder, "cpu")
    assert not blind.can_predict
    with pytest.raises(MissingNetworkError, match=r"holds no encoder\.onnx"):
        blind.predict(painting)
    (folder / "encoder.onnx").write_bytes(b"nonsense")
    damaged = Stylizer(folder, "cpu")
    assert damaged.can_predict
    with pytest.raises(NetworkError, match="damaged") as refusal:
        damaged.predict(painting)
    assert not isinstance(refusal.value, MissingNetworkError)
    (folder / "encoder.onnx").write_bytes((folder / "measure.onnx").read_bytes())
    with pytest.raises(NetworkError, match="damaged or not one of our"):
        Stylizer(folder, "cpu").predict(painting)
    torch.manual_seed(1)
    small = Encoder([[4]], onnx_painter.style_size, hidden=4)
    write_encoder(small, folder, "0" * 64)
    with pytest.raises(NetworkError, match="another painter"):
        Stylizer(folder, "cpu").predict(painting)


def test_the_shipped_encoder_is_small():
    assert (MODELS / "encoder.onnx").stat().st_size <= 8_000_000


def test_the_shipped_encoder_knows_the_colours_of_a_picture(painter, photo, astronaut):
    def mean(colour: str) -> np.ndarray:
        noise = np.asarray(Image.effect_noise((256, 256), 60).convert("RGB"), float)
        tint = np.asarray(Image.new("RGB", (256, 256), colour), float)
        picture = Image.fromarray((noise * tint / 255).astype(np.uint8))
        return np.asarray(painter(photo, painter.predict(picture)), float).mean((0, 1))

    red, blue = mean("#ff4030"), mean("#3050ff")
    assert red[0] - red[2] > 20
    assert blue[2] - blue[0] > 20
