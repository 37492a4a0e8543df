import numpy as np
import pytest

from stylize.imaging import LayeredPicture

SHAPE = (301, 450, 3)


@pytest.mark.parametrize("seed", range(3))
def test_layers_are_summed_by_their_shares(seed):
    random = np.random.default_rng(seed)
    first, second = (random.integers(0, 256, SHAPE, np.uint8) for _ in range(2))
    soft = np.clip(random.integers(-600, 800) + np.arange(SHAPE[1]) * 2 - 400, 0, 255).astype(np.uint8)
    share = np.broadcast_to(soft, SHAPE[:2])
    sheet = LayeredPicture(SHAPE)
    sheet.lay(first, share)
    sheet.lay(second, 255 - share)
    weight = share[..., None] / 255
    assert np.abs(sheet.finished() - (first * weight + second * (1 - weight))).max() <= 0.5001


def test_a_part_lies_at_its_place_and_hard_edges_keep_their_bytes():
    random = np.random.default_rng(5)
    photo, part = random.integers(0, 256, SHAPE, np.uint8), random.integers(0, 256, (100, 140, 3), np.uint8)
    share = np.zeros(SHAPE[:2], np.uint8)
    share[110:190, 50:180] = 255
    sheet = LayeredPicture(SHAPE)
    sheet.lay(part, share, 100, 45)
    sheet.lay(photo, 255 - share)
    wanted = photo.copy()
    wanted[110:190, 50:180] = part[10:90, 5:135]
    assert np.array_equal(sheet.finished(), wanted)
