import io
import sys
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from stylize import Stylizer, imaging
from stylize.cli import main


@pytest.fixture
def file(tmp_path, photo):
    photo.save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


def make_film(path):
    with av.open(f"file:{path}", "w") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        for level in (0, 90, 180):
            pixels = np.full((24, 32, 3), level, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode(None))


def test_the_painting_lies_beside_the_photo(file, capsys):
    assert main([str(file)]) == 0  # in the style that the page opens with
    written = file.with_name("a-great_wave.png")
    assert capsys.readouterr().out.strip() == str(written)
    assert imaging.read(written).size == (96, 72)


def test_all_styles_and_blends_go_into_a_folder(file, tmp_path, painter):
    assert main([str(file), "--style", "all", "--out-dir", str(tmp_path / "wall")]) == 0
    assert len(list((tmp_path / "wall").iterdir())) == len(painter.styles)
    blend = "great_wave=0.6,starry_night=0.4"
    assert main([str(file), "--style", blend, "--strength", "0.8", "--keep-colors", "-o", str(tmp_path / "b.jpg")]) == 0
    assert (tmp_path / "b.jpg").exists()


def test_regions_have_styles_of_their_own(file, tmp_path, photo):
    assert main([str(file), "--region", "background=great_wave@0.6", "--keep", "faces"]) == 0
    assert imaging.read(file.with_name("a-regions-background-great_wave-faces-photo.png")).size == (96, 72)
    assert main([str(file), "--keep", "faces"]) == 0  # the rest has the style of a call without regions
    Image.new("L", (2, 2), 255).save(tmp_path / "mask.png")
    assert main([str(file), "--style", "udnie", "--region", f"{tmp_path / 'mask.png'}=the_scream"]) == 0
    painted = imaging.read(file.with_name("a-udnie-regions-mask-the_scream.png")).pixels
    whole = np.asarray(Stylizer(device="cpu")(file, "the_scream"), int)
    assert np.abs(painted - whole).mean() < 10


def test_files_of_masks_and_paintings_may_have_any_sign_in_their_names(file, tmp_path, photo):
    Image.new("L", (2, 2), 255).save(tmp_path / "all=of@it.png")
    photo.save(tmp_path / "me@home=1.jpg")
    region = f"{tmp_path / 'all=of@it.png'}={tmp_path / 'me@home=1.jpg'}"
    names = [f"{region}@0.5", region, f"{tmp_path / 'all=of@it.png'}=udnie@0.5"]
    for number, name in enumerate(names):
        assert main([str(file), "--region", name, "-o", str(tmp_path / f"{number}.png")]) == 0
    weak, strong, _ = (imaging.read(tmp_path / f"{number}.png").pixels.astype(int) for number in range(3))
    given = np.asarray(Image.open(file).convert("RGB"), int)
    assert 0 < np.abs(weak - given).mean() < np.abs(strong - given).mean()


def test_another_look_by_regions_is_another_file_and_neither_is_painted_again(file, tmp_path, capsys):
    for style in ("udnie", "great_wave=0.6,udnie=0.4@0.5"):
        assert main([str(tmp_path), "--recursive", "--region", f"background={style}"]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a-regions-background-great_wave-udnie.png", "a-regions-background-udnie.png", file.name]
    assert "1 left out of the folders: painted before" in capsys.readouterr().err


def test_a_film_is_painted_by_regions(tmp_path):
    make_film(tmp_path / "a.mp4")
    assert main([str(tmp_path / "a.mp4"), "--region", "background=udnie@0.6", "--keep", "faces"]) == 0
    with av.open(str(tmp_path / "a-regions-background-udnie-faces-photo.mp4")) as film:
        assert len(list(film.decode(video=0))) == 3


def test_one_bad_input_among_good_ones(file, tmp_path, capsys):
    (tmp_path / "bad.jpg").write_text("not a picture")
    assert main([str(tmp_path / "bad.jpg"), str(file), str(tmp_path / "gone.jpg")]) == 1
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 1
    assert len(output.err.splitlines()) == 2
    assert "Traceback" not in output.err


def test_without_ray_one_sentence_says_what_to_install(file, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("stylize.cli.cluster_batch", "stylize.cluster.connection"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert main([str(file), "--out-dir", str(tmp_path / "out"), "--ray", "auto"]) == 1
    assert 'pip install "stylize[ray]"' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_list_names_every_style(capsys, painter):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [style.id for style in painter.styles]
    assert all(style.title in line for style, line in zip(painter.styles, lines, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.jpg", "--style", "nope"],
        ["a.jpg", "--style", "great_wave=x"],
        ["a.jpg", "--strength", "7"],
        ["a.jpg", "--style", ""],
        ["a.jpg", "--out-dir", ""],
        [""],
        ["a.jpg", "--region", "person"],
        ["a.jpg", "--region", "person=me.jpg@home"],
        ["a.jpg", "--region", "person=nope"],
        ["a.jpg", "--region", "unicorn=udnie"],
        ["a.jpg", "--region", "person=udnie@2"],
        ["a.jpg", "--region", "person=udnie", "--keep", "person"],
        ["a.jpg", "--keep", "unicorn"],
        ["a.jpg", "--brush", "99"],
        ["a", "b", "-o", "c.png"],
        ["a", "--style", "all", "-o", "c.png"],
        ["a", "-o", "c.png", "--out-dir", "d"],
        ["a", "--overwrite", "--skip-existing"],
        ["a", "--ray", "auto"],
        ["-", "--out-dir", "d", "--ray", "auto"],
        ["-", "a.jpg"],
        ["--what"],
    ],
)
def test_wrong_usage_is_two(arguments, capsys):
    assert usage_error(arguments, capsys)


def usage_error(arguments, capsys):
    """The sentence of wrong usage."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("stylize: error:")]
    return sentence


@pytest.mark.parametrize("ending", [".gif", ".txt", ".mp4", ""])
def test_a_wrong_ending_is_told_before_painting(file, tmp_path, capsys, monkeypatch, ending):
    monkeypatch.setattr(Stylizer, "paint", lambda *_, **__: pytest.fail("It was painted."))
    told = usage_error([str(file), "-o", str(tmp_path / f"out{ending}")], capsys)
    assert all(part in told for part in (str(file), ending, "-o", ".png", ".jpg", ".webp"))


def test_a_film_that_was_to_become_a_gif_is_told_what_it_can_become(tmp_path, capsys):
    make_film(tmp_path / "clip.mp4")
    told = usage_error([str(tmp_path / "clip.mp4"), "-o", str(tmp_path / "clip.gif")], capsys)
    assert all(part in told for part in ("clip.mp4 is a film", ".gif", "-o", ".mp4, .m4v, .mov or .mkv"))


def test_names_with_colons_are_names(tmp_path, capsys, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_film(tmp_path / "2024-08-20T13:28:35.mp4")
    photo.save("http:photo.jpg")
    names = ["2024-08-20T13:28:35.mp4", "http:photo.jpg"]
    assert main([*names, "--style", "udnie", "--out-dir", "day:1"]) == 0
    written = ["day:1/2024-08-20T13:28:35-udnie.mp4", "day:1/http:photo-udnie.png"]
    assert capsys.readouterr().out.splitlines() == written
    assert all((tmp_path / name).stat().st_size for name in written)


def test_a_mistyped_input_leaves_no_folder_behind(tmp_path, capsys):
    assert main([str(tmp_path / "gone.jpg"), "--out-dir", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err == f"error: {tmp_path / 'gone.jpg'} does not exist.\n"


def test_the_same_call_again_paints_nothing_and_says_so(file, tmp_path, capsys):
    call = [str(file.parent), "--recursive", "--style", "udnie", "--out-dir", str(tmp_path / "out")]
    assert main(call) == 0
    first = (tmp_path / "out" / "a-udnie.png").stat()
    assert main(call) == 1
    assert "exists. Give --overwrite" in capsys.readouterr().err
    assert main([*call, "--skip-existing"]) == 0
    assert (tmp_path / "out" / "a-udnie.png").stat() == first
    assert main([*call, "--overwrite"]) == 0
    assert (tmp_path / "out" / "a-udnie.png").stat().st_ino != first.st_ino


@pytest.mark.parametrize("ending", [".jpg", ".gif", ".webp", ".mp4"])
def test_standard_input_becomes_standard_output(tmp_path, photo, monkeypatch, capsysbinary, ending):
    source = tmp_path / f"in{ending}"
    if ending == ".mp4":
        make_film(source)
    else:
        photo.save(source, save_all=ending != ".jpg", append_images=[photo.rotate(9)] if ending != ".jpg" else [])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    assert main(["-", "--style", "udnie"]) == 0
    told = capsysbinary.readouterr()
    assert told.err == b""
    (tmp_path / "piped").write_bytes(told.out)
    assert main([str(source), "--style", "udnie"]) == 0
    (written,) = tmp_path.glob("in-udnie.*")
    assert written.read_bytes() == told.out


def test_standard_input_goes_into_a_folder_by_a_name_of_its_own(tmp_path, photo, monkeypatch, capsys):
    data = io.BytesIO()
    photo.save(data, "PNG")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data.getvalue())))
    assert main(["-", "--style", "udnie", "--out-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'stdin-udnie.png'}\n"


def test_nothing_is_written_to_a_terminal(photo, file, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "standard output is a terminal" in usage_error([str(file), "-o", "-"], capsys)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert "standard input is a terminal" in usage_error(["-", "-o", "a.png"], capsys)


def test_dots_per_inch_are_kept(tmp_path, photo):
    photo.save(tmp_path / "a.jpg", dpi=(300, 300))
    assert main([str(tmp_path / "a.jpg"), "--style", "udnie"]) == 0
    assert imaging.read(tmp_path / "a-udnie.png").dpi == pytest.approx((300, 300), abs=0.02)


def test_no_models_is_one(tmp_path, capsys):
    assert main(["a.jpg", "--models", str(tmp_path)]) == 1
    assert "painter.onnx" in capsys.readouterr().err


def test_any_picture_is_a_style(file, tmp_path, painter, monkeypatch, capsys):
    asked = []

    def predict(self, painting, name, title):
        asked.append(painting)
        return replace(painter.styles["udnie"], id=name)

    monkeypatch.setattr(Stylizer, "predict", predict)
    assert main([str(file), "--style", str(file)]) == 0
    assert main([str(file), str(file), "--style", f"great_wave=0.6,{file}=0.4", "--out-dir", str(tmp_path / "b")]) == 0
    assert asked == [file, file]
    assert {p.name for p in tmp_path.rglob("*.png")} == {"a-a.png", "a-great_wave-a.png"}


def test_an_unreadable_picture_for_a_style_is_one(file, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("no picture")
    assert main([str(file), "--style", str(tmp_path / "notes.txt")]) == 1
    assert "error:" in capsys.readouterr().err
