"""Masks of a film: hardly a flicker at their edges, and none of them stays behind."""

from itertools import pairwise

import numpy as np
import pytest
from skimage import data

from stylize.inference.steady_masks import SteadyMasks, camera_motion


def frames(step, noise, count=6):
    """The camera goes to the right over a portrait, by so many pixels a frame."""
    random = np.random.default_rng(0)
    for i in range(count):
        frame = data.astronaut()[:256, 40 + i * step : 360 + i * step]
        yield np.clip(frame + random.normal(0, noise, frame.shape), 0, 255).astype(np.uint8)


def flicker(masks, step):
    """Levels by which the edges of two masks differ that follow each other, once the camera's way is taken away."""
    pairs = [(a[:, step:].astype(float), b[:, : b.shape[1] - step]) for a, b in pairwise(masks)]
    return np.mean([np.abs(a - b)[(np.maximum(a, b) > 12) & (np.minimum(a, b) < 243)].mean() for a, b in pairs])


@pytest.mark.parametrize(("step", "noise"), [(0, 4), (3, 4)])
def test_edges_hardly_flicker(painter, step, noise):
    steady, alone, together = SteadyMasks(painter._regions), [], []
    for frame in frames(step, noise):
        steady(frame)
        alone.append(painter._regions(frame).mask("subject"))
        together.append(steady.mask("subject"))
    assert flicker(together, step) < flicker(alone, step) / 2
    assert np.abs(together[-1].astype(int) - alone[-1]).mean() < 5
    assert np.array_equal(steady.mask("background"), 255 - together[-1])


def test_a_cut_begins_anew(painter):
    steady = SteadyMasks(painter._regions)
    for frame in (*frames(0, 0, 2), data.chelsea()[:256, :320]):
        steady(frame)
        steady.mask("subject")
    assert np.abs(steady.mask("subject").astype(int) - painter._regions(frame).mask("subject")).mean() < 5
    steady(frame[:200])  # frames of another size
    assert steady.mask("subject").shape == (200, 320)


@pytest.mark.parametrize(("across", "down"), [(0, 0), (-7, 0), (5, -9)])
def test_the_camera_s_motion_is_found(across, down):
    whole = data.astronaut()
    before, now = whole[60:260, 100:400], whole[60 - down : 260 - down, 100 - across : 400 - across]
    assert camera_motion(before, now) == pytest.approx((across, down), abs=0.5)
    even = np.full((9, 12, 3), 7, np.uint8)
    assert np.isfinite(camera_motion(even, even)).all()
