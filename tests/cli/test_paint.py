from dataclasses import replace

import pytest

from stylize import Stylizer, imaging
from stylize.cli import main


@pytest.fixture
def file(tmp_path, photo):
    photo.save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


def test_the_painting_lies_beside_the_photo(file, capsys):
    assert main([str(file), "--style", "great_wave"]) == 0
    written = file.with_name("a-great_wave.png")
    assert capsys.readouterr().out.strip() == str(written)
    assert imaging.read(written).size == (96, 72)


def test_all_styles_and_blends_go_into_a_folder(file, tmp_path, painter):
    assert main([str(file), "--style", "all", "--out-dir", str(tmp_path / "wall")]) == 0
    assert len(list((tmp_path / "wall").iterdir())) == len(painter.styles)
    blend = "great_wave=0.6,starry_night=0.4"
    assert main([str(file), "--style", blend, "--strength", "0.8", "--keep-colors", "-o", str(tmp_path / "b.jpg")]) == 0
    assert (tmp_path / "b.jpg").exists()


def test_one_bad_input_among_good_ones(file, tmp_path, capsys):
    (tmp_path / "bad.jpg").write_text("not a picture")
    assert main([str(tmp_path / "bad.jpg"), str(file), str(tmp_path / "gone.jpg")]) == 1
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 1
    assert len(output.err.splitlines()) == 2
    assert "Traceback" not in output.err


def test_the_list_names_every_style(capsys, painter):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [style.id for style in painter.styles]
    assert all(style.title in line for style, line in zip(painter.styles, lines, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [[], ["a.jpg", "--style", "nope"], ["a.jpg", "--style", "great_wave=x"], ["a", "b", "-o", "c.png"], ["--what"]],
)
def test_wrong_usage_is_two(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_no_models_is_one(tmp_path, capsys):
    assert main(["a.jpg", "--models", str(tmp_path)]) == 1
    assert "painter.onnx" in capsys.readouterr().err


def test_a_setting_out_of_range_fails_each_picture(file, capsys):
    assert main([str(file), "--strength", "7"]) == 1
    assert "strength" in capsys.readouterr().err


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
