import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import stylize
from stylize import Cancelled, NetworkError, OptionError, PaintOptions, StyleError, Stylizer, imaging, styles
from stylize.paths import MODELS
from stylize.styles import PHOTO

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 2.0  # mean absolute difference of a golden picture in levels of 0..255, for other CPUs' rounding

STYLES = [file.stem for file in sorted((MODELS / "styles").glob("*.safetensors")) if file.stem != PHOTO]


def difference(a: Image.Image, b: Image.Image) -> float:
    return float(np.abs(np.asarray(a, int) - np.asarray(b, int)).mean())


def test_the_public_names_are_what_the_package_says():
    assert all(hasattr(stylize, name) for name in stylize.__all__)


def test_importing_needs_neither_torch_nor_gradio():
    code = "import stylize, sys; sys.exit(any(m in sys.modules for m in ('torch', 'gradio', 'onnx')))"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ).returncode == 0


def test_every_style_has_a_golden_picture(painter):
    assert sorted(style.id for style in painter.styles) == sorted(STYLES)


@pytest.fixture(scope="module")
def exact():
    """Paints in float32, which is the same on every CPU."""
    return Stylizer(device="cpu", precision="float32")


@pytest.mark.parametrize("style", STYLES)
def test_every_style_paints_its_golden_picture(exact, astronaut, style, tmp_path_factory):
    painted = exact(astronaut.resize((160, 160), Image.Resampling.LANCZOS), style)
    golden = GOLDEN / f"{style}.png"
    if os.environ.get("STYLIZE_WRITE_GOLDEN"):
        painted.save(golden)
    if difference(painted, Image.fromarray(imaging.read(golden).pixels)) > TOLERANCE:
        seen = tmp_path_factory.getbasetemp() / f"{style}.png"
        painted.save(seen)
        pytest.fail(f"{style} is painted otherwise than {golden.name}: compare {seen}")


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (1000, 3), (97, 61), (64, 64)])
def test_the_painting_has_the_photos_size(painter, astronaut, size):
    for brush in (1.0, 4.0, None):
        assert painter(astronaut.resize(size), "the_scream", brush=brush).size == size


def test_the_same_call_gives_the_same_bytes(painter, photo):
    assert painter(photo, "udnie").tobytes() == painter(photo, "udnie").tobytes()


def test_strength_zero_is_the_photo_and_the_way_up_is_monotone(painter, photo):
    steps = [difference(photo, painter(photo, "starry_night", strength=s)) for s in (0, 0.25, 0.5, 0.75, 1)]
    assert steps[0] == 0
    assert steps == sorted(steps)
    assert steps[-1] > 10
    large = photo.resize((900, 700))  # above the size at which it is painted
    assert difference(large, painter(large, "starry_night", strength=0)) == 0


def test_a_blend_lies_between_its_styles(painter, photo):
    first, second = painter(photo, "starry_night"), painter(photo, "the_scream")
    half = painter(photo, {"starry_night": 1, "the_scream": 1})
    assert difference(half, first) < difference(first, second)
    assert difference(half, second) < difference(first, second)
    alone = painter(photo, {"starry_night": 5, "the_scream": 0})
    assert alone.tobytes() == first.tobytes()


def test_keep_colors_keeps_the_chroma(painter, photo):
    kept = np.asarray(painter(photo, "great_wave", keep_colors=True).convert("YCbCr"), int)[..., 1:]
    free = np.asarray(painter(photo, "great_wave").convert("YCbCr"), int)[..., 1:]
    wanted = np.asarray(photo.convert("YCbCr"), int)[..., 1:]
    assert np.abs(kept - wanted).mean() < np.abs(free - wanted).mean() / 2


def test_a_mask_is_as_bright_as_its_type_says(painter, photo):
    dark, half = (painter(photo, "udnie", mask=Image.new("L", (9, 9), level)) for level in (12, 128))
    for deep, plain in (
        (Image.new("I;16", (9, 9), 12 * 257), dark),
        (Image.new("I;16", (9, 9), 128 * 257), half),
        (Image.new("F", (9, 9), 128 / 255), half),
    ):
        assert painter(photo, "udnie", mask=deep) == plain
        assert painter(photo, regions=[(deep, "udnie")]) == painter(photo, regions=[(plain_mask(deep), "udnie")])


def plain_mask(mask):
    """The same in 8 bits."""
    white = 1 if mask.mode == "F" else 65535
    return Image.fromarray(np.rint(np.asarray(mask, float) / white * 255).astype(np.uint8))


def test_a_mask_leaves_the_photo_where_it_is_black(painter, photo):
    mask = Image.new("L", (48, 36), 255)
    mask.paste(0, (0, 0, 24, 36))
    painted = np.asarray(painter(photo, "the_scream", mask=mask))
    whole = np.asarray(painter(photo, "the_scream"))
    assert (painted[:, :44] == np.asarray(photo)[:, :44]).all()
    assert (painted[:, 52:] == whole[:, 52:]).all()


def test_transparency_is_kept(painter, photo):
    photo = photo.convert("RGBA")
    photo.paste((0, 0, 0, 0), (0, 0, 20, 20))
    painted = painter(photo, "the_scream")
    assert painted.mode == "RGBA"
    assert painted.getpixel((5, 5))[3] == 0
    assert painted.getpixel((50, 50))[3] == 255


def test_bad_options_are_told_before_the_photo_is_read(painter):
    for bad in ({"strength": 2}, {"brush": 0}, {"keep_colors": "no"}, {"mask": "black"}):
        with pytest.raises(OptionError, match="must be"):
            painter("gone.jpg", "the_scream", **bad)
    with pytest.raises(OptionError, match="size is 0"):
        list(painter.gallery("gone.jpg", size=0))
    for bad in ({"strength": 2}, {"brush": 0}, {"keep_colors": "no"}):
        with pytest.raises(OptionError, match="must be"):
            painter.frame_stylizer("the_scream", **bad)


def test_one_by_one_and_as_one_set_options_paint_the_same(painter, photo):
    options = PaintOptions({"udnie": 3, "the_kiss": 1}, strength=0.7, keep_colors=True, brush=2)
    assert painter.paint(photo, options).tobytes() == painter(photo, **vars(options)).tobytes()


def test_cancel_and_progress(painter, photo):
    done = []
    painter(photo, "the_scream", progress=done.append)
    assert done[-1] == 1.0
    assert done == sorted(done)
    with pytest.raises(Cancelled):
        painter(photo, "the_scream", cancelled=lambda: True)


def test_the_wall_shows_every_style_at_wall_size(painter, astronaut):
    wall = list(painter.gallery(astronaut, size=64))
    assert [s.id for s, _ in wall] == [s.id for s in painter.styles]
    assert {image.size for _, image in wall} == {(64, 64)}
    with pytest.raises(StyleError):
        list(painter.gallery(astronaut, ["nothing"]))


def test_threads_do_not_mix_pictures(painter):
    photos = [Image.new("RGB", (64, 64), (40 * i, 255 - 40 * i, 30)) for i in range(6)]
    alone = [painter(p, "udnie").tobytes() for p in photos]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda p: painter(p, "udnie").tobytes(), photos * 4))
    assert together == alone * 4


def test_missing_models_are_named(tmp_path):
    with pytest.raises(NetworkError, match=r"painter\.onnx"):
        Stylizer(tmp_path)


def test_shipped_styles_belong_to_the_shipped_painter(painter, onnx_painter):
    assert len(painter.styles) >= 16
    assert all(style.painter == onnx_painter.sha256 for style in painter.styles)
    assert len(onnx_painter.sha256) == len(hashlib.sha256().hexdigest())


def test_a_bad_style_file_is_left_out_and_named(tmp_path, painter, caplog):
    shutil.copytree(MODELS, tmp_path / "models")
    folder = tmp_path / "models" / "styles"
    (folder / "udnie.safetensors").write_bytes(b"nonsense")
    styles.save(replace(painter.styles["great_wave"], painter="another"), folder / "great_wave.safetensors")
    other = Stylizer(tmp_path / "models", "cpu")
    assert len(other.styles) == len(painter.styles) - 2
    assert "udnie.safetensors is not a style file" in caplog.text
    assert "great_wave.safetensors was made for another painter" in caplog.text
    (folder / "photo.safetensors").unlink()
    with pytest.raises(NetworkError, match="lacks photo"):
        Stylizer(tmp_path / "models", "cpu")


def test_numbers_from_numpy_are_numbers(painter, photo):
    painter(photo, {"udnie": np.float32(0.5), "the_scream": np.int64(1)}, strength=np.float32(0.5), brush=np.float64(2))
