import itertools

import numpy as np


def flicker(frames):
    """Mean difference from frame to frame, levels of 0..255."""
    return np.mean([np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(frames)])


def test_noise_flickers_less_than_painted_frame_by_frame(painter, onnx_painter, astronaut):
    still = np.asarray(astronaut.resize((128, 96)), float)
    chance = np.random.default_rng(0)
    noisy = [np.clip(still + chance.normal(0, 4, still.shape), 0, 255).astype(np.uint8) for _ in range(10)]
    one_by_one = [onnx_painter.measure(frame, painter.vector("starry_night"))[0] for frame in noisy]
    film = painter.frame_stylizer("starry_night")
    assert flicker([film(frame) for frame in noisy]) < flicker(one_by_one) / 2


def test_what_comes_and_goes_leaves_the_rest_of_the_picture_alone(painter, onnx_painter, astronaut):
    still = np.asarray(astronaut.resize((96, 352)))
    frames = [still.copy() for _ in range(10)]
    for frame in frames[1::2]:
        frame[296:, 40:] = (250, 240, 30)  # further away than the painter reaches
    one_by_one = [onnx_painter.measure(frame, painter.vector("the_scream"))[0][:48] for frame in frames]
    film = painter.frame_stylizer("the_scream")
    assert flicker([film(frame)[:48] for frame in frames]) < flicker(one_by_one) / 4


def test_a_cut_starts_afresh(painter, astronaut, noise):
    scene = np.asarray(astronaut.resize((128, 96)))
    other = np.ascontiguousarray(255 - scene[:, ::-1])
    film = painter.frame_stylizer("the_scream")
    for _ in range(5):
        film(scene)
    alone = painter.frame_stylizer("the_scream")(other)
    assert (film(other) == alone).all()
    assert film(noise).shape == noise.shape  # a camera that changes its size


def test_motion_is_not_smeared(painter, astronaut):
    scene = np.asarray(astronaut.resize((128, 96)))
    film, frames = painter.frame_stylizer("photo"), []
    for shift in range(0, 40, 8):
        frames.append(film(np.ascontiguousarray(np.roll(scene, shift, 1))))
    assert np.abs(frames[-1].astype(int) - np.roll(scene, 32, 1)).mean() < 1.5
