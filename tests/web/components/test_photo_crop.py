"""What is made of a photo for the part that a browser asks for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylize.errors import OptionError
from stylize.imaging import Picture, read
from stylize.web.app_context import AppContext
from stylize.web.components.photo_crop import Crop
from stylize.web.components.photo_input import crop_photo
from stylize.web.locale.catalog import CATALOGS
from stylize.web.services import results

from ..visitors import visit

WHOLE = [0, 0, 1, 1]


def picture(width: int, height: int) -> Picture:
    """A picture whose pixels all differ."""
    pixels = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3)
    return Picture((pixels % 251).astype(np.uint8), (pixels[..., 0] % 256).astype(np.uint8), dpi=(300.0, 150.0))


@pytest.mark.parametrize("turns", range(4))
def test_it_is_turned_clockwise_and_cut_to_the_pixel(turns: int) -> None:
    whole = picture(40, 20)
    part = Crop.of({"turns": turns, "box": [0.25, 0.5, 0.5, 0.25]})(whole)
    upright = whole.as_image().rotate(-90 * turns, expand=True)
    width, height = upright.size
    right = upright.crop((width // 4, height // 2, width * 3 // 4, height * 3 // 4))
    assert np.array_equal(np.asarray(part.as_image()), np.asarray(right))
    assert part.dpi == ((300.0, 150.0) if turns % 2 == 0 else (150.0, 300.0))


@pytest.mark.parametrize("box", [[0, 0, 1e-9, 1], [1 - 1e-9, 0, 1e-9, 1e-9], [0.999, 0.999, 0.001, 0.001]])
def test_at_least_one_pixel_is_left(box: list[float]) -> None:
    assert min(Crop.of({"turns": 0, "box": box})(picture(8, 8)).size) == 1


def test_a_browser_s_sums_may_be_off_by_a_little() -> None:
    assert Crop.of({"turns": 0, "box": [0.1 + 0.2, -1e-9, 0.7, 1 + 1e-9]})(picture(10, 10)).size == (7, 10)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        *({"turns": turns, "box": WHOLE} for turns in (None, -1, 4, 0.5, True, "1", float("nan"), 10**400)),
        *({"turns": 0, "box": box} for box in (None, "0011", [0, 0, 1], [0, 0, 1, "1"], [0, 0, 1, True])),
        *({"turns": 0, "box": [0, 0, 1, wrong]} for wrong in (0, -0.5, 1.5, float("nan"), float("inf"), 10**400)),
        *({"turns": 0, "box": box} for box in ([-0.5, 0, 0.5, 1], [0.6, 0, 0.5, 1], [0, 0.6, 1, 0.5])),
    ],
)
def test_what_is_out_of_range_is_refused_with_a_sentence(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=r"\.$"):
        Crop.of(asked)


def upload(image: Image.Image, name: str) -> Path:
    path = results.new_path(name)
    image.save(path)
    return path


def test_the_part_is_a_photo_of_its_own_with_the_pixels_and_transparency_of_the_whole(app: AppContext) -> None:
    whole = picture(3000, 2000)
    photo = upload(whole.as_image(), "beach.png")
    asked = {"path": str(photo), "turns": 1, "box": [0, 0, 0.5, 1]}
    opened = crop_photo(app, asked, visit())
    part = Path(opened["photo"]["path"])
    assert part.name == "beach.png"
    assert part != photo
    got, right = read(part), Crop.of(asked)(read(photo))
    assert got.size == (1000, 3000)
    assert np.array_equal(got.pixels, right.pixels)
    assert right.alpha is not None
    assert got.alpha is not None
    assert np.array_equal(got.alpha, right.alpha)
    results.forget(photo)
    assert not part.exists()


def test_what_fails_is_a_sentence_in_the_visitor_s_language(app: AppContext, astronaut: Image.Image) -> None:
    photo = str(upload(astronaut.resize((96, 80)), "beach.heic"))
    wrong = {"path": photo, "turns": 7, "box": WHOLE}
    assert crop_photo(app, wrong, visit()) == {"error": "A photo is turned by 0, 1, 2 or 3 quarters."}
    assert crop_photo(app, wrong, visit("zh-CN")) == {"error": CATALOGS["zh-CN"].errors["option"]}
    asked = {"turns": 0, "box": WHOLE}
    for path in ("/etc/passwd", None):
        assert crop_photo(app, {"path": path, **asked}, visit()) == {"error": CATALOGS["en"].messages["photo_not_sent"]}
    assert crop_photo(app, {"path": photo, **asked}, visit())["photo"]["path"].endswith("/beach.png")
