"""The whole way of a photo, and what a host pays: times, memory, start, many at once, films.

python -m benchmarks.pipeline
python -m benchmarks.pipeline --only photo wall --out docs/performance.md
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import report, yardstick
from stylize import Stylizer, imaging
from stylize.inference.int8 import is_fast
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device, Network
from stylize.paths import MODELS

ROOT = Path(__file__).resolve().parent.parent
STYLE = "great_wave"
ROUNDS = 5
CALL_SIZES, CALL_ROUNDS = [(640, 480), (1155, 866), (1920, 1080), (3266, 2449), (4000, 3000), (8000, 6000)], 3
YARDSTICK_MOST = 2.1e6  # pixels that the yardstick network is given; beyond, its time for a pixel is taken
MEMORY_SIZES = [1, 4, 12, 24, 48, 100]  # megapixels
MIXED_RUNS = 500
AT_ONCE = [1, 2, 4, 8]  # threads
FRAMES = 72  # of a film of 640x360
PATIENCE = 120  # seconds until the app must answer


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the results into")
    arguments = parser.parse_args(argv)
    about = f"On {report.machine()}"
    for name in arguments.only:
        with tempfile.TemporaryDirectory() as folder:
            text = PARTS[name](Path(folder))
        report.publish(
            name, f"{text.strip()}\n\n{about} `python -m benchmarks.pipeline --only {name}`.\n", arguments.out
        )
    return 0


def photo(folder: Path) -> str:
    """A phone's photo in, a painting out: where the time goes."""
    path = _jpeg(folder, 4000, 3000)
    parts = [_photo(path, folder, precision) for precision in (["float32", "int8"] if is_fast() else ["float32"])]
    return "## A 12-megapixel JPEG\n\n" + "\n\n".join(parts)


def call(folder: Path) -> str:
    """Whole calls, from decoded photo to painting, against the network that peers ship; and what a visitor changes."""
    precisions = ["float32", "int8"] if is_fast() else ["float32"]
    other = Network(Device("cpu"), yardstick.network())
    rows, by_pixel = [], 0.0
    for width, height in CALL_SIZES:
        image, pixels = report.photo(width, height), width * height
        stylizers = {precision: Stylizer(device="cpu", precision=precision) for precision in precisions}
        calls: dict[str, Callable[[], object]] = {
            name: lambda one=one, image=image: one(image, STYLE) for name, one in stylizers.items()
        }
        cold = {name: report.seconds(call) for name, call in calls.items()}  # its sessions are not made yet
        if pixels <= YARDSTICK_MOST:
            planes = np.asarray(image).transpose(2, 0, 1)[None].astype(np.float32)
            calls["yardstick"] = lambda planes=planes: other.run({"image": planes})
        times = report.interleaved(calls, CALL_ROUNDS if pixels <= YARDSTICK_MOST else 1)
        by_pixel = times["yardstick"] / pixels if "yardstick" in times else by_pixel
        for name in stylizers:
            with _counted_network() as network:
                whole = report.seconds(calls[name])
            rows.append(
                [f"{width}x{height}", name, f"{cold[name] * 1e3:.0f}", f"{times[name] * 1e3:.0f}",
                 f"{whole / network.seconds:.2f}", f"{by_pixel * pixels * 1e3:.0f}",
                 f"{by_pixel * pixels / times[name]:.1f}"]
            )  # fmt: skip
    head = ["photo", "precision", "ms, first call", "ms, the next", "over network time",
            "ms, the network that peers ship, alone", "times faster"]  # fmt: skip
    told = "Beyond 2.1 megapixels, the other network's time is that for a pixel of 1920x1080."
    return f"## A whole call\n\n{report.table(head, rows)}\n\n{told}\n\n{_changes()}"


def _changes() -> str:
    """One megapixel, as it is painted already: every style, another setting, another painting."""
    stylizer, image = Stylizer(device="cpu"), report.photo(1155, 866)
    own = stylizer.predict(image.rotate(90), "own")
    steps: dict[str, Callable[[float], object]] = {
        "every style, small": lambda step: list(stylizer.gallery(image)),
        "another strength": lambda step: stylizer(image, STYLE, strength=step),
        "another brush": lambda step: stylizer(image, STYLE, brush=0.5 + step),
        "a blend": lambda step: stylizer(image, {STYLE: step, "udnie": 1 - step}),
        "any painting, at once": lambda step: stylizer(image, stylizer.predict(image.rotate(90), "own")),
        "the same, predicted before": lambda step: stylizer(image, own),
    }
    rows = []
    for name, run in steps.items():
        run(0.95)
        took = [report.seconds(lambda run=run, i=i: run(0.9 - i / 10)) for i in range(CALL_ROUNDS)]
        rows.append([name, f"{statistics.median(took) * 1e3:.0f}"])
    return report.table(["1155x866, again with", "ms"], rows)


def _photo(path: Path, folder: Path, precision: str) -> str:
    stylizer = Stylizer(device="cpu", precision=precision)
    rows: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        rows.setdefault(name, []).append(value)

    picture = Image.fromarray(imaging.read(path).pixels)
    painted = stylizer(picture, STYLE)
    for _ in range(ROUNDS):
        note("decode JPEG", report.seconds(lambda: imaging.read(path)))
        with _counted_network() as network:
            note("paint, all", report.seconds(lambda: stylizer(picture, STYLE)))
        note("paint, in the network", network.seconds)
        note("encode JPEG", report.seconds(lambda: imaging.write(painted, folder / "a.jpg")))
        note("encode PNG", report.seconds(lambda: imaging.write(painted, folder / "a.png")))
    times = {name: statistics.median(values) for name, values in rows.items()}
    alone = times["paint, in the network"]
    for kind in ("JPEG", "PNG"):
        times[f"whole path, {kind} out"] = times["decode JPEG"] + times["paint, all"] + times[f"encode {kind}"]
    body = [[name, f"{value * 1e3:.0f}", f"{value / alone:.2f}"] for name, value in times.items()]
    return report.table([f"{precision}: step", "ms", "over network time"], body)


def sessions(folder: Path) -> str:
    """Making a folded session, which a style or a strength not seen before costs."""
    stylizer = Stylizer(device="cpu")
    network, image = OnnxPainter(MODELS, Device("cpu")), np.asarray(report.photo(64, 64))
    folded = network.fold(stylizer.vector(STYLE), network.sample(image, stylizer.vector(STYLE)))
    network.paint(image, folded)
    ready = statistics.median(report.seconds(lambda: network.paint(image, folded)) for _ in range(21))
    times = [
        report.seconds(lambda i=i: network.paint(image, replace(folded, vector=folded.vector * (1 + i * 1e-6))))
        for i in range(1, 22)
    ]
    return f"## Making a session\n\n{(statistics.median(times) - ready) * 1e3:.1f} ms for a new style or strength."


def wall(folder: Path) -> str:
    """Every style of a 1-megapixel photo at wall size."""
    stylizer, path = Stylizer(device="cpu"), _jpeg(folder, 1155, 866)
    first = report.seconds(lambda: list(stylizer.gallery(path)))
    rest = statistics.median(report.seconds(lambda: list(stylizer.gallery(path))) for _ in range(ROUNDS))
    count = len(stylizer.styles)
    return f"## The wall\n\n{count} styles of a 1-megapixel photo: {rest:.2f} s (the first time {first:.2f} s)."


def memory(folder: Path) -> str:
    """Time and peak memory from 1 to 100 megapixels, each in a process of its own."""
    rows = []
    for size in MEMORY_SIZES:
        height = round((size * 1e6 * 3 / 4) ** 0.5)
        path = _jpeg(folder, round(size * 1e6 / height), height)
        found = _worker("memory", str(path), str(folder / "out.jpg"))
        path.unlink()
        rows.append(
            [size, f"{found['seconds']:.2f}", f"{found['seconds'] / size * 1e3:.0f}", f"{found['before']:.0f}",
             f"{found['peak']:.0f}"]
        )  # fmt: skip
    head = ["megapixels", "s, JPEG to JPEG", "ms per megapixel", "MB before", "MB at most"]
    return "## From 1 to 100 megapixels\n\n" + report.table(head, rows)


def growth(folder: Path) -> str:
    """Memory over many mixed runs."""
    found = _worker("growth", str(MIXED_RUNS))
    return (
        f"## Memory over {MIXED_RUNS} mixed runs\n\n{found['first']:.0f} MB after 50, {found['last']:.0f} MB after "
        f"{MIXED_RUNS}: {found['last'] / found['first'] - 1:+.1%}."
    )


def start(folder: Path) -> str:
    """From a cold process to the first answers, beside `import gradio` alone."""
    path = _jpeg(folder, 640, 480)
    rows: dict[str, list[float]] = {"import gradio": [], "first page": [], "first painting": []}
    for _ in range(3):
        rows["import gradio"].append(report.seconds(lambda: _worker("gradio")))
        page, painting = _first_answers(path)
        rows["first page"].append(page)
        rows["first painting"].append(painting)
    times = {name: statistics.median(values) for name, values in rows.items()}
    body = [[name, f"{value:.2f}", f"{value / times['import gradio']:.2f}"] for name, value in times.items()]
    return "## Cold start\n\n" + report.table(["from a new process to", "s", "over import gradio"], body)


def concurrency(folder: Path) -> str:
    """Pictures per second against simultaneous requests."""
    stylizer, image = Stylizer(device="cpu"), report.photo(640, 480)
    names = [style.id for style in stylizer.styles]
    list(stylizer.gallery(image, size=64))
    rows = []
    for threads in AT_ONCE:
        count = 8 * max(threads, 2)
        with ThreadPoolExecutor(threads) as pool:
            begin = time.perf_counter()
            waits = list(
                pool.map(lambda i: report.seconds(lambda: stylizer(image, names[i % len(names)])), range(count))
            )
            took = time.perf_counter() - begin
        rows.append(
            [threads, f"{count / took:.1f}", f"{statistics.median(waits) * 1e3:.0f}", f"{max(waits) * 1e3:.0f}"]
        )
    head = ["at once", "pictures of 640x480 per second", "median ms", "longest ms"]
    return "## Many at once\n\n" + report.table(head, rows)


def film(folder: Path) -> str:
    """Frames per second of a film of 640x360, decoded, painted and encoded."""
    import av

    wide = np.asarray(report.photo(640 + 2 * FRAMES, 360))
    with av.open(str(folder / "clip.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i in range(FRAMES):  # a slow pan
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(wide[:, 2 * i : 2 * i + 640]), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    stylizer = Stylizer(device="cpu")
    with _counted_network() as network:
        took = report.seconds(lambda: stylizer.video(folder / "clip.mp4", folder / "painted.mp4", STYLE))
    return (
        f"## Film\n\n640x360, {FRAMES} frames of a slow pan: {FRAMES / took:.1f} frames per second; "
        f"{network.seconds / took:.1f} networks run at the same time on average."
    )


PARTS: dict[str, Callable[[Path], str]] = {
    part.__name__: part for part in (call, photo, sessions, wall, memory, growth, start, concurrency, film)
}


class _Count:
    seconds = 0.0


@contextlib.contextmanager
def _counted_network() -> Iterator[_Count]:
    """Adds up the time that networks run."""
    count, run = _Count(), Network.run

    def timed(network: Network, *given: Any) -> Any:
        begin = time.perf_counter()
        try:
            return run(network, *given)
        finally:
            count.seconds += time.perf_counter() - begin

    Network.run = timed  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Network.run = run  # type: ignore[method-assign]


def _jpeg(folder: Path, width: int, height: int) -> Path:
    path = folder / f"{width}x{height}.jpg"
    report.photo(width, height).save(path, quality=92)
    return path


def _worker(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _first_answers(photo: Path) -> tuple[float, float]:
    """Seconds from starting `python app.py` to its first page, and to its first painting by the API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    begin = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    app = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | {"GRADIO_SERVER_PORT": str(port)}, **quiet
    )
    try:
        while True:
            try:
                _ask(f"{address}/")
                break
            except OSError:
                if time.perf_counter() - begin > PATIENCE or app.poll() is not None:
                    raise
                time.sleep(0.02)
        page = time.perf_counter() - begin
        boundary = uuid.uuid4().hex
        body = io.BytesIO()
        body.write(f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n'.encode())
        body.write(b"Content-Type: image/jpeg\r\n\r\n" + photo.read_bytes() + f"\r\n--{boundary}--\r\n".encode())
        kind = f"multipart/form-data; boundary={boundary}"
        (given,) = json.loads(_ask(f"{address}/gradio_api/upload", body.getvalue(), kind))
        image = {"path": given, "meta": {"_type": "gradio.FileData"}}
        call = json.dumps({"data": [image, STYLE, 1.0, False, 1.0]}).encode()
        event = json.loads(_ask(f"{address}/gradio_api/call/stylize", call))["event_id"]
        answer = _ask(f"{address}/gradio_api/call/stylize/{event}")
        if b"event: complete" not in answer:
            raise RuntimeError(f"the app did not paint: {answer[-300:]!r}")
        return page, time.perf_counter() - begin
    finally:
        app.terminate()
        app.wait()


def _ask(address: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
    request = urllib.request.Request(address, data, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        found: bytes = answer.read()
        return found


if __name__ == "__main__":
    sys.exit(main())
