"""The page without a server: everything is painted in the browser, and nothing leaves it."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from stylize import Style, Stylizer, styles
from stylize.cli.export import main
from stylize.web.locale.catalog import CATALOGS

from .sites import hosted

PAINTED = 120_000  # milliseconds; the processor does what is made for graphics


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with hosted(tmp_path_factory.mktemp("host"), ["great_wave", "udnie"]) as address:
        yield address


@pytest.fixture(scope="module")
def storage():
    """What the browser keeps of an earlier visit: that the self-test was passed, which takes long on a processor."""
    return {}


@pytest.fixture
def opened(gpu_browser, address, storage):
    """Opens the site; at the end, no page may have logged an error, or asked for anything that is not its own."""
    contexts, complaints = [], []

    def open_page(query="", **options) -> Page:
        context = gpu_browser.new_context(storage_state=storage.get("state"), **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        known = (address, "blob:", "data:")
        page.on("request", lambda r: None if r.url.startswith(known) and not r.post_data else complaints.append(r.url))
        page.goto(address + query)
        return page

    yield open_page
    for context in contexts:
        storage["state"] = context.storage_state()
        context.close()
    assert complaints == []


@pytest.fixture
def small(astronaut, tmp_path):
    path = tmp_path / "face.png"
    astronaut.crop((140, 0, 300, 120)).resize((64, 48)).save(path)
    return path


def take(page, path):
    page.locator("#photo-file").set_input_files(path)
    expect(page.locator("#download")).to_be_enabled(timeout=PAINTED)


def downloaded(page):
    with page.expect_download() as waiting:
        page.locator("#download").click()
    return waiting.value.suggested_filename, np.asarray(Image.open(waiting.value.path()).convert("RGB")).astype(int)


@pytest.mark.slow
def test_a_photo_is_painted_in_every_style_and_the_newest_wish_counts(opened, small):
    page = opened()
    expect(page.locator("#wall li")).to_have_count(2, timeout=PAINTED)
    expect(page.locator("#download")).to_be_disabled()
    page.locator("#photo-file").set_input_files(small)
    page.get_by_role("button", name="Udnie").click()  # while the other is painted, or waits
    page.locator("#strength").fill("0.5")
    expect(page.locator("#download")).to_be_enabled(timeout=PAINTED)
    expect(page.locator("#wall .waiting")).to_have_count(0, timeout=PAINTED)
    expect(page.locator("#wall canvas")).to_have_count(2)
    expect(page.locator("#caption-title")).to_have_text("Udnie")
    expect(page.locator("#status")).to_have_text(re.compile(r"Painted here in \d"))
    name, found = downloaded(page)
    wanted = np.asarray(Stylizer(device="cpu", precision="float32")(small, "udnie", strength=0.5)).astype(int)
    assert name == "face-udnie.png"
    assert np.abs(found - wanted).max() <= 2


def test_the_bench_tells_pictures_a_second(opened):
    page = opened("?bench", locale="en")
    page.evaluate("addEventListener('unhandledrejection', (event) => console.error(event.reason))")
    expect(page.locator("#bench")).to_contain_text("google swiftshader, single precision", timeout=PAINTED)
    expect(page.locator("#bench")).to_contain_text("measured and painted")


def test_what_cannot_be_read_leaves_the_photo_and_says_why(opened, small, tmp_path):
    page = opened()
    take(page, small)
    broken = tmp_path / "notes.jpg"
    broken.write_text("not a picture")
    page.locator("#photo-file").set_input_files(broken)
    expect(page.locator("#notice")).to_have_text("notes.jpg cannot be read as a picture. JPEG, PNG, WebP and AVIF can.")
    expect(page.locator("#download")).to_be_enabled()
    page.locator("#photo-file").set_input_files(small)
    expect(page.locator("#notice")).to_be_hidden(timeout=PAINTED)


def test_a_style_file_is_a_style_and_a_strangers_is_not(opened, painter, tmp_path):
    great_wave = painter.styles["great_wave"]
    own, other = tmp_path / "own.safetensors", tmp_path / "other.safetensors"
    styles.save(Style("mine", "My own", painter=great_wave.painter, vector=great_wave.vector), own)
    styles.save(Style("far", "Far away", painter="0" * 64, vector=great_wave.vector), other)
    page = opened()
    page.locator("#style-file").set_input_files(own)
    expect(page.locator("#wall strong").first).to_have_text("My own", timeout=PAINTED)
    expect(page.locator("#caption-title")).to_have_text("My own")
    page.locator("#style-file").set_input_files(other)
    expect(page.locator("#notice")).to_have_text("other.safetensors is no style of this painter.")
    expect(page.locator("#wall li")).to_have_count(3)


@pytest.mark.slow
def test_the_camera_is_painted_and_a_picture_of_it_is_kept(opened):
    page = opened(permissions=["camera"])
    expect(page.locator("#studio")).to_be_visible(timeout=PAINTED)
    page.locator("#camera").click()
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#status")).to_have_text(re.compile(r"[\d.]+ pictures a second"), timeout=PAINTED)
    page.get_by_role("button", name="Udnie").click()  # what is painted is the camera, in the other style
    expect(page.locator("#caption-title")).to_have_text("Udnie")
    expect(page.locator("#download")).to_be_disabled()
    page.locator("#live-stop").click()
    expect(page.locator("#live")).to_be_hidden()
    expect(page.locator("#drop")).to_be_visible()
    kept = page.evaluate("JSON.parse(localStorage['stylize-webgpu-half'] ?? localStorage['stylize-webgpu'])")
    assert kept[1]["frames"]  # they never left the graphics processor


def test_a_browser_without_a_graphics_processor_is_told(browser, address):
    page = browser.new_page()
    page.goto(address)
    expect(page.locator("#notice")).to_contain_text("gives no access to a graphics processor (WebGPU)")
    expect(page.locator("#studio")).to_be_hidden()
    page.close()


def test_a_device_that_calculates_otherwise_paints_nothing(gpu_browser, address):
    page = gpu_browser.new_context().new_page()
    page.route("**/test-*.bin", lambda route: route.fulfill(body=bytes(64 * 48 * 3)))
    page.goto(address)
    expect(page.locator("#notice")).to_contain_text("calculates otherwise than it should", timeout=PAINTED)
    expect(page.locator("#studio")).to_be_hidden()
    page.context.close()


def test_a_painter_that_does_not_come_is_told(gpu_browser, address):
    page = gpu_browser.new_context(locale="zh-CN").new_page()
    page.route("**/painter-*.bin", lambda route: route.fulfill(status=503))
    page.goto(address)
    expect(page.locator("#notice")).to_contain_text("画师载入失败")
    expect(page.locator("#notice")).to_contain_text("503")
    page.context.close()


def test_every_word_is_there_in_every_language_of_the_page(opened):
    page = opened()
    words = page.evaluate("import('./site/words.js').then(({ WORDS }) => WORDS)")
    assert {tag[:2] for tag in CATALOGS} == set(words)
    assert len({tuple(texts) for texts in words.values()}) == 1


def test_the_command_writes_a_site_or_says_why_not(tmp_path, capsys):
    assert main(["site", "--out", str(tmp_path / "site"), "--styles", "udnie,the_kiss", "the_scream"]) == 0
    assert "wrote" in capsys.readouterr().out
    assert (tmp_path / "site" / "index.html").is_file()
    thumbnails = {path.stem for path in (tmp_path / "site").rglob("*.*")}
    assert {"udnie", "the_kiss", "the_scream"} <= thumbnails
    assert "great_wave" not in thumbnails
    assert main(["web", "--out", str(tmp_path / "web"), "--styles", "undie"]) == 1
    assert "Did you mean udnie" in capsys.readouterr().err
    assert not (tmp_path / "web").exists()
