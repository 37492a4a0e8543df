"""Which photo, style and options stand in each cell of a grid, and how they are painted."""

import time

import numpy as np
import pytest
from PIL import Image

from stylize import OptionError, PictureError, Stylizer
from stylize.grid import Axis, Grid, painting

STYLES = ("great_wave", "udnie")


def test_every_combination_is_one_cell_and_styles_run_across(photo):
    grid = Grid([photo, "b.jpg"], STYLES, strengths=(0.5, 1.0))
    assert (grid.across, grid.size) == ((Axis.STYLE,), (2, 4))
    places = list(grid.places())
    assert [(p.row, p.column) for p in places] == [(row, column) for row in range(4) for column in range(2)]
    assert [(p.photo, p.options.strength, p.options.style) for p in places[2:5]] == [
        (0, 1.0, "great_wave"), (0, 1.0, "udnie"), (1, 0.5, "great_wave"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "across"),
    [
        ({"columns": ("strength",)}, (Axis.STRENGTH,)),
        ({"columns": (Axis.PHOTO, "style")}, (Axis.PHOTO, Axis.STYLE)),
        ({"styles": ("udnie",)}, (Axis.STRENGTH,)),
        ({"styles": ("udnie",), "strengths": (1.0,)}, (Axis.STYLE,)),
    ],
)
def test_the_axes_that_run_across_can_be_chosen(photo, options, across):
    grid = Grid(**{"photos": [photo], "styles": STYLES, "strengths": (0.5, 1.0), **options})
    assert grid.across == across
    assert set(grid.across) | set(grid.down) == set(Axis)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"styles": []}, "none is given for style"),
        ({"columns": ("artist",)}, "no axis 'artist'"),
        ({"columns": "style"}, "columns of a grid are 'style'; give a list"),
        ({"strengths": 0.5}, "strength axis of a grid is 0.5; give a list"),
        ({"photos": "photo.jpg"}, "photo axis of a grid is 'photo.jpg'; give a list"),
        ({"strengths": (2,)}, "strength is 2"),
        ({"brushes": (0.1,)}, "brush is 0.1"),
        ({"strengths": [i / 100 for i in range(101)]}, "101 cells is too large"),
    ],
)
def test_what_cannot_be_a_grid_is_refused_before_anything_is_painted(photo, options, words):
    with pytest.raises(OptionError, match=words):
        Grid(**{"photos": [photo], "styles": ["udnie"], **options})


def test_a_cell_is_what_the_gallery_paints(painter: Stylizer, photo):
    (first, *_), painted = painter.grid(Grid([photo], STYLES), 64), dict(painter.gallery(photo, STYLES, 64))
    by_id = {style.id: image for style, image in painted.items()}
    assert first.image.size == (64, 48)
    np.testing.assert_array_equal(first.image, by_id["great_wave"])


def test_a_brush_paints_as_at_full_size(painter: Stylizer, astronaut: Image.Image):
    grid = Grid([astronaut], ["udnie"], brushes=(2.0, 4.0))
    for cell in painter.grid(grid, 96):
        full = painter(astronaut, "udnie", brush=cell.options.brush).resize((96, 96), Image.Resampling.BICUBIC)
        difference = np.abs(np.asarray(cell.image, float) - np.asarray(full, float)).mean()
        assert cell.image.size == (96, 96)
        assert difference < 4


def test_the_photos_colours_are_kept_where_asked(painter: Stylizer, photo):
    plain, kept = painter.grid(Grid([photo], ["udnie"], keep_colors=(False, True)), 96)
    np.testing.assert_array_equal(kept.image, painter(photo, "udnie", brush=None, keep_colors=True))
    assert plain.image != kept.image


def test_each_photo_is_read_once(painter: Stylizer, photo, monkeypatch):
    read, calls = painter.grid.__globals__["imaging"].read, []
    monkeypatch.setattr("stylize.imaging.read", lambda source: (calls.append(source), read(source))[1])
    grid = Grid([photo, photo.rotate(90)], STYLES, columns=("photo",))
    assert len(list(painter.grid(grid, 32))) == 4
    assert len(calls) == 2


def test_cells_are_painted_side_by_side_where_threads_are_free(photo, monkeypatch):
    stylizer = Stylizer(device="cpu", threads=2)
    running, most = [], []
    whole = painting.paint_cell

    def counted(*given):
        running.append(None)
        most.append(len(running))
        try:
            time.sleep(0.05)  # both workers have begun
            return whole(*given)
        finally:
            running.pop()

    monkeypatch.setattr(painting, "paint_cell", counted)
    alone = dict(stylizer.gallery(photo, STYLES, 64))
    assert max(most) == 2
    most.clear()
    with stylizer._device.shared():  # somebody else's painting
        beside = dict(stylizer.gallery(photo, STYLES, 64))
    assert max(most) == 1
    assert {style: image.tobytes() for style, image in alone.items()} == {
        style: image.tobytes() for style, image in beside.items()
    }
    assert not stylizer._device._paintings


def test_a_photo_that_cannot_be_read_is_told_after_the_cells_before_it(painter, photo, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    cells = painter.grid(Grid([photo, broken], ["udnie"]), 48)
    assert next(cells).row == 0
    with pytest.raises(PictureError):
        next(cells)
    assert not painter._device._paintings


def test_a_grid_that_nobody_wants_any_more_stops(painter, photo):
    cells = painter.grid(Grid([photo], STYLES), 48)
    next(cells)
    cells.close()
    assert not painter._device._paintings
