"""The same photo, style and settings are the same bytes on one machine, whatever else it did and with any threads."""

import hashlib
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from stylize import Stylizer, imaging
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device
from stylize.inference.tiling import paint_tiled
from stylize.paths import MODELS
from stylize.video.film import paint_video

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {"strength": 0.7, "keep_colors": True}
AGAIN = """
import hashlib, sys
from stylize import Stylizer
painter = Stylizer(device="cpu", threads=int(sys.argv[2]))
painted = painter(sys.argv[1], {"udnie": 2, "the_kiss": 1}, strength=0.7, keep_colors=True)
print(hashlib.sha256(painted.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory, astronaut):
    """A photo larger than what is painted whole, so that it is enlarged and painted in tiles."""
    path = tmp_path_factory.mktemp("reproducible") / "photo.png"
    astronaut.resize((1300, 1100)).save(path)
    return path


@pytest.mark.parametrize("threads", [1, 3])
def test_another_process_paints_the_same_bytes_with_any_number_of_threads(painter, file, threads):
    painted = painter(file, {"udnie": 2, "the_kiss": 1}, **SETTINGS)
    command = [sys.executable, "-c", AGAIN, str(file), str(threads)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()[-1]
    assert said == hashlib.sha256(painted.tobytes()).hexdigest()


def test_tiles_of_any_size_and_any_number_of_threads_paint_the_same_bytes(painter, file):
    pixels = imaging.read(file).pixels
    found = set()
    for threads, side in ((1, 1400), (2, 900), (3, 700)):
        onnx_painter = OnnxPainter(MODELS, Device("cpu", threads))
        vector = painter.vector("starry_night")
        folded = onnx_painter.fold(vector, onnx_painter.sample(pixels, vector))
        found.add(paint_tiled(onnx_painter, pixels, folded, limit=side * side).tobytes())
    assert len(found) == 1


def test_what_was_painted_before_changes_nothing(painter, file, photo):
    fresh = Stylizer(device="cpu")
    wanted = fresh(file, "the_scream").tobytes()
    for style in list(painter.styles)[:8]:  # more than there are folded onnx_painter kept
        painter(photo, style.id)
    assert painter(file, "the_scream").tobytes() == wanted


def test_the_same_file_is_written(painter, photo, tmp_path):
    for ending in (".png", ".jpg", ".webp"):
        files = [imaging.write(painter(photo, "udnie"), tmp_path / f"{i}{ending}").read_bytes() for i in range(2)]
        assert files[0] == files[1]


def test_the_same_animation_is_written(painter, photo, tmp_path):
    photo.save(tmp_path / "clip.gif", save_all=True, append_images=[photo.rotate(i) for i in range(1, 5)], duration=40)
    for ending in (".gif", ".webp"):
        written = [painter.video(tmp_path / "clip.gif", tmp_path / f"{i}{ending}", "udnie") for i in range(2)]
        assert written[0].read_bytes() == written[1].read_bytes()


def test_the_same_film_is_written(tmp_path, astronaut):
    source = tmp_path / "film.mkv"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("mpeg4", rate=12)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for i in range(12):
            out.mux(stream.encode(av.VideoFrame.from_image(astronaut.resize((160, 96)).rotate(i))))
        out.mux(stream.encode(None))
    written = {paint_video(source, tmp_path / "painted.mp4", lambda pixels: pixels).read_bytes() for _ in range(8)}
    assert len(written) == 1


def test_a_film_paints_the_same_frames(painter, photo):
    frames = [np.asarray(photo.rotate(i)) for i in range(5)]
    films = painter.frame_stylizer("udnie"), painter.frame_stylizer("udnie")
    twice = [[film(frame).tobytes() for frame in frames] for film in films]
    assert twice[0] == twice[1]
