"""A monkey at the page: bursts of random steps, after each of which the page must be right or say what it waits for.

    python -m benchmarks.monkey --bursts 300 --width 1440 390 --busy 0 2 --out docs/reliability.md
    python -m benchmarks.monkey --bursts 1 --seed 4711 --width 390      one again, step by step

Drops, replacements, removals, tiles, sliders by mouse and key, blends, masks, tabs, comparisons, reloads, Back and
short losses of the network, in a real Chromium against `python app.py`, beside other processes on the same cores.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from benchmarks import report, serving
from benchmarks.monkey.invariant import Reference, faults, settle
from benchmarks.monkey.steps import Visitor, script

STYLES = ("great_wave", "starry_night", "the_kiss", "the_scream", "udnie")  # few, so that a gallery is soon painted
HEIGHTS = {1440: 900, 390: 844}  # pixels of a window by its width
SPIN = "while True: pass"
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


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if a burst ended on a wrong page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monkey", description=__doc__.split("\n")[0])
    parser.add_argument("--bursts", type=int, default=300, help="for each width and load (default %(default)s)")
    parser.add_argument("--width", type=int, nargs="+", default=list(HEIGHTS), choices=HEIGHTS, help="of the window")
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 2], help="processes that keep the cores busy")
    parser.add_argument("--seed", type=int, default=0, help="of the first burst (default %(default)s)")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    seeds, tallies = range(arguments.seed, arguments.seed + arguments.bursts), []
    environment = {"STYLIZE_STYLES": ",".join(STYLES), "STYLIZE_DEVICE": "cpu"}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, serving.page(environment) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        reference = Reference(photos(Path(folder)), STYLES)
        for width in arguments.width:
            for busy in arguments.busy:
                with spinning(busy):
                    tallies.append(run(browser, address, reference, Tally(width, busy), seeds))
        browser.close()
    report.publish("monkey", _written(tallies, arguments.bursts), arguments.out)
    return int(any(tally.wrong for tally in tallies))


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


def run(browser: Browser, address: str, reference: Reference, tally: Tally, seeds: range) -> Tally:
    """Bursts in one window, each on a page of its own; the browser's cache is kept."""
    broken = next(iter(reference.photos.values())).with_name("broken.jpg")
    broken.write_bytes(b"\xff\xd8\xff and then nothing")
    context = browser.new_context(
        viewport={"width": tally.width, "height": HEIGHTS[tally.width]}, accept_downloads=True
    )
    for seed in seeds:
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
    try:
        _forget(page, address)
        page.goto(address)
        settle(page)
        visitor = Visitor(page, reference.photos, broken)
        for step in steps:
            said.append(str(step))
            visitor.do(step)
        tally.bursts, tally.steps, began = tally.bursts + 1, tally.steps + len(steps), time.perf_counter()
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


@contextmanager
def spinning(count: int) -> Iterator[None]:
    """So many processes that use all the time they get."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", SPIN]))
            stack.callback(process.kill)
        yield


def _written(tallies: list[Tally], bursts: int) -> str:
    rows = [
        [one.width, one.busy, one.bursts, one.steps, one.retried, f"{sorted(one.seconds)[len(one.seconds) // 2]:.1f}",
         f"{max(one.seconds):.1f}", one.wrong]
        for one in tallies if one.seconds
    ]  # fmt: skip
    head = [
        "window, px",
        "busy processes",
        "bursts",
        "steps",
        "tried again",
        "quiet after, median s",
        "longest s",
        "wrong",
    ]
    command = f"`python -m benchmarks.monkey --bursts {bursts}`"
    return f"## Random visitors\n\n{report.table(head, rows)}\n\nOn {report.machine()} {command}.\n"


if __name__ == "__main__":
    sys.exit(main())
