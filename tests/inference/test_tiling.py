import numpy as np
import pytest

from stylize import Cancelled
from stylize.inference import layers, style_vector
from stylize.inference.painter import fine_painter
from stylize.inference.reflection import reflected
from stylize.inference.session import Device
from stylize.inference.tiling import paint_tiled, tile_boxes
from stylize.paths import MODELS


@pytest.fixture(scope="module")
def folded(painter, onnx_painter):
    pixels = np.random.default_rng(1).integers(0, 256, (150, 210, 3), np.uint8)
    vector = painter.vector("starry_night")
    return onnx_painter.fold(vector, onnx_painter.measure(pixels, vector)[1])


@pytest.fixture(scope="module")
def fine(onnx_painter):
    return fine_painter(MODELS, Device("cpu"), "float32", onnx_painter)


@pytest.mark.parametrize("size", [(203, 157), (401, 96), (64, 333)])
@pytest.mark.parametrize("side", [180, 220, 300])
def test_tiles_are_the_whole(onnx_painter, folded, size, side):
    pixels = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    whole = onnx_painter.paint(pixels, folded)
    tiled = paint_tiled(onnx_painter, pixels, folded, limit=side * side)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize("size", [(203, 157), (401, 96), (64, 333), (353, 1), (193, 64)])
@pytest.mark.parametrize("name", ["onnx_painter", "fine"])
def test_in_place_it_is_the_same_and_lies_where_the_picture_was(request, folded, size, name):
    painter = request.getfixturevalue(name)
    vector = np.resize(folded.vector, painter.style_size)
    pixels = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    style, side = painter.fold(vector, painter.sample(pixels, vector)), 2 * (painter.halo + painter.pad) + 16
    apart = paint_tiled(painter, pixels.copy(), style, limit=side * side)
    inside = paint_tiled(painter, pixels, style, limit=side * side, in_place=True)
    assert inside is pixels
    assert np.array_equal(inside, apart)


@pytest.mark.parametrize("side", [180, 400])
def test_what_is_seen_is_the_whole_and_the_rest_is_not_painted(onnx_painter, folded, side):
    pixels = np.random.default_rng(2).integers(0, 256, (301, 410, 3), np.uint8)
    seen = np.zeros((301, 410), np.uint8)
    seen[120:260, 210:330] = 1
    whole = onnx_painter.paint(pixels, folded)
    tiled = paint_tiled(onnx_painter, pixels, folded, limit=side * side, seen=seen)
    assert np.abs(whole.astype(int) - tiled)[seen > 0].max() <= 1
    assert np.array_equal(tiled[:64, :128], pixels[:64, :128])


def test_where_nothing_is_seen_nothing_is_painted(onnx_painter, folded):
    pixels, done = np.full((301, 410, 3), 90, np.uint8), []
    seen = np.zeros((301, 410), np.uint8)
    assert np.array_equal(paint_tiled(onnx_painter, pixels, folded, done.append, seen=seen), pixels)
    assert done == [1.0]


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (2, 2), (5, 7)])
def test_tiny_pictures_keep_their_size(onnx_painter, folded, size):
    pixels = np.full((*size, 3), 90, np.uint8)
    assert paint_tiled(onnx_painter, pixels, folded, limit=1).shape == pixels.shape


@pytest.mark.parametrize("size", [(1, 1), (640, 853), (100, 3001), (4096, 4097), (65_000, 3), (3, 65_000)])
@pytest.mark.parametrize(("halo", "pad", "multiple"), [(20, 36, 4), (176, 32, 16)])
def test_boxes_cover_every_pixel_once(size, halo, pad, multiple):
    seen, limit = np.zeros(size, np.uint8), 600 * 600
    for top, bottom, left, right in tile_boxes(*size, limit, halo, pad, multiple):
        assert top % multiple == left % multiple == 0
        high = min(bottom + halo, size[0]) - max(0, top - halo) + 2 * pad
        wide = min(right + halo, size[1]) - max(0, left - halo) + 2 * pad
        assert high * wide <= limit
        seen[top:bottom, left:right] += 1
    assert (seen == 1).all()


def test_tiles_have_the_shape_that_paints_least_twice():
    def painted(limit, height=3000, width=4000):
        boxes = list(tile_boxes(height, width, limit, 176, 32, 16))
        sides = [
            (min(b + 176, height) - max(0, t - 176) + 64) * (min(r + 176, width) - max(0, left - 176) + 64)
            for t, b, left, r in boxes
        ]
        return len(boxes), sum(sides) / (height * width)

    assert painted(4_000_000) == (4, pytest.approx(1.30, abs=0.01))
    assert painted(6_900_000) == (2, pytest.approx(1.14, abs=0.01))
    assert painted(13_000_000)[0] == 1
    assert len(list(tile_boxes(1080, 1920, 1_310_000, 20, 36, 4))) == 2  # not four squares


def test_progress_ends_at_one_and_cancel_stops(onnx_painter, folded):
    pixels = np.zeros((480, 480, 3), np.uint8)
    done = []
    paint_tiled(onnx_painter, pixels, folded, done.append, limit=490 * 490)
    assert done == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(Cancelled):
        paint_tiled(onnx_painter, pixels, folded, done.append, lambda: len(done) > 5, limit=490 * 490)
    assert len(done) == 6


def test_reflection_continues_the_picture():
    row = np.arange(6, dtype=np.uint8).reshape(1, 6, 1).repeat(3, 2)
    assert reflected(row, 3, 4)[3, :, 0].tolist() == [3, 2, 1, 0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]


def test_what_lies_in_a_hole_of_what_is_seen_is_not_painted(painter, onnx_painter, fine):
    vector = style_vector.of_layers(
        painter.vector("starry_night"), onnx_painter.channels, layers.shallow(onnx_painter.layers)
    )
    pixels = np.random.default_rng(3).integers(0, 256, (640, 640, 3), np.uint8)
    seen = np.ones((640, 640), np.uint8)
    seen[128:512, 128:512] = 0
    folded = fine.fold(vector, fine.sample(pixels, vector))
    whole = paint_tiled(fine, pixels, folded)
    tiled = paint_tiled(fine, pixels, folded, seen=seen)
    assert np.abs(whole.astype(int) - tiled)[seen > 0].max() <= 1
    assert np.array_equal(tiled[200:440, 200:440], pixels[200:440, 200:440])
