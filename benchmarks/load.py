"""Many clients at once against the page as a host runs it: none lost, none answered with another's picture.

python -m benchmarks.load --clients 50 --minutes 5 --out docs/reliability.md

Every photo carries its number twice: in its size, which no other photo of the run has, and as a pattern of light and
dark squares. Its answer must carry both, and without strength every pixel. A client that is told that the line is full
waits a moment and asks again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import report
from stylize import Stylizer

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"small": (320, 240), "middle": (800, 600), "large": (2000, 1500)}
SHARES = (0.6, 0.3, 0.1)  # of these among the photos
STRENGTHS = (0.0, 0.5, 0.5, 1.0, 1.0)
NUMBERS = 50_000  # photos that can be told apart
GRID = 6  # squares a side of the pattern
LEAST = 0.9  # of the squares that an answer must agree in: its own are all there in every style, another's half
PATIENCE = 180  # seconds that an accepted photo may take
ASK_AGAIN = (0.5, 2.0)  # seconds after which a client that was refused asks again
EVERY = 2.0  # seconds between looks at the memory


@dataclass
class Tally:
    """What happened, told by all clients."""

    counts: Counter[str] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})  # seconds
    memory: list[float] = field(default_factory=list)  # MB
    page: list[float] = field(default_factory=list)  # seconds of a call that does not paint
    said: Counter[str] = field(default_factory=Counter)  # what clients were told


def main(argv: list[str] | None = None) -> int:
    """The command. Returns 1 if an answer was lost or mixed up, or the page did not end in time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=50, help="default %(default)s")
    parser.add_argument("--minutes", type=float, default=5.0, help="default %(default)s")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the results into")
    arguments = parser.parse_args(argv)
    names = [style.id for style in Stylizer(device="cpu", threads=1).styles]
    tally = Tally()
    with serving() as (page, address):
        end = time.monotonic() + 60 * arguments.minutes
        clients = [
            threading.Thread(target=_client, args=(address, number, arguments.clients, names, end, tally))
            for number in range(arguments.clients)
        ]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            tally.memory.append(resident(page.pid))
            begin = time.monotonic()
            with contextlib.suppress(OSError):
                _ask(f"{address}/gradio_api/info")
                tally.page.append(time.monotonic() - begin)
            time.sleep(EVERY)
        begin = time.monotonic()
        page.send_signal(signal.SIGTERM)
        ended = page.wait(PATIENCE) == 0 and time.monotonic() - begin < 10
    report.publish("load", _written(tally, arguments.clients, arguments.minutes, ended), arguments.out)
    return int(bool(tally.counts["lost"] or tally.counts["mixed up"]) or not ended)


@contextlib.contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`python app.py` with its own limits, in a process of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("STYLIZE_", "GRADIO_"))}
    given |= {"STYLIZE_DEVICE": "cpu", "GRADIO_SERVER_PORT": str(port)}
    address = f"http://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=given, **quiet) as page:
        try:
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    _ask(f"{address}/")
                    break
                except OSError:
                    if page.poll() is not None or time.monotonic() > end:
                        raise
                    time.sleep(0.1)
            yield page, address
        finally:
            page.kill()


def marked(number: int, base: tuple[int, int]) -> Image.Image:
    """A photo that carries `number`, below `NUMBERS`, in its size and as a pattern."""
    image = report.photo(base[0] + number % 250, base[1] + number // 250)
    squares = Image.fromarray(pattern(number)).resize(image.size, Image.Resampling.NEAREST)
    return Image.blend(image, squares.convert("RGB"), 0.6)


def pattern(number: int) -> np.ndarray:
    """[GRID, GRID] of 0 and 255: half of the squares are light, which ones is up to `number`."""
    squares = np.zeros(GRID * GRID, np.uint8)
    squares[np.random.default_rng(number).permutation(GRID * GRID)[::2]] = 255
    return squares.reshape(GRID, GRID)


def carries(answer: Image.Image, photo: Image.Image, number: int) -> bool:
    """Whether an answer has the size of `photo` and the pattern of its number."""
    if answer.size != photo.size:
        return False
    light = np.asarray(answer.convert("L").resize((GRID, GRID), Image.Resampling.BOX), float)
    agreed = (light > np.median(light)) == (pattern(number) > 0)
    return float(agreed.mean()) >= LEAST


def _client(address: str, client: int, clients: int, names: list[str], end: float, tally: Tally) -> None:
    chance, serial = random.Random(client), 0
    while time.monotonic() < end:
        number, serial = (serial * clients + client) % NUMBERS, serial + 1
        size = chance.choices(list(SIZES), SHARES)[0]
        photo = marked(number, SIZES[size])
        style, strength = chance.choice(names), chance.choice(STRENGTHS)
        begin = time.monotonic()
        try:
            answer = call(address, photo, style, strength, chance, end, tally)
        except Exception as error:
            tally.counts["lost"] += 1
            tally.said[f"lost: {error!r}"[:200]] += 1
            continue
        if answer is None:
            continue
        tally.waits[size].append(time.monotonic() - begin)
        right = carries(answer, photo, number)
        if not strength:
            right = right and answer.convert("RGB").tobytes() == photo.tobytes()
        tally.counts["right" if right else "mixed up"] += 1
        if not right:
            tally.said[f"wrong: {style} at {strength}, {photo.size}, {answer.size}"] += 1


def call(
    address: str,
    photo: Image.Image,
    style: str,
    strength: float,
    chance: random.Random,
    end: float,
    tally: Tally,
    brush: float = 1.0,
) -> Image.Image | None:
    """The painting, or None if the line was full until the end. Raises what goes wrong."""
    file = io.BytesIO()
    photo.save(file, "PNG", compress_level=1)
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="photo.png"\r\n\r\n'
    body += file.getvalue() + b"\r\n--b--\r\n"
    (given,) = json.loads(_ask(f"{address}/gradio_api/upload", body, "multipart/form-data; boundary=b"))
    image = {"path": given, "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [image, style, strength, False, brush]}).encode()
    while True:
        try:
            event = json.loads(_ask(f"{address}/gradio_api/call/stylize", body))["event_id"]
            break
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            tally.counts["told that the line is full"] += 1
            tally.said[json.loads(error.read())["detail"]] += 1
            if time.monotonic() > end:
                return None
            time.sleep(chance.uniform(*ASK_AGAIN))
    answer = _ask(f"{address}/gradio_api/call/stylize/{event}").decode()
    if "event: complete" not in answer:
        raise RuntimeError(answer[-200:])
    url = json.loads(answer.rpartition("data: ")[2])[0]["url"]
    with Image.open(io.BytesIO(_ask(url))) as painted:
        painted.load()
        return painted


def _ask(address: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
    request = urllib.request.Request(address, data, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        found: bytes = answer.read()
        return found


def resident(process: int) -> float:
    """Resident memory now, MB."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def _written(tally: Tally, clients: int, minutes: float, ended: bool) -> str:
    waits, counts = tally.waits, tally.counts
    rows: list[list[Any]] = []
    for size, times in [*waits.items(), ("all", [t for some in waits.values() for t in some])]:
        if times:
            shown = "x".join(map(str, SIZES[size])) if size in SIZES else ""
            marks = [f"{np.percentile(times, p):.1f}" for p in (50, 90, 99, 100)]
            rows.append([f"{size} {shown}".strip(), len(times), *marks])
    answered = sum(len(times) for times in waits.values())
    fifth = max(1, len(tally.memory) // 5)
    early, late = (statistics.median(part) for part in (tally.memory[fifth : 2 * fifth], tally.memory[-fifth:]))
    page = np.percentile(tally.page, [50, 99]) if tally.page else (0.0, 0.0)
    said = "; ".join(f"{count} times “{text}”" for text, count in tally.said.most_common(4))
    lines = [
        f"## {clients} clients for {minutes:g} minutes\n",
        report.table(["photos", "answered", "median s", "90%", "99%", "longest"], rows),
        f"\n{answered / (60 * minutes):.2f} photos per second, from upload to the painting's last byte, waiting for a "
        f"place in line included. Lost: {counts['lost']}. Answered with another's picture: {counts['mixed up']}. Told "
        f"that the line is full: {counts['told that the line is full']} times; those clients asked again.",
        f"\nMemory of the page, MB: {early:.0f} in the second fifth of the time, {late:.0f} in the last, "
        f"{max(tally.memory):.0f} at most. A call that paints nothing took {page[0]:.2f} s (99%: {page[1]:.2f} s) "
        f"meanwhile. Asked to stop, the page {'ended in time' if ended else 'did not end in time'}.",
        f"\nWhat was said: {said or 'nothing'}.",
        f"\nClients and page on the same cores. On {report.machine()} "
        f"`python -m benchmarks.load --clients {clients} --minutes {minutes:g}`.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
