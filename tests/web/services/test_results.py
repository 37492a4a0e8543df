"""Files for the browser to fetch."""

from pathlib import Path

import pytest
from gradio.processing_utils import save_file_to_cache
from PIL import Image

from stylize.errors import PictureError
from stylize.web.hosting.gradio_hooks import cached_copy
from stylize.web.services import results


@pytest.mark.parametrize(
    ("photo", "name"),
    [
        ("/a/beach.jpg", "beach-udnie.png"),
        ("/a/海 滩.HEIC", "海-滩-udnie.png"),
        ("/a/../;rm -rf.png", "rm--rf-udnie.png"),
        ("/a/.png", "png-udnie.png"),
    ],
)
def test_file_names_say_photo_and_style(photo: str, name: str) -> None:
    assert results.file_name(photo, ["udnie"], ".png") == name


def test_a_transparent_picture_stays_transparent() -> None:
    with Image.open(results.save_image(Image.new("RGBA", (8, 8), (255, 0, 0, 60)), "tile.jpg")) as image:
        assert image.mode == "RGBA"


def test_every_file_is_known_so_that_it_is_deleted() -> None:
    before = set(results.FILES)
    path = results.save_image(Image.new("RGBA", (8, 8)), "tile.jpg")
    assert str(path) in set(results.FILES) - before


def test_files_can_be_added_while_gradio_looks_for_old_ones() -> None:
    for path in results.FILES:
        results.FILES.add(path + "-")
        break


def test_the_copy_of_a_photo_is_written_once(beach: str) -> None:
    with Image.open(beach) as image:
        first, second = (results.save_photo_for_screen(beach, image, 100) for _ in range(2))
    assert first == second
    with Image.open(first) as copy:
        assert max(copy.size) == 100
    Path(beach).touch()  # another photo under the same name
    with Image.open(beach) as image:
        assert results.save_photo_for_screen(beach, image, 100) != first


def test_a_forgotten_photo_leaves_nothing_that_was_made_of_it(beach: str) -> None:
    with Image.open(beach) as image:
        part = results.save_image(image, "part.png", beach)
        paintings = [results.save_image(image, "painted.png", of) for of in (beach, part)]
        paintings += [results.save_photo_for_screen(beach, image, 100), results.new_path("again.jpg", paintings[0])]
        paintings[-1].touch()
        other = results.save_image(image, "other.png")
    copy = Path(save_file_to_cache(paintings[0], cache_dir=str(results.upload_folder())))
    assert copy == cached_copy(paintings[0])
    results.forget(beach)
    assert not any(path.exists() for path in (Path(beach), part, copy, *paintings))
    assert other.exists()
    with pytest.raises(PictureError):
        results.new_path("late.png", beach)
