import numpy as np
from PIL import Image

from stylize.inference.upscale import enlarge


def psnr(a, b) -> float:
    return 10 * np.log10(255**2 / np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2))


def gradient(pixels) -> float:
    return float(np.abs(np.diff(np.asarray(pixels, float), axis=1)).mean())


def test_the_large_picture_made_smaller_is_the_small_one(painter, onnx_painter, astronaut):
    photo, vector = np.asarray(astronaut.resize((128, 128))), painter.vector("starry_night", 0.7)
    small = np.asarray(painter(Image.fromarray(photo), "starry_night"))
    large = enlarge(onnx_painter, small, np.asarray(astronaut.resize((512, 384))), photo, vector)
    assert large.shape == (384, 512, 3)
    assert psnr(Image.fromarray(large).resize((128, 128), Image.Resampling.BOX), small) > 30


def test_the_large_picture_has_crisper_edges_than_enlarging_alone(painter, onnx_painter, astronaut):
    photo, vector = np.asarray(astronaut.resize((128, 128))), painter.vector("starry_night", 0.7)
    small = np.asarray(painter(Image.fromarray(photo), "starry_night"))
    large = enlarge(onnx_painter, small, np.asarray(astronaut.resize((512, 512))), photo, vector)
    assert gradient(large) > 1.3 * gradient(Image.fromarray(small).resize((512, 512), Image.Resampling.BICUBIC))


def test_a_preview_shows_what_the_large_picture_will_be(painter, astronaut):
    photo = astronaut.resize((1024, 1024))
    large = painter(photo, "great_wave", brush=2).resize((256, 256), Image.Resampling.BICUBIC)
    preview = painter(photo.resize((256, 256), Image.Resampling.LANCZOS), "great_wave", brush=2)
    assert psnr(large, preview) > 26


def test_the_weakest_painting_is_the_photo_in_all_its_detail(painter, astronaut):
    photo = astronaut.resize((900, 900))
    assert psnr(painter(photo, "great_wave", strength=0.01, brush=4), photo) > 38
    half, full = (painter(photo, "great_wave", strength=s, brush=4) for s in (0.5, 1.0))
    assert psnr(half, photo) > psnr(full, photo)
