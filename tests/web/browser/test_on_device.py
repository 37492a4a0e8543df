""" "Paint on my device": the photo is painted by the visitor's own device, and nothing of it is sent unasked."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect
from skimage import data

from stylize import Stylizer
from stylize.web.locale.catalog import CATALOGS

from .steps import open_tab, upload

MESSAGES = CATALOGS["en"].messages
PAINTED = 240_000  # milliseconds; the processor does what is made for graphics
SWITCH = "#device-switch input"

pytestmark = pytest.mark.slow


@dataclass
class Visit:
    """A page, its visitor's photo, and what the page has sent."""

    page: Page
    photo: Path
    sent: list[Request] = field(default_factory=list)

    def leaks(self) -> list[str]:
        """Addresses of requests that carry the photo, a picture made of it, or any file."""
        parts = [self.photo.read_bytes()[at : at + 30] for at in (0, 300)]
        parts += [base64.b64encode(self.photo.read_bytes())[400:440], b"data:", b"multipart"]
        return [
            one.url
            for one in self.sent
            if "/upload" in one.url or any(part in (one.post_data_buffer or b"") for part in parts)
        ]

    def says(self, *keys: str) -> None:
        """Wait until the switch says these messages."""
        for key in keys:
            expect(self.page.locator(".device-state")).to_contain_text(MESSAGES[key], timeout=PAINTED)

    def answers(self, key: str) -> None:
        """Answer what the page asks."""
        self.page.locator(f'[data-answer="{key}"]').click()

    def paints_here(self, style: str = "The Great Wave off Kanagawa") -> None:
        """Wait for a painting that was made on the device."""
        facts = self.page.locator("#caption .facts")
        expect(facts).to_have_attribute("data-i18n", "painted_here", timeout=PAINTED)
        expect(self.page.locator("#caption h2")).to_have_text(style, timeout=PAINTED)
        expect(self.page.locator("#viewer")).to_have_attribute("data-painting", "painted", timeout=PAINTED)

    def hangs_wall(self) -> None:
        """Wait for the whole wall."""
        state = self.page.locator(".gallery-status")
        expect(state).to_have_attribute("data-state", "gallery_done", timeout=PAINTED)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "face.png"
    Image.fromarray(data.astronaut()).crop((140, 0, 300, 120)).resize((16, 12)).save(path)
    return path


@pytest.fixture(scope="module")
def visit(gpu_browser: Browser, url: str, photo: Path) -> Iterator[Visit]:
    """A page whose switch is on, with a photo that was brought meanwhile; each test leaves it so."""
    context = gpu_browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(context.new_page(), photo)
    visit.page.on("request", lambda request: visit.sent.append(request))
    visit.page.goto(url)
    visit.page.locator(SWITCH).click()
    upload(visit.page, photo)
    expect(visit.page.locator(".device-state")).to_contain_text("can paint, but slowly", timeout=PAINTED)
    visit.answers("device_paint_here")
    visit.paints_here()
    yield visit
    context.close()


def test_wall_easel_and_download_are_made_here_and_nothing_is_sent(visit: Visit) -> None:
    visit.says("device_on")
    visit.hangs_wall()
    visit.page.locator('.tile[data-style="udnie"] .tile-choose').click()
    visit.paints_here("Udnie")
    expect(visit.page.locator("#caption [data-query]")).to_have_attribute("data-query", "style=udnie")
    with visit.page.expect_download(timeout=PAINTED) as waiting:
        visit.page.locator("#png").click()
    assert waiting.value.suggested_filename == "face-udnie.png"
    found = np.asarray(Image.open(waiting.value.path()).convert("RGB")).astype(int)
    wanted = np.asarray(Stylizer(device="cpu", precision="float32")(visit.photo, "udnie")).astype(int)
    assert np.abs(found - wanted).max() <= 2
    visit.page.locator('.tile[data-style="great_wave"] .tile-choose').click()
    visit.paints_here()
    assert visit.leaks() == []


def test_what_the_server_alone_can_make_says_so(visit: Visit) -> None:
    for tab, message in (("Your own", "device_closed"), ("Compare", "device_closed"), ("Moving", "device_no_films")):
        open_tab(visit.page, tab)
        expect(visit.page.locator(f'[data-i18n="{message}"]:visible')).to_have_text(MESSAGES[message])
        expect(visit.page.locator(".tabitem input[type=file]:visible")).to_have_count(0)
    expect(visit.page.locator("#camera")).to_contain_text(MESSAGES["camera_info_here"], use_inner_text=True)
    open_tab(visit.page, "Studio")
    visit.page.locator("#download-options summary").click()
    visit.page.locator("#download-options select[name=format]").select_option("print")
    visit.page.locator("#download-options button[type=submit]").click()
    expect(visit.page.locator(".download-status")).to_have_text(MESSAGES["device_no_format"])
    assert visit.leaks() == []


def test_a_device_that_is_lost_leaves_the_photo_here_and_asks(visit: Visit) -> None:
    page = visit.page
    page.evaluate("navigator.gpu.requestAdapter = async () => null")
    later = "const now = performance.now(); performance.now = () => now + 11_000;"  # as if it had painted long enough
    page.evaluate(f"() => {{ {later} window.stylize.deviceFailed(); delete performance.now; }}")
    visit.says("device_none", "device_ask_gone")
    visit.answers("device_keep")
    visit.says("device_waiting")
    page.locator('.tile[data-style="udnie"] .tile-choose').click()
    expect(page.locator("#viewer-status")).to_contain_text(MESSAGES["device_waits"], timeout=PAINTED)
    page.evaluate("delete navigator.gpu.requestAdapter")
    visit.answers("device_again")
    visit.paints_here("Udnie")
    page.locator('.tile[data-style="great_wave"] .tile-choose').click()
    visit.paints_here()
    assert visit.leaks() == []


def test_the_photo_is_sent_when_the_visitor_says_so_and_forgotten_when_it_comes_back(visit: Visit) -> None:
    page = visit.page
    page.reload()
    visit.paints_here()  # the switch is where it was
    page.locator(SWITCH).click()
    visit.says("device_ask_off")
    visit.answers("device_keep")
    visit.says("device_on")
    assert visit.leaks() == []
    page.locator(SWITCH).click()
    visit.answers("device_send")
    expect(page.locator("#caption .facts")).to_have_attribute("data-i18n", "painted", timeout=PAINTED)
    expect(page.locator("#caption .facts")).to_contain_text("16 × 12", timeout=PAINTED)
    visit.says("device_off")
    visit.hangs_wall()
    assert [one.split("/")[-1] for one in visit.leaks()] == ["upload"]
    path = page.locator(".photo-frame img").get_attribute("src") or ""
    assert page.request.get(path).ok
    visit.sent.clear()
    page.locator(SWITCH).click()
    visit.answers("device_paint_here")
    visit.paints_here()
    assert not page.request.get(path).ok  # deleted at once
    assert visit.leaks() == []


def test_a_promise_of_an_earlier_visit_is_kept_where_nothing_can_paint(browser: Browser, url: str, photo: Path) -> None:
    page = browser.new_page()
    visit = Visit(page, photo)
    page.on("request", lambda request: visit.sent.append(request))
    page.goto(url)
    page.locator(SWITCH).click()
    visit.says("device_none")  # nothing was promised: it is off again
    expect(page.locator(SWITCH)).not_to_be_checked()
    expect(page.locator("[data-answer]")).to_have_count(0)
    page.evaluate("localStorage.setItem(`stylize-on-device ${location.pathname}`, 'on')")
    page.reload()
    upload(page, photo)
    visit.says("device_none", "device_ask_gone")
    assert visit.leaks() == []
    visit.answers("device_send")
    expect(page.locator("#caption .facts")).to_contain_text("16 × 12", timeout=PAINTED)
    assert [one.split("/")[-1] for one in visit.leaks()] == ["upload"]
    page.close()
