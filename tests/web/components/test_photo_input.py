"""What the server says about a photo that a browser has sent."""

import base64
import io
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from stylize.web.app_context import AppContext
from stylize.web.components.photo_input import STRIP_SIDE, describe_photo, forget
from stylize.web.hosting import gradio_hooks
from stylize.web.locale.catalog import CATALOGS
from stylize.web.services import results

from ..visitors import visit


def sent(path: str | Path) -> str:
    """The path of this file as an upload."""
    return shutil.copyfile(path, results.new_path(Path(path).name)).as_posix()


@pytest.mark.parametrize("ending", [".heic", ".avif", ".tiff", ".png"])
def test_every_format_has_a_preview_that_browsers_show(app: AppContext, astronaut: Image.Image, ending: str) -> None:
    path = results.new_path(f"beach{ending}")
    astronaut.resize((160, 96)).save(path)
    opened = describe_photo(app, str(path), visit())
    assert opened["photo"]["path"] == str(path)
    with Image.open(opened["preview"]["path"]) as preview:
        assert (preview.format, preview.size) == ("JPEG", (160, 96))


def test_the_thumbnail_is_a_small_copy_inside_its_address(app: AppContext) -> None:
    path = results.new_path("clear.png")
    Image.new("RGBA", (800, 400), (255, 0, 0, 60)).save(path)
    kind, data = describe_photo(app, str(path), visit())["thumbnail"].split(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as thumbnail:
        assert (thumbnail.mode, thumbnail.size) == ("RGBA", (STRIP_SIDE, STRIP_SIDE // 2))


def test_what_else_the_file_holds_is_said_with_the_photo(app: AppContext) -> None:
    path, frame = results.new_path("two.gif"), Image.new("RGB", (64, 48), "teal")
    frame.save(path, save_all=True, append_images=[Image.new("RGB", (64, 48), "red")])
    assert describe_photo(app, str(path), visit())["note"] == "Only the first of 2 frames is used."
    assert describe_photo(app, str(path), visit("zh-CN"))["note"] == CATALOGS["zh-CN"].notes["frames"]


def test_an_unreadable_photo_gets_a_sentence_in_the_visitors_language(app: AppContext, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    path = sent(tmp_path / "notes.jpg")
    assert "notes.jpg" in describe_photo(app, path, visit())["error"]
    assert describe_photo(app, path, visit("zh-CN")) == {"error": CATALOGS["zh-CN"].errors["picture"]}


@pytest.mark.parametrize("path", ["/etc/passwd", "None", "a\0b", "{folder}/../secret.png"])
def test_only_what_was_uploaded_is_opened(app: AppContext, path: str) -> None:
    named = path.format(folder=gradio_hooks.upload_folder())
    assert describe_photo(app, named, visit()) == {"error": CATALOGS["en"].messages["photo_not_sent"]}


def test_forgetting_deletes_uploads_and_nothing_else(app: AppContext, beach: str, tmp_path: Path) -> None:
    photo, kept = sent(beach), sent(beach)
    page: Any = SimpleNamespace(blocks={1: SimpleNamespace(keep_in_cache={kept}), 2: SimpleNamespace()})
    opened = describe_photo(app, photo, visit())
    forget([photo, kept, beach, None, "a\0b"], page)
    forget("no list", page)
    assert not Path(photo).exists()
    assert not Path(opened["preview"]["path"]).exists()
    assert Path(kept).exists()
    assert Path(beach).exists()


def test_nothing_is_painted_in_place_of_a_photo_that_is_gone(beach: str) -> None:
    part = gr.HTML()
    gradio_hooks.pass_path_of(part, "photo")
    photo = sent(beach)
    assert part.preprocess({"photo": {"path": photo}}) == photo
    assert part.preprocess(None) is part.preprocess("") is part.preprocess({"photo": None}) is None
    results.forget(photo)
    for path in (photo, beach, 7):
        with pytest.raises(gr.Error):
            part.preprocess({"photo": {"path": path}})
