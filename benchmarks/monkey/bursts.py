"""Bursts: a few random steps on a page of its own, and whether the page is right once it is quiet."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page

from benchmarks import report
from benchmarks.monkey.invariant import Reference, faults
from benchmarks.monkey.rest import settle
from benchmarks.monkey.steps import script
from benchmarks.monkey.visitor import Visitor

HEIGHTS = {1440: 900, 390: 844}  # pixels of a window by its width
TRIES = 3  # of what a lost connection made fail
OURS = ("Failed to load resource", "net::ERR", "Failed to fetch", "Connection errored", "BodyStreamBuffer")  # when lost
_SAID = """() => [...document.querySelectorAll(".request-status, .photo-status, .gallery-status")].map(
  (one) => `${one.className} ${one.dataset.kind ?? ""} is ${one.dataset.state}: ${one.textContent}`)"""


@dataclass
class Tally:
    """What came of the bursts of one window."""

    width: int
    busy: int
    bursts: int = 0
    steps: int = 0
    retried: int = 0  # bursts after which the page offered to try again
    wrong: int = 0
    seconds: list[float] = field(default_factory=list)  # from the last step until the page was quiet


def photos(folder: Path) -> dict[str, Path]:
    """The photos that are brought, by name: small ones, one with transparency, one that gets a preview first."""
    whole = report.photo(900, 800)
    pictures = {
        "beach": whole.crop((0, 0, 320, 240)),
        "city": whole.crop((200, 100, 456, 420)).transpose(Image.Transpose.ROTATE_90),
        "garden": whole.crop((500, 400, 800, 600)).convert("L").convert("RGB"),
        "large": whole.crop((0, 0, 800, 760)),
    }
    paths = {}
    for name, picture in pictures.items():
        picture.save(path := folder / f"{name}.jpg", quality=92)
        paths[name] = path
    clear = whole.crop((450, 300, 706, 556)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L"))
    clear.save(path := folder / "clear.png")
    return paths | {"clear": path}


def run(
    browser: Browser, address: str, reference: Reference, tally: Tally, seeds: range, end: float = math.inf
) -> Tally:
    """Bursts in one window, each on a page of its own, none after `end`, seconds of the clock; the cache is kept."""
    broken = next(iter(reference.photos.values())).with_name("broken.jpg")
    broken.write_bytes(b"\xff\xd8\xff and then nothing")
    context = browser.new_context(
        viewport={"width": tally.width, "height": HEIGHTS[tally.width]}, accept_downloads=True
    )
    for seed in seeds:
        if time.monotonic() > end:
            break
        found, said = burst(context, address, reference, tally, seed, broken)
        print(f"seed {seed}: {'wrong' if found else 'right'}", flush=True)
        if found:
            tally.wrong += 1
            print(f"seed {seed} at {tally.width} px beside {tally.busy} busy processes:", *said, sep="\n  ")
            print(*(f"  wrong: {sentence}" for sentence in found), sep="\n", flush=True)
    context.close()
    return tally


def burst(
    context: BrowserContext, address: str, reference: Reference, tally: Tally, seed: int, broken: Path
) -> tuple[list[str], list[str]]:
    """One page, a few steps, and what is wrong afterwards; also the steps as text."""
    steps = script(seed, list(reference.photos), reference.styles)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"the page raised {error}"))
    page.on("dialog", lambda dialog: dialog.accept())
    said = []
    tally.bursts += 1
    tally.steps += len(steps)
    try:
        _forget(page, address)
        page.goto(address)
        settle(page)
        visitor = Visitor(page, reference.photos, broken)
        for step in steps:
            said.append(str(step))
            visitor.do(step)
        began = time.perf_counter()
        settle(page)
        tally.seconds.append(time.perf_counter() - began)
        tally.retried += _try_again(page, visitor)
        found = faults(page, visitor, reference)
    except Error as error:
        found = [str(error).splitlines()[0], *_open(page)]
    finally:
        page.unroute_all(behavior="ignoreErrors")
        context.set_offline(False)
        page.close()
    return [*found, *(line for line in complaints if not any(part in line for part in OURS))], said


def _forget(page: Page, address: str) -> None:
    """A visitor who has never been here; what was fetched for the page stays in the cache."""
    kept = {"origin": address.rstrip("/"), "storageTypes": "local_storage,indexeddb"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", kept)


def _try_again(page: Page, visitor: Visitor) -> bool:
    """After a lost connection a page may say that it failed; it must offer to try again, and then succeed."""
    tried = False
    page.unroute_all(behavior="ignoreErrors")
    for _ in range(TRIES if visitor.disturbed else 0):
        failed = page.locator(".request-status[data-state=failed] button").all()
        for button in failed:
            if button.is_visible():
                button.click()
                tried = True
        if not failed:
            break
        settle(page)
    return tried


def _open(page: Page) -> list[str]:
    """What a page that never came to rest says that it waits for."""
    try:
        return page.evaluate(_SAID)
    except Error as error:
        return [str(error).splitlines()[0]]
