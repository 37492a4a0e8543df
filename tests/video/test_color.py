import av
import numpy as np
import pytest
from PIL import Image

from stylize.imaging import cicp
from stylize.video import color
from stylize.video.film import paint_video
from tests.video.films import make_film, read_film

HD = (1280, 720)
PATCHES = np.array([(200, 60, 60), (60, 180, 60), (70, 70, 210), (128, 128, 128)], np.uint8)


def plain(pixels):
    return pixels


def patches(index, size):
    """Four patches of one colour each, side by side."""
    return np.repeat(np.tile(np.repeat(PATCHES, size[0] // 4, 0), (size[1], 1, 1)), 1, 0)


def patch_colours(pixels):
    """The mean colour of each patch, away from its edges."""
    width = pixels.shape[1] // 4
    return np.array([pixels[4:-4, i * width + 4 : (i + 1) * width - 4].mean((0, 1)) for i in range(4)])


def shown(path):
    """The first frame as a player shows it that takes the tags at their word."""
    with av.open(str(path)) as film:
        frame = next(film.decode(film.streams.video[0]))
        matrix = {1: 1, 9: 9}.get(int(frame.colorspace), 5)
        accurate = color.Interpolation.BICUBIC | color.Interpolation.ACCURATE_RND | color.Interpolation.FULL_CHR_H_INT
        return frame.to_ndarray(format="rgb24", src_colorspace=matrix, interpolation=accurate)


@pytest.mark.parametrize(
    ("size", "options", "tags"),
    [
        ((64, 48), {}, (6, 2, 2)),  # what says nothing is taken as players take it: SD ...
        (HD, {"colorspace": 1, "color_primaries": 1, "color_trc": 1}, (1, 1, 1)),
        ((64, 48), {"colorspace": 1, "color_primaries": 1, "color_trc": 1}, (1, 1, 1)),
        ((64, 48), {"colorspace": 5, "color_primaries": 5, "color_trc": 6}, (5, 5, 6)),
        ((64, 48), {"colorspace": 5, "color_primaries": 5, "color_trc": 5}, (5, 5, 5)),  # old television
        ((64, 48), {"colorspace": 6, "color_range": 2}, (6, 2, 2)),  # full range
        ((64, 48), {"codec": "libx264rgb", "pixel_format": "rgb24"}, (1, 1, 1)),
        ((64, 48), {"codec": "ffv1", "pixel_format": "bgr0"}, (1, 1, 1)),
    ],
)
def test_colours_are_kept_and_tags_say_what_was_encoded(tmp_path, size, options, tags):
    made = make_film(tmp_path / "a.mkv", size, range(2), draw=patches, **options)
    painted = paint_video(made, tmp_path / "b.mp4", plain)
    assert read_film(painted).tags == (*tags, 1)
    np.testing.assert_allclose(patch_colours(shown(painted)), PATCHES, atol=4)


def test_hd_that_says_nothing_is_of_bt709(tmp_path):
    seen = []
    made = make_film(tmp_path / "a.mkv", HD, range(2), draw=patches)  # encoded as BT.601, and nothing says so
    with av.open(str(made)) as film:
        frame = next(film.decode(film.streams.video[0]))
        as_hd = frame.to_ndarray(format="rgb24", src_colorspace=1)
    painted = paint_video(made, tmp_path / "b.mp4", lambda pixels: (seen.append(pixels), pixels)[1])
    assert read_film(painted).tags == (1, 2, 2, 1)
    np.testing.assert_allclose(patch_colours(seen[0]), patch_colours(as_hd), atol=2)


@pytest.mark.parametrize("transfer", [cicp.PQ, cicp.HLG])
def test_hdr_is_tone_mapped_and_tagged_so(tmp_path, transfer):
    white = 0.5807 if transfer == cicp.PQ else 0.75
    levels = np.array([0.0, 0.4, 1.0, 1.2])[:, None] * white * np.ones(3)

    def draw(index, size):
        return np.tile(np.repeat((levels * 65535).round().astype(np.uint16), size[0] // 4, 0), (size[1], 1, 1))

    made = make_film(
        tmp_path / "a.mkv", (64, 48), range(2), draw=draw, source_format="rgb48le", codec="libx265",
        pixel_format="yuv420p10le", options={"x265-params": "log-level=none:qp=4"},
        colorspace=9, color_primaries=9, color_trc=transfer,
    )  # fmt: skip
    painted = paint_video(made, tmp_path / "b.mov", plain)
    assert read_film(painted).tags == (1, 1, 1, 1)
    expected = 255 * cicp.to_srgb(levels, cicp.BT2020, transfer)
    assert expected[2].min() > 240
    np.testing.assert_allclose(patch_colours(shown(painted)), expected, atol=3)


def test_display_p3_becomes_bt709(tmp_path):
    made = make_film(
        tmp_path / "a.mp4", times=range(2), draw=patches, colorspace=1, color_primaries=cicp.DISPLAY_P3, color_trc=1
    )
    painted = paint_video(made, tmp_path / "b.mp4", plain)
    assert read_film(painted).tags == (1, 1, 1, 1)
    expected = 255 * cicp.to_srgb(PATCHES / 255, cicp.DISPLAY_P3, 1)
    np.testing.assert_allclose(patch_colours(shown(painted)), expected, atol=4)


def test_the_table_of_colours_is_precise():
    signal = np.random.default_rng(0).random((40, 50, 3)) * 0.7
    frame = av.VideoFrame.from_ndarray((65535 * signal).round().astype(np.uint16), format="rgb48le")
    found = color._ColorTable(color.ColorTags(9, 9, cicp.HLG)).apply(frame)
    assert np.abs(255 * cicp.to_srgb(signal, 9, cicp.HLG) - found).mean() < 1


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def planes(path):
    """All frames as they are encoded: luma above chroma."""
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray() for frame in film.decode(film.streams.video[0])])


def test_at_strength_0_a_film_differs_by_no_more_than_a_plain_encode(painter, tmp_path, astronaut):
    def draw(index, size):
        return np.asarray(astronaut.resize((400, 300)).crop((index, index, index + size[0], index + size[1])))

    size = (320, 240)
    made = make_film(tmp_path / "a.mkv", size, range(8), draw=draw, codec="ffv1", colorspace=6)
    again = tmp_path / "plain.mkv"
    with av.open(str(made)) as film, av.open(str(again), "w") as output:
        stream = output.add_stream("libx264", rate=12, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for frame in film.decode(film.streams.video[0]):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    painted = painter.video(made, tmp_path / "b.mkv", "great_wave", strength=0)
    original = planes(made)
    assert psnr(planes(painted), original) > psnr(planes(again), original) - 0.1
    assert abs(np.mean(planes(painted).astype(float) - original)) < 0.2


def test_transparent_films_become_white_there_and_one_line_says_so(tmp_path, caplog):
    def draw(index, size):
        pixels = np.full((size[1], size[0], 4), (200, 60, 60, 255), np.uint8)
        pixels[:, : size[0] // 2] = (10, 20, 30, 0)
        return pixels

    made = make_film(
        tmp_path / "a.webm", draw=draw, source_format="rgba", codec="libvpx-vp9", pixel_format="yuva420p",
        metadata={"alpha_mode": "1"},
    )  # fmt: skip
    pixels = shown(paint_video(made, tmp_path / "b.mp4", plain))
    np.testing.assert_allclose(pixels[8:-8, 8:24].mean((0, 1)), (255, 255, 255), atol=4)
    np.testing.assert_allclose(pixels[8:-8, 40:-8].mean((0, 1)), (200, 60, 60), atol=6)
    assert [record.message for record in caplog.records] == [
        "The transparent parts of a.webm are white in the painted film."
    ]


@pytest.mark.parametrize("transparent", [False, True])
def test_only_a_gif_that_is_transparent_is_said_to_be(tmp_path, caplog, transparent):
    frames = [Image.new("RGBA", (40, 30), (200, 40 * i, 0, 255)) for i in range(3)]
    if transparent:
        for frame in frames:
            frame.paste((0, 0, 0, 0), (2, 2, 20, 28))
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100, disposal=2)
    pixels = shown(paint_video(tmp_path / "a.gif", tmp_path / "b.mp4", plain))
    np.testing.assert_allclose(pixels[10:20, 5:15].mean((0, 1)), (255,) * 3 if transparent else (200, 0, 0), atol=6)
    assert len(caplog.records) == transparent
