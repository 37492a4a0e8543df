"""A painting as a file of the visitor's choice."""

from pathlib import Path

import pytest
from PIL import Image

from stylize import OptionError, PictureError, imaging
from stylize.web.services import downloads
from stylize.web.services.downloads import DownloadOptions


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """Mid-grey, the upper half clear; longer than the smallest size on offer."""
    image = Image.new("RGBA", (1200, 60), (128, 128, 128, 255))
    image.paste((0, 0, 0, 0), (0, 0, 1200, 30))
    return imaging.write(image, tmp_path / "beach-udnie.png")


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif"])
@pytest.mark.parametrize(("longer", "size"), [(0, (1200, 60)), (1080, (1080, 54)), (3840, (1200, 60))])
def test_each_format_at_each_size(painting: Path, name: str, longer: int, size: tuple[int, int]) -> None:
    made = downloads.make(painting, DownloadOptions(name, longer_side=longer))
    assert made.name == f"beach-udnie{downloads.SUFFIXES[name]}"
    picture = imaging.read(made)
    assert picture.size == size
    assert (picture.alpha is None) == (name == "jpeg")
    below = picture.pixels[size[1] - 5, size[0] // 2]
    assert abs(below.astype(int) - 128).max() < 4
    if name == "jpeg":
        assert picture.pixels[5, size[0] // 2].min() > 250  # what was clear is white


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
def test_less_quality_is_a_smaller_file(tmp_path: Path, photo: Image.Image, name: str) -> None:
    painting = imaging.write(photo, tmp_path / "a.png")
    small, large = (downloads.make(painting, DownloadOptions(name, quality)).stat().st_size for quality in (40, 95))
    assert small < large


@pytest.mark.parametrize(
    ("paper", "size", "page"),
    [
        ("a4", (30, 40), (2480, 3508)),
        ("a4", (40, 30), (3508, 2480)),
        ("a3", (30, 40), (3508, 4961)),
        ("a2", (30, 40), (4961, 7016)),
    ],
)
def test_a_print_fills_its_paper_at_300_dpi(paper: str, size: tuple[int, int], page: tuple[int, int]) -> None:
    sheet = downloads.on_paper(Image.new("RGB", size, "teal"), paper)
    assert sheet.size == page
    assert sheet.info["dpi"] == (300, 300)
    assert sheet.getpixel((page[0] // 2, page[1] // 2)) == (0, 128, 128)
    assert sheet.getpixel((0, 0)) == (255, 255, 255)  # a picture of 3 to 4 is shorter than paper
    middle = (page[0] // 2, 0) if page[0] > page[1] else (0, page[1] // 2)
    assert sheet.getpixel(middle) == (0, 128, 128)


def test_a_print_is_a_pdf_of_the_papers_size(painting: Path) -> None:
    data = downloads.make(painting, DownloadOptions("print", paper="a4")).read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"/MediaBox [ 0 0 841.92 595.2 ]" in data  # points, 72 to an inch


@pytest.mark.parametrize(
    "asked", [{"format": "exe"}, {"quality": 0}, {"quality": 101}, {"longer_side": 5}, {"paper": "../a4"}]
)
def test_what_no_list_offers_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="There is no"):
        DownloadOptions(**asked)  # type: ignore[arg-type]


def test_a_painting_that_is_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        downloads.make(tmp_path / "gone.png", DownloadOptions())
