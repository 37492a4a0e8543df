"""The photo is not lost: reload, Back, a lost connection and a new server bring it back with its look."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from stylize import Stylizer
from stylize.web.locale.catalog import CATALOGS

from ..conftest import FEW, serving
from .steps import PAINTED, Opener, bring, choose, gallery_painted, open_tab, painted, style_file, upload

MESSAGES = CATALOGS["en"].messages
STYLES = {"STYLIZE_STYLES": ",".join(FEW)}


def stays(page: Page, style: str = "udnie", strength: str = "0.9", is_own: bool = False) -> None:
    """Wait until photo, look and painting are there as `set_up` left them."""
    expect(page.locator(".photo-frame img")).to_be_visible(timeout=PAINTED)
    expect(page.locator("#strength input[type=range]")).to_have_value(strength, timeout=PAINTED)
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", style, timeout=PAINTED)
    expect(page.locator("#caption .facts")).to_contain_text("400 × 262", timeout=PAINTED)
    expect(page.locator("#caption [data-query]")).to_have_attribute(
        "data-query", "" if is_own else f"style={style}&strength={strength}", timeout=PAINTED
    )
    painted(page)
    gallery_painted(page)


def set_up(page: Page, photo: Path, style: str = "udnie") -> None:
    """Bring a photo and choose a look, without waiting for its painting."""
    upload(page, photo)
    page.locator(f'.tile[data-style="{style}"] .tile-choose').click()
    page.locator("#strength input[type=range]").focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    kept = "([style, strength]) => history.state?.look?.[0] === style && history.state.look[5] === strength"
    page.wait_for_function(kept, arg=[style, 0.9])


def test_a_style_that_another_tab_removed_is_not_kept_again(visit: Opener) -> None:
    one = visit()
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator(".tile").first).to_be_visible(timeout=PAINTED)
    for page in (one, two):  # which keep nothing themselves meanwhile
        page.evaluate("window.keep = window.stylize.keepStyles; window.stylize.keepStyles = () => {}")
    keep = "(styles) => window.keep(JSON.stringify(styles))"
    for page, styles in (one, {"a": "A", "b": "B"}), (two, {"a": "A", "b": "B"}), (one, {"b": "B"}):
        page.evaluate(keep, styles)
    two.evaluate(keep, {"a": "A", "b": "B", "c": "C"})
    assert one.evaluate("JSON.parse(window.stylize.keptStyles())") == {"b": "B", "c": "C"}


class Wire:
    """A line between browser and server that can be cut: what runs over it breaks off, and nobody gets through."""

    def __init__(self, upstream: str) -> None:
        self._target = (urlsplit(upstream).hostname, urlsplit(upstream).port)
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._port = 0
        self.mend()

    @property
    def url(self) -> str:
        """The address at the browser's end."""
        return f"http://127.0.0.1:{self._port}/"

    def mend(self) -> None:
        """Let connections through."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """Break off all connections and take no new one."""
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open.copy():
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._open |= {near, far}
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()


@pytest.fixture
def wire(url: str) -> Iterator[Wire]:
    made = Wire(url)
    yield made
    with suppress(OSError):
        made.cut()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens tabs of one visitor; unlike those of `visit` they may log what fails."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})

    def open_tab(address: str) -> Page:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
        return page

    yield open_tab
    context.close()


def never_reloaded(page: Page) -> Callable[[], bool]:
    """Says whether the page is still the one that it is now."""
    page.evaluate("window.neverReloaded = true")
    return lambda: bool(page.evaluate("window.neverReloaded === true"))


def test_reload_and_back_bring_photo_and_look(visit: Opener, beach: Path) -> None:
    page = visit()
    set_up(page, beach)
    page.reload()  # long before it is painted
    stays(page)
    page.goto("about:blank")
    page.go_back()
    stays(page)


def test_an_example_and_a_removed_photo_stay_so(visit: Opener, beach: Path) -> None:
    page = visit()
    page.locator("#examples button").last.click()
    expect(page.locator("#caption .facts")).to_contain_text("1200 × 800", timeout=PAINTED)
    page.reload()
    expect(page.locator("#caption .facts")).to_contain_text("1200 × 800", timeout=PAINTED)
    page.locator("#photo").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".gallery-status")).to_have_attribute("data-state", "gallery_example", timeout=PAINTED)
    page.reload()
    expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    expect(page.locator(".photo-frame img")).to_be_hidden()


def test_a_cut_connection_is_one_sentence_and_what_was_asked_for_is_painted(
    tab: Callable[[str], Page], wire: Wire, beach: Path
) -> None:
    page = tab(wire.url)
    still_there = never_reloaded(page)
    set_up(page, beach)
    with page.expect_response("**/heartbeat/**", timeout=PAINTED) as heartbeat:  # by which the server keeps the session
        wire.cut()  # while it is painted
        line = page.locator(".connection")
        expect(line).to_contain_text(MESSAGES["connection_lost"])
        page.locator('.tile[data-style="the_kiss"] .tile-choose').click()  # into the void
        wire.mend()
        line.get_by_role("button").click()
        expect(line).to_be_hidden(timeout=PAINTED)
    assert heartbeat.value.ok
    stays(page, "the_kiss")
    assert still_there()
    expect(page.locator(".toast-wrap")).to_have_text("")


def test_a_page_that_slept_tells_the_server_that_it_is_open(tab: Callable[[str], Page], url: str, beach: Path) -> None:
    page = tab(url)
    page.clock.install()
    page.reload()
    expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    upload(page, beach)
    gallery_painted(page)
    with page.expect_response("**/heartbeat/**", timeout=PAINTED) as heartbeat:
        page.clock.fast_forward(60_000)
    assert heartbeat.value.ok


def test_offline_for_a_moment_is_waited_for(tab: Callable[[str], Page], url: str, beach: Path) -> None:
    page = tab(url)
    still_there = never_reloaded(page)
    upload(page, beach)
    page.context.set_offline(True)
    expect(page.locator(".connection")).to_be_visible()
    page.locator('.tile[data-style="udnie"] .tile-choose').click()
    page.context.set_offline(False)
    expect(page.locator("#caption h2")).to_have_text("Udnie", timeout=PAINTED)
    expect(page.locator(".connection")).to_be_hidden()
    assert still_there()


def test_the_mask_is_there_again(tab: Callable[[str], Page], url: str, beach: Path) -> None:
    page = tab(url)
    set_up(page, beach)
    stays(page)
    page.locator('#view-mode label:has(input[value="mask"])').click()
    page.locator(".mask-invert").click()
    inverted = "() => window.stylize?.mask && document.querySelector('.mask-invert')?.ariaPressed === 'true'"
    page.wait_for_function(inverted)
    mask = page.evaluate("window.stylize.mask")
    stays(page)
    page.reload()
    page.wait_for_function(inverted, timeout=PAINTED)
    assert page.evaluate("window.stylize.mask") == mask
    stays(page)


UNREAD = """  // the first stream reaches the server, which answers; nothing of it comes here, and it is never closed
  const send = window.fetch;
  let streams = 0;
  window.fetch = (input, init) => {
    if (!String(input.url ?? input).includes('/queue/data') || ++streams !== 2) return send(input, init);
    const { signal, url } = new Request(input, init);
    send(url);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
"""


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_stream_of_answers_that_hangs_is_opened_again(
    tab: Callable[[str], Page], url: str, beach: Path, is_answered: bool
) -> None:
    page = tab(url)
    if is_answered:
        page.add_init_script(UNREAD)
        page.reload()
        expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
    else:
        page.route("**/queue/data**", lambda route: None, times=1)  # no answer, and no end either
    still_there = never_reloaded(page)
    upload(page, beach)
    gallery_painted(page)
    painted(page)
    assert still_there()


@pytest.mark.parametrize(
    "said",
    [
        'data: {"msg": "unexpected_error", "message": "404: Not Found", "session_not_found": true}\n\n',
        'data: {"msg": "estimation", "event_id": "half of',
    ],
    ids=["unknown session", "half an answer"],
)
def test_a_stream_of_answers_that_breaks_off_is_opened_again(
    tab: Callable[[str], Page], url: str, beach: Path, said: str
) -> None:
    page = tab(url)
    page.route("**/queue/data**", lambda route: route.fulfill(body=said, content_type="text/event-stream"), times=1)
    still_there = never_reloaded(page)
    upload(page, beach)
    gallery_painted(page)
    painted(page)
    assert still_there()


def test_a_picture_that_is_lost_on_the_way_is_fetched_again(tab: Callable[[str], Page], url: str, beach: Path) -> None:
    page = tab(url)
    lost = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort("connectionreset")

    page.route("**/file=**", lose, times=3)
    set_up(page, beach)
    gallery_painted(page)
    there = (
        "() => [...document.querySelectorAll('#photo img, #slider img, .tile img')].every((one) => one.naturalWidth)"
    )
    page.wait_for_function(there, timeout=PAINTED)
    look = page.locator(".history-looks [aria-current] img")
    expect(look.first).to_have_attribute("src", re.compile("^data:image"), timeout=PAINTED)
    assert len(lost) == 3


@contextmanager
def free_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
    yield port


def test_a_new_server_is_brought_everything(
    tab: Callable[[str], Page], beach: Path, painter: Stylizer, tmp_path: Path
) -> None:
    with free_port() as port:
        environment = {**STYLES, "GRADIO_SERVER_PORT": port}
        with serving(environment) as address:
            page = tab(address)
            open_tab(page, "Your own")
            bring(page, style_file(painter, tmp_path))
            expect(page.locator("#own-remove")).to_be_visible(timeout=PAINTED)
            open_tab(page, "Studio")
            set_up(page, beach, "mine")
            stays(page, "mine", is_own=True)
        expect(page.locator(".connection")).to_contain_text(MESSAGES["connection_lost"], timeout=PAINTED)
        with serving(environment):
            expect(page.locator(".connection")).to_have_count(0, timeout=PAINTED)
            stays(page, "mine", is_own=True)
            expect(page.locator("#caption h2")).to_have_text("Mine")
            open_tab(page, "Your own")
            page.locator("#own-remove").click(timeout=PAINTED)
            expect(page.locator('.tile[data-style="mine"]')).to_have_count(0, timeout=PAINTED)
            page.wait_for_function("!window.stylize.keptStyles()", timeout=PAINTED)


def test_a_photo_that_the_server_has_forgotten_is_sent_again(
    tab: Callable[[str], Page], beach: Path, tmp_path: Path
) -> None:
    with serving({**STYLES, "GRADIO_TEMP_DIR": str(tmp_path / "files")}) as address:
        page = tab(address)
        set_up(page, beach)
        stays(page)
        still_there = never_reloaded(page)
        for file in (tmp_path / "files").rglob("beach*"):
            file.unlink()
        page.locator('.tile[data-style="the_kiss"] .tile-choose').click()
        stays(page, "the_kiss")
        assert still_there()


def test_forgetting_deletes_at_once_everywhere(tab: Callable[[str], Page], beach: Path, tmp_path: Path) -> None:
    with serving({**STYLES, "GRADIO_TEMP_DIR": str(tmp_path / "files")}) as address:
        page = tab(address)
        upload(page, beach)
        choose(page, "udnie")
        gallery_painted(page)
        other = tab(address)
        expect(other.locator(".photo-frame img")).to_be_visible(timeout=PAINTED)
        assert list((tmp_path / "files").rglob("beach*"))
        page.get_by_role("button", name=MESSAGES["photo_forget"]).click()
        expect(page.locator(".photo-status")).to_have_text(MESSAGES["photo_forgotten"], timeout=PAINTED)
        assert list((tmp_path / "files").rglob("beach*")) == []
        expect(other.locator(".photo-frame img")).to_be_hidden()
        page.reload()
        expect(page.locator(".tile").first).to_be_visible(timeout=PAINTED)
        assert page.evaluate("window.stylize.keptPhotos.all()") == []
        expect(page.locator(".photo-frame img")).to_be_hidden()
        expect(page.locator(".tile .tile-frame img").first).to_be_visible()


def test_each_tab_has_its_look_a_link_wins_and_a_new_visit_goes_on(
    tab: Callable[[str], Page], url: str, beach: Path
) -> None:
    first = tab(url)
    set_up(first, beach)
    stays(first)
    second = tab(url + "?style=the_kiss&strength=0.5")
    stays(second, "the_kiss", "0.5")  # with the photo that was brought last
    third = tab(url)
    stays(third, "the_kiss", "0.5")  # the look that was chosen last
    first.reload()
    stays(first)


def test_a_browser_that_keeps_nothing_is_no_error(visit: Opener, beach: Path, browser: Browser, url: str) -> None:
    page = visit()
    page.add_init_script(
        "indexedDB.open = () => { throw new DOMException('no'); };"
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } });"
    )
    page.reload()
    upload(page, beach)
    choose(page, "udnie")
    expect(page).to_have_url(re.compile("style=udnie"))
    page.reload()
    expect(page.locator(".tile.selected")).to_have_attribute("data-style", "udnie", timeout=PAINTED)
    expect(page.locator(".photo-frame img")).to_be_hidden()
