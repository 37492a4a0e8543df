"""What a photo shows, and styles by region, without a browser or a server."""

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from stylize import CorrectedRegion, Style
from stylize.web.app_context import AppContext
from stylize.web.components import viewer, viewer_regions
from stylize.web.components.viewer import ViewerRequest
from stylize.web.locale.catalog import CATALOGS
from stylize.web.share import ControlValues

from ..visitors import answers, visit
from .test_viewer import data_address


def by_region(regions: str) -> ControlValues:
    return ControlValues("udnie", regions=regions)


def half(mode: str, *colors: object) -> Image.Image:
    """A mask with one value on the left and one on the right."""
    mask = Image.new(mode, (64, 32), colors[0])
    mask.paste(colors[1], (32, 0, 64, 32))
    return mask


@pytest.fixture
def portrait(astronaut: Image.Image, tmp_path: Path) -> str:
    path = tmp_path / "portrait.png"
    astronaut.resize((256, 256)).save(path)
    return str(path)


def paint(app: AppContext, photo: str, regions: str, corrections: str = "", own: dict[str, Style] | None = None):
    wanted = ViewerRequest(photo, "", own or {}, by_region(regions), corrections)
    return list(answers(app, viewer.KIND, wanted, viewer.answer_handler))[-1]


def test_what_is_found_has_a_mask_of_its_own(app: AppContext, portrait: str) -> None:
    found = {one["name"]: one["mask"] for one in viewer_regions.find(app, portrait)}
    assert list(found)[:2] == ["subject", "background"]
    assert "person" in found
    masks = []
    for name in ("subject", "background"):
        with Image.open(io.BytesIO(base64.b64decode(found[name].split(",")[1]))) as mask:
            assert mask.mode == "LA"
            masks.append(np.asarray(mask)[..., 1])
    assert masks[0].shape == (256, 256)
    assert (masks[0] + masks[1] == 255).all()


def test_only_uploads_are_looked_at(app: AppContext) -> None:
    find = viewer_regions.find_function(app)
    assert "no longer here" in find({"photo": "/etc/passwd"}, visit())["error"]
    assert find({"photo": None}, visit())["regions"]


def test_a_painting_by_regions_says_what_each_has(app: AppContext, portrait: str) -> None:
    shown, caption, png, status = paint(app, portrait, "subject=the_scream@0.6; background")
    assert status["state"] == "painted"
    assert shown["title"] == "The Scream"  # nothing is left for the style of the rest
    assert "Subject: The Scream 60% · Background: The photo stays" in caption
    assert "regions=subject=the_scream@0.6%3Bbackground" in caption
    assert Path(png).name == "portrait-regions-subject-the_scream-background-photo.png"


def test_a_look_with_an_own_style_in_a_region_has_no_link(app: AppContext, own_style: Style, portrait: str) -> None:
    _, caption, _, status = paint(app, portrait, "person=my_mix", own={own_style.id: own_style})
    assert status["state"] == "painted"
    assert 'data-query=""' in caption
    *_, status = paint(app, portrait, "person=my_mix")
    assert (status["state"], "my_mix" in status["error"]) == ("failed", True)


def test_a_corrected_mask_is_painted_and_so_is_its_background(app: AppContext, portrait: str) -> None:
    drawn = json.dumps({"subject": data_address(half("LA", (255, 255), (0, 0)))})
    with Image.open(portrait) as photo:
        before = np.asarray(photo.convert("RGB"), int)
    changed = []
    for corrections in ("", drawn):
        *_, png, _ = paint(app, portrait, "background", corrections)
        with Image.open(png) as painting:
            changed.append(np.abs(np.asarray(painting.convert("RGB"), int) - before).max(2) > 8)
    found, corrected = changed
    assert corrected[:, :40].mean() > 0.9 > 0.6 > found[:, :40].mean()


def test_a_correction_of_the_subject_is_one_of_the_background(app: AppContext) -> None:
    drawn = json.dumps({"subject": data_address(half("LA", (255, 255), (0, 255)))})
    options = viewer_regions.with_corrections(by_region("background=udnie;cat").options(), drawn)
    (background, _), (cat, _) = options.regions
    assert isinstance(background, CorrectedRegion)
    assert (background.name, cat) == ("background", "cat")
    assert [background.mask.getpixel((x, 8)) for x in (8, 56)] == [(0, 255), (255, 255)]


@pytest.mark.parametrize(
    "corrections", ["", "[", "[]", "3", '{"subject": 3}', '{"subject": "data:image/png;base64,AA"}']
)
def test_what_is_no_correction_corrects_nothing(corrections: str) -> None:
    options = by_region("subject").options()
    assert viewer_regions.with_corrections(options, corrections) == options


@pytest.mark.parametrize("tag", CATALOGS)
def test_every_region_has_a_name_in_every_language(app: AppContext, tag: str) -> None:
    assert list(CATALOGS[tag].regions) == list(app.painter.region_names)
    request = SimpleNamespace(headers={"accept-language": tag})
    assert viewer_regions.region_title("faces", request) == CATALOGS[tag].regions["face"]
    assert viewer_regions.region_title("giraffe", request) == "giraffe"
