import numpy as np

from stylize.inference.input_noise import FIELD, GRAIN, noise


def test_the_noise_repeats_without_a_seam():
    field = noise(np.random.default_rng(1), FIELD, FIELD)
    rows = np.abs(np.diff(np.concatenate([field, field]), axis=0)).mean((1, 2))
    assert abs(rows[FIELD - 1] - rows.mean()) < 4 * rows.std()


def test_deep_levels_see_noise_that_is_left_of_their_own_size():
    field = noise(np.random.default_rng(2), 256, 256)
    blocks = field.reshape(16, 16, 16, 16, 3).mean((1, 3))  # what a sixteenth of the size sees
    fine = GRAIN[0][1] / 16
    assert blocks.std() > 8 * fine
    assert abs(field.mean()) < 0.01


def test_any_size_has_noise():
    assert noise(np.random.default_rng(3), 1, 40).shape == (1, 40, 3)
