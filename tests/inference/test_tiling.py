import numpy as np
import pytest

from stylize import Cancelled
from stylize.inference.reflection import reflected
from stylize.inference.tiling import paint_tiled, tile_boxes


@pytest.fixture(scope="module")
def folded(painter, onnx_painter):
    pixels = np.random.default_rng(1).integers(0, 256, (150, 210, 3), np.uint8)
    vector = painter.vector("starry_night")
    return onnx_painter.fold(vector, onnx_painter.measure(pixels, vector)[1])


@pytest.mark.parametrize("size", [(203, 157), (401, 96), (64, 333)])
@pytest.mark.parametrize("tile", [64, 100, 180])
def test_tiles_are_the_whole(onnx_painter, folded, size, tile):
    pixels = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    whole = onnx_painter.paint(pixels, folded)
    tiled = paint_tiled(onnx_painter, pixels, folded, tile=tile)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (2, 2), (5, 7)])
def test_tiny_pictures_keep_their_size(onnx_painter, folded, size):
    pixels = np.full((*size, 3), 90, np.uint8)
    assert paint_tiled(onnx_painter, pixels, folded, tile=64).shape == pixels.shape


@pytest.mark.parametrize("size", [(1, 1), (640, 853), (100, 3001), (4096, 4097), (65_000, 3), (3, 65_000)])
def test_boxes_cover_every_pixel_once(size):
    seen = np.zeros(size, np.uint8)
    for top, bottom, left, right in tile_boxes(*size, 512, 60, 4):
        assert top % 4 == 0
        assert left % 4 == 0
        assert (bottom - top) * (right - left) <= 512 * 512
        seen[top:bottom, left:right] += 1
    assert (seen == 1).all()


def test_progress_ends_at_one_and_cancel_stops(onnx_painter, folded):
    pixels = np.zeros((200, 200, 3), np.uint8)
    done = []
    paint_tiled(onnx_painter, pixels, folded, done.append, tile=100)
    assert done == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(Cancelled):
        paint_tiled(onnx_painter, pixels, folded, done.append, lambda: len(done) > 5, tile=100)
    assert len(done) == 6


def test_reflection_continues_the_picture():
    row = np.arange(6, dtype=np.uint8).reshape(1, 6, 1).repeat(3, 2)
    assert reflected(row, 3, 4)[3, :, 0].tolist() == [3, 2, 1, 0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]
