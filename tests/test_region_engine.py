"""Painting by regions: shares fill the picture, what is kept is kept, and each region has a style of its own."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from stylize import CorrectedRegion, OptionError, PictureError, RegionStyle, StyleError, Stylizer
from stylize.imaging import without_excess
from stylize.inference.session import Device
from stylize.region_engine import paint_layers, region_shares
from tests.cli.test_paint import make_film


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    return Image.fromarray(data.astronaut()).resize((256, 256))


@pytest.fixture
def left_half() -> Image.Image:
    mask = Image.new("L", (64, 64))
    ImageDraw.Draw(mask).rectangle((0, 0, 31, 63), fill=255)
    return mask


@pytest.mark.parametrize(
    "names", [["subject", "background"], ["person", "subject"], ["face", "person", "bottle", "background"]]
)
def test_shares_fill_the_picture(painter, portrait, left_half, names):
    pixels = np.asarray(portrait)
    for wanted in (names, [*names, left_half]):
        found, rest = region_shares(pixels, wanted, painter._regions(pixels))
        assert (np.sum(found, 0, dtype=int) + rest == 255).all()


def test_nothing_of_the_rest_shows_between_subject_and_background(painter, portrait):
    pixels = np.asarray(portrait)
    assert not region_shares(pixels, ["background", "subject"], painter._regions(pixels))[1].any()


def test_a_face_lies_over_its_person_whatever_the_order(painter, portrait):
    pixels = np.asarray(portrait)
    masks = painter._regions(pixels)
    (face, _), _ = region_shares(pixels, ["face", "person"], masks)
    (_, same), _ = region_shares(pixels, ["person", "face"], masks)
    assert np.array_equal(face, same)
    assert np.array_equal(face, masks.mask("face"))


def test_what_is_kept_is_the_photo(painter, portrait):
    painted = painter(portrait, "udnie", regions={"person": None})
    person = painter._regions(np.asarray(portrait)).mask("person")
    difference = np.abs(np.asarray(painted, int) - np.asarray(portrait, int)).max(2)
    assert person.max() == 255
    assert not difference[person == 255].any()
    assert difference[person == 0].mean() > 10


def test_without_a_style_the_rest_is_the_photo(painter, portrait, left_half):
    painted = painter(portrait, regions=[(left_half, "the_scream")])
    difference = np.abs(np.asarray(painted, int) - np.asarray(portrait, int)).max(2)
    assert difference[:, :120].mean() > 10
    assert not difference[:, 136:].any()


def test_a_region_has_a_strength_and_a_blend_of_its_own(painter, portrait, left_half):
    def changed(choice):
        painted = painter(portrait, regions=[(left_half, choice)])
        return np.abs(np.asarray(painted, int) - np.asarray(portrait, int))[:, :120].mean()

    assert changed(RegionStyle("the_scream", 0.0)) == 0
    assert 0 < changed(RegionStyle("the_scream", 0.3)) < changed("the_scream")
    assert changed({"the_scream": 0.5, "udnie": 0.5}) > 5


def test_the_other_half_does_not_change_a_regions_style(painter, portrait, left_half):
    """Its statistics are its own: far from the seam the half is painted the same beside white and beside black."""
    sides = []
    for level in (0, 255):
        pixels = np.array(portrait.resize((512, 512)))
        pixels[:, 256:] = level
        sides.append(np.asarray(painter(Image.fromarray(pixels), regions=[(left_half, "udnie")]), int)[:, :60])
        whole = np.asarray(painter(Image.fromarray(pixels), "udnie"), int)[:, :60]
        sides.append(whole)
    own, shared = np.abs(sides[0] - sides[2]).mean(), np.abs(sides[1] - sides[3]).mean()
    assert own < shared / 3


def test_in_a_film_a_region_has_statistics_of_its_own_too(painter, portrait, left_half):
    sides = []
    for level in (0, 255):
        frame = np.array(portrait.resize((512, 512)))
        frame[:, 256:] = level
        sides.append(painter.frame_stylizer(regions=[(left_half, "udnie")])(frame)[:, :60].astype(int))
        sides.append(painter.frame_stylizer("udnie")(frame)[:, :60].astype(int))
    own, shared = np.abs(sides[0] - sides[2]).mean(), np.abs(sides[1] - sides[3]).mean()
    assert own < shared / 3


def test_large_photos_are_painted_by_regions_too(painter, portrait, left_half):
    large = portrait.resize((900, 1100))
    painted = painter(large, regions=[(left_half, "udnie")], keep_colors=True)
    assert painted.size == large.size
    difference = np.abs(np.asarray(painted, int) - np.asarray(large, int)).max(2)
    assert difference[:, :400].mean() > 3


def test_bad_regions_are_told(painter, portrait):
    with pytest.raises(OptionError, match=r"no region 'unicorn'\. Choose subject, background, "):
        painter(portrait, regions={"unicorn": "udnie"})
    with pytest.raises(StyleError, match="no style 'none'"):
        painter(portrait, regions={"person": "none"})
    with pytest.raises(OptionError, match="given twice"):
        painter(portrait, regions={"face": "udnie", "faces": None})
    with pytest.raises(StyleError, match="There is no style: give one, or regions"):
        painter(portrait)


def test_a_photo_without_the_regions_is_told(painter, portrait):
    with pytest.raises(PictureError, match=r"it shows no sheep\. Found: .*person"):
        painter(portrait, regions={"sheep": "udnie"})
    with pytest.raises(PictureError, match="the mask shows nothing of it"):
        painter(portrait, regions=[(Image.new("L", (4, 4)), "udnie")])


def test_tiny_pictures_are_painted(painter, portrait):
    assert painter(portrait.resize((8, 8)), "udnie", regions={"person": None}).size == (8, 8)


def test_a_corrected_mask_is_as_found_where_nobody_drew(painter, portrait):
    pixels = np.asarray(portrait)
    masks = painter._regions(pixels)
    by_hand = Image.new("LA", (64, 64), (0, 0))
    by_hand.paste((255, 255), (0, 0, 16, 64))
    by_hand.paste((0, 255), (48, 0, 64, 64))
    names = [CorrectedRegion("subject", by_hand), "background"]
    (subject, background), rest = region_shares(pixels, names, masks)
    assert (subject + background == 255).all()
    assert not rest.any()
    assert (subject[:, :60] == 255).all()
    assert not subject[:, 196:].any()
    assert np.array_equal(subject[:, 72:184], masks.mask("subject")[:, 72:184])
    (face, _), _ = region_shares(pixels, ["face", names[0]], masks)
    assert np.array_equal(face, masks.mask("face"))  # it lies over the subject still


def test_a_film_s_frames_are_painted_by_regions(painter, portrait):
    paint = painter.frame_stylizer(regions={"background": "udnie", "faces": None})
    pixels = np.asarray(portrait)
    painted = [paint(pixels) for _ in range(2)]
    difference = np.abs(painted[1].astype(int) - pixels).max(2)
    subject = painter._regions(pixels).mask("subject")
    assert not difference[subject == 255].any()
    assert difference[subject == 0].mean() > 10
    assert painter.frame_stylizer("udnie", regions={"sheep": None})(pixels).shape == pixels.shape  # there is none


def test_a_film_that_shows_none_of_the_regions_is_told(painter, tmp_path, caplog):
    make_film(tmp_path / "grey.mp4")
    notes = []
    for regions in ({"sheep": "udnie"}, {"background": "udnie"}):
        for keep_colors in (False, True):
            options = {"regions": regions, "keep_colors": keep_colors, "note": notes.append}
            painter.video(tmp_path / "grey.mp4", tmp_path / "painted.mp4", **options)
    assert [note.kind for note in notes] == ["unpainted"] * 2
    assert "grey.mp4 shows none of the regions" in str(notes[0])
    painter.video(tmp_path / "grey.mp4", tmp_path / "painted.mp4", regions={"sheep": "udnie"})
    assert "stays as it is" in caplog.text


def test_regions_that_are_painted_at_the_same_time_are_as_one_after_the_other(painter, portrait, left_half):
    wanted = [(left_half, "udnie"), ("subject", "the_kiss"), ("background", "great_wave")]
    alone, together = (
        Stylizer(device="cpu", threads=threads)(portrait.resize((900, 900)), regions=wanted) for threads in (1, 4)
    )
    assert np.array_equal(np.asarray(alone), np.asarray(together))


class _Engine:
    """Paints a colour, and tells that it does."""

    def __init__(self, level, error=None):
        self.level, self.error, self.asked = level, error, 0

    def paint_region(self, pixels, mask, progress=None, cancelled=None):
        for share in (0.5, 1.0):
            self.asked += cancelled is not None and cancelled()
            if self.error is not None:
                raise self.error
            if progress is not None:
                progress(share)
        return np.full_like(pixels, self.level), 0, 0


@pytest.fixture
def halves():
    left = np.zeros((40, 60), np.uint8)
    left[:, :30] = 255
    return left, 255 - left


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_of_regions_grows_to_one(halves, threads):
    done = []
    layers = [(_Engine(level), share) for level, share in zip((10, 200), halves, strict=True)]
    device = Device("cpu", threads)
    with device.shared():
        made = paint_layers(np.zeros((40, 60, 3), np.uint8), layers, device, done.append, lambda: False)
    assert made[0, ::59, 0].tolist() == [10, 200]
    assert done == sorted(done)
    assert done[-2:] == [1.0, 1.0]
    assert device.share == threads


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("failing", [0, 1])
def test_a_region_that_fails_fails_the_picture_and_the_threads_are_given_back(halves, threads, failing):
    engines = [_Engine(10, PictureError("no") if which == failing else None) for which in (0, 1)]
    device = Device("cpu", threads)
    with device.shared(), pytest.raises(PictureError, match="no"):
        paint_layers(np.zeros((40, 60, 3), np.uint8), list(zip(engines, halves, strict=True)), device)
    with device.shared():
        assert device.share == threads


def test_masks_whose_sum_is_too_much_are_made_smaller_alike():
    first, second = np.array([[255, 200, 100]], np.uint8), np.array([[255, 100, 100]], np.uint8)
    assert [mask.tolist() for mask in without_excess([first, second])] == [[[127, 170, 100]], [[127, 85, 100]]]


@pytest.mark.parametrize("regions", [{"person": None}, {"subject": None, "background": None}, {}])
def test_where_all_stays_as_it_is_the_sentence_says_that_a_style_is_missing(painter, portrait, regions):
    with pytest.raises(PictureError, match="all regions stay as they are"):
        painter(portrait, regions=regions)


def test_a_mask_is_given_as_it_was_found_or_as_it_was_drawn(painter, portrait, left_half):
    found = next(region for region in painter.regions(portrait) if region.name == "subject")
    by_name = painter(portrait, regions={"subject": "udnie"})
    assert np.array_equal(np.asarray(painter(portrait, regions=[(found.mask, "udnie")])), np.asarray(by_name))
    on_transparent = Image.new("RGBA", left_half.size, (255, 255, 255, 0))
    on_transparent.paste((255, 255, 255, 255), mask=left_half)
    masks = [painter(portrait, regions=[(mask, "udnie")]) for mask in (left_half, on_transparent)]
    assert np.array_equal(*map(np.asarray, masks))
    with pytest.raises(OptionError, match="given by a Region; give a name, a mask"):
        painter(portrait, regions=[(found, "udnie")])
