"""How fast the painter paints, against the network that other projects ship, in one run.

    python -m benchmarks.latency
    python -m benchmarks.latency --rounds 0.3 --out docs/performance.md

Painting only: a folded session, statistics already inside, tiled as the product does. The share is of the rate at which
ONNX Runtime multiplies large float32 matrices with the same threads, which is what the processor can do. Beside each
time stands the ratio of the processor time that both used, which other programs on the same cores hardly change.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

from benchmarks import report, yardstick
from stylize.inference.int8 import is_fast
from stylize.inference.layers import multiply_adds
from stylize.inference.painter import FoldedStyle, OnnxPainter
from stylize.inference.session import PROVIDERS, Array, Device, Network
from stylize.inference.tiling import paint_tiled
from stylize.paths import MODELS
from stylize.stylizer import Stylizer

Run = Callable[[], object]

# width, height, rounds
SIZES = [(256, 256, 41), (512, 512, 21), (1280, 720, 11), (1920, 1080, 9), (4000, 3000, 3)]
MATRIX = 2048  # rows and columns of the matrices multiplied
STYLE = "great_wave"
YARDSTICK_BYTES = 800  # peak memory of the yardstick per pixel, for leaving out what would not fit


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, help="CPU threads; default: the cores there are")
    parser.add_argument("--rounds", type=float, default=1.0, help="times the usual number of rounds")
    parser.add_argument("--pixels", type=float, default=12, help="largest picture, megapixels")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the result into")
    arguments = parser.parse_args(argv)
    text = measure(arguments.threads, arguments.rounds, arguments.pixels * 1e6)
    report.publish("latency", text, arguments.out)
    return 0


def measure(threads: int | None, rounds: float, pixels: float) -> str:
    """Time everything; returns Markdown."""
    devices = {name: Device(name, threads) for name in _present()}
    painters = {
        f"painter, {device.name}, {precision}": _painter(device, precision)
        for key, device in devices.items()
        for precision in (["float32", "int8"] if key == "cpu" and is_fast() else ["float32"])
    }
    other = Network(devices["cpu"], yardstick.network())
    multiply = _multiplication(devices["cpu"])
    ours, theirs = multiply_adds(next(iter(painters.values()))[0].layers), yardstick.multiply_adds()
    rows = []
    for width, height, usual in SIZES:
        if width * height > pixels:
            continue
        picture = np.asarray(report.photo(width, height))
        contenders = {name: _painting(*painter, picture) for name, painter in painters.items()}
        fits = width * height * YARDSTICK_BYTES < _free()
        if fits:
            contenders["yardstick"] = _running(other, picture)
        contenders["matrix"] = multiply
        work: dict[str, list[float]] = {name: [] for name in contenders}
        counted = {name: _counted(run, work[name]) for name, run in contenders.items()}
        times = report.interleaved(counted, max(1, round(usual * rounds)))
        rate = 2 * MATRIX**3 / times["matrix"]
        for name in painters:
            speed = 2 * ours * width * height / times[name]
            rows.append(
                [
                    f"{width}x{height}",
                    name,
                    f"{times[name] * 1e3:.1f}",
                    f"{times['yardstick'] * 1e3:.1f}" if fits else "left out: too little memory",
                    f"{times['yardstick'] / times[name]:.1f}" if fits else "",
                    f"{min(work['yardstick']) / min(work[name]):.1f}" if fits else "",
                    f"{speed / 1e9:.0f}",
                    f"{2 * theirs * width * height / times['yardstick'] / 1e9:.0f}" if fits else "",
                    f"{rate / 1e9:.0f}",
                    f"{speed / rate:.0%}" if name.endswith("CPU, float32") else "",
                ]
            )
    head = [
        "size",
        "network",
        "ms",
        "yardstick ms",
        "times faster",
        "by CPU time",
        "GFLOP/s",
        "yardstick's",
        "matrix",
        "share",
    ]
    return (
        f"## Painting alone\n\n`python -m benchmarks.latency` on {report.machine()} "
        f"{devices['cpu'].threads} threads; medians, run in turns, in tiles as the product does. The painter needs "
        f"{ours / 1e3:.1f} thousand multiply-adds per pixel, the yardstick {theirs / 1e3:.0f}.\n\n"
        f"{report.table(head, rows)}\n"
    )


def _present() -> list[str]:
    names = [name for name, provider in PROVIDERS.items() if provider in ort.get_available_providers()]
    return sorted(names, key=lambda name: name != "cpu")


def _painter(device: Device, precision: str) -> tuple[OnnxPainter, FoldedStyle]:
    network = OnnxPainter(MODELS, device, precision)
    vector = Stylizer(device="cpu").styles[STYLE].vector
    return network, network.fold(vector, network.sample(np.asarray(report.photo(640, 480)), vector))


def _painting(network: OnnxPainter, folded: FoldedStyle, picture: Array) -> Run:
    return lambda: paint_tiled(network, picture, folded)


def _counted(run: Run, work: list[float]) -> Run:
    """`run`, which also notes the processor time that it took."""

    def counted() -> None:
        begin = time.process_time()
        run()
        work.append(time.process_time() - begin)

    return counted


def _running(network: Network, picture: Array) -> Run:
    image = picture.transpose(2, 0, 1)[None].astype(np.float32)
    return lambda: network.run({"image": image})


def _multiplication(device: Device) -> Run:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [MATRIX, MATRIX]) for name in "abc"]
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "product", values[:2], values[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    network = Network(device, model.SerializeToString())
    chance = np.random.default_rng(0)
    feeds = {name: chance.standard_normal((MATRIX, MATRIX)).astype(np.float32) for name in "ab"}
    return lambda: network.run(feeds)


def _free() -> float:
    """Bytes of memory that are available, as far as the system says."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return 8e9


if __name__ == "__main__":
    sys.exit(main())
