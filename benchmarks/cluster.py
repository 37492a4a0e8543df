"""Ray on one machine: painter replicas against one process, the folder route against a plain loop, a killed painter.

python -m benchmarks.cluster --out docs/cluster.md
python -m benchmarks.cluster --only page recovery

Needs the extra `ray`. Clients, page and painters share the machine's cores, on both sides of each comparison.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import stylize.cluster
from benchmarks import load, report
from stylize import PaintOptions, Stylizer, imaging
from stylize.cli.batch import paint_file
from stylize.cli.output_plan import Input

try:
    from ray import serve
    from ray.cluster_utils import Cluster

    from stylize.cli.cluster_task import PaintTask, Workers, paint_task
    from stylize.cluster.connection import connected
    from stylize.cluster.remote_stylizer import RemotePainters, RemoteStylizer
    from stylize.cluster.spread import spread
except ModuleNotFoundError:
    serve = None

STYLE = "great_wave"
CALLERS = {1: 6, 8: 24, 32: 48}  # callers and the calls that all of them make together
SIZE, BRUSH = (640, 480), 2.0  # of a caller's photo
PAIRS = 6  # photos that loop and worker paint
LARGE = (4000, 3000)
REPLICAS = 2
APPLICATION = "stylize"
PATIENCE = 300  # seconds
ARGUMENTS = {"min_replicas": REPLICAS, "max_replicas": REPLICAS}


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the results into")
    arguments = parser.parse_args(argv)
    if serve is None:
        sys.exit('error: Ray is not installed here: pip install "stylize[ray]"')
    os.environ.setdefault("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60")  # a busy machine starts processes slowly
    os.environ.update(RAY_worker_niceness="0")  # at Ray's 15, what else runs would be measured
    for name in arguments.only:
        text = f"{PARTS[name]()}\n\nOn {report.machine()} `python -m benchmarks.cluster --only {name}`."
        report.publish(f"cluster-{name}", text, arguments.out)
    return 0


def page() -> str:
    """Pictures a second and median latency by callers, and memory, of one process and of replicas."""
    found = {}
    with load.serving() as (process, address):
        found["one process, all cores"] = [_calls(address, *some) for some in CALLERS.items()]
        memory = f"One process holds {load.resident(process.pid):.0f} MB"
    with _replicas() as address:
        names = {"the page": "Page", "each painter": "Painter"}
        before = {name: sum(map(_cpu_seconds, _processes(name))) for name in names.values()}
        found[f"{REPLICAS} replicas of one core"] = [_calls(address, *some) for some in CALLERS.items()]
        calls = sum(CALLERS.values()) + len(CALLERS)  # each began with one that is not timed
        core = [(sum(map(_cpu_seconds, _processes(name))) - before[name]) / calls for name in names.values()]
        sizes = {what: [load.resident(one) for one in _processes(name)] for what, name in names.items()}
        everything = sum(load.resident(one) for one in _ray_processes())
    told = ", ".join(f"{what} {statistics.mean(some):.0f} MB" for what, some in sizes.items())
    rest = everything - sum(sum(some) for some in sizes.values())
    rows = [[what, *(f"{rate:.2f} / {median:.1f} s" for rate, median in numbers)] for what, numbers in found.items()]
    return (
        report.table(["pictures a second / median latency", *(f"{count} callers" for count in CALLERS)], rows)
        + f"\n\nPhotos of {SIZE[0]}x{SIZE[1]}, brush {BRUSH:g}, over HTTP. {memory}; on the cluster {told}, "
        f"Ray's own processes {rest:.0f} MB (resident, shared pages counted in each). A picture takes {core[0]:.2f} s "
        f"of a core in the page's process (decoding, PNG, HTTP) and {core[1]:.2f} s in a painter's."
    )


def folder() -> str:
    """Seconds per photo of a plain loop and of one worker of the folder route, both with one thread, in turns."""
    alone, spread_out, core = list[float](), list[float](), list[float]()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, _cluster(cpus=1) as address, connected(address):
        folder, stylizer = Path(name), Stylizer(None, "cpu", 1)
        options, workers = PaintOptions(STYLE), Workers(address, None, "cpu", 1)

        def loop(source: Input, path: Path) -> None:
            before = time.process_time()
            paint_file(stylizer, source, path, options, lambda source: imaging.read(source.path), lambda share: None)
            core.append(time.process_time() - before)

        def worker(source: Input, path: Path) -> None:
            ends = list(spread(paint_task, [PaintTask(0, source, path, None, options, workers, folder, None)]))
            assert all(end is None or (end.result and not end.result.error) for end in ends), ends

        report.photo(*LARGE).save(folder / "0.jpg")
        worker(Input(folder / "0.jpg"), folder / "0-worker.png")
        started = time.perf_counter() - begun
        loop(Input(folder / "0.jpg"), folder / "0-loop.png")
        for number in range(1, PAIRS + 1):
            source = Input(folder / f"{number}.jpg")
            report.photo(LARGE[0] + number, LARGE[1]).save(source.path)
            turns = [(loop, alone), (worker, spread_out)]
            for paint, seconds in turns if number % 2 else reversed(turns):
                target = folder / f"{number}-{paint.__name__}.png"
                seconds.append(report.seconds(partial(paint, source, target)))
    shares = sorted(two / one - 1 for one, two in zip(alone, spread_out, strict=True))
    rows = [["plain loop", statistics.median(alone)], ["folder route, one worker", statistics.median(spread_out)]]
    return (
        report.table(["12 MP photos, one thread", "seconds a photo"], [[what, f"{some:.2f}"] for what, some in rows])
        + f"\n\nMedians of {PAIRS} photos, each painted by both, one after the other. Of a pair the worker takes "
        f"{statistics.median(shares):+.1%} longer in the median ({shares[0]:+.1%} to {shares[-1]:+.1%}), to hand the "
        f"photo over and to wait for it included. Cluster, connection and its first photo took {started:.0f} s. "
        f"The loop needs {statistics.median(core):.1f} s of a core for a photo."
    )


def recovery() -> str:
    """What a killed painter costs: the picture that it was painting, and the time until there is another."""
    with _replicas():
        remote = RemoteStylizer(
            RemotePainters(serve.get_deployment_handle("Painter", APPLICATION)), None, "CPU", REPLICAS
        )
        photo = report.photo(*LARGE)  # the painter must be killed long before it ends
        alone = statistics.median(report.seconds(lambda: remote(photo, STYLE)) for _ in range(3))
        before = {process: _cpu_seconds(process) for process in _processes("Painter")}
        with ThreadPoolExecutor() as pool:
            begun = time.monotonic()
            painting = pool.submit(remote, photo, STYLE)
            (killed,) = _until(lambda: [one for one in before if _cpu_seconds(one) > before[one] + 0.3][:1])
            os.kill(killed, signal.SIGKILL)
            at = time.monotonic()
            if painting.done():
                sys.exit("error: the picture was painted before its painter could be killed")
            painting.result(PATIENCE)
            picture = time.monotonic() - begun
            _until(lambda: len(set(_processes("Painter"))) == REPLICAS and _painters_running() == REPLICAS)
            again = time.monotonic() - at
    return (
        f"A picture of 12 MP takes {alone:.1f} s. The one whose painter was killed after {at - begun:.1f} s came after "
        f"{picture:.1f} s, painted by the other. The killed painter was replaced after {again:.0f} s."
    )


@contextlib.contextmanager
def _replicas() -> Iterator[str]:
    """The page on a cluster of this machine, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _cluster(cpus=REPLICAS) as cluster, connected(cluster):
        serve.start(proxy_location="HeadOnly", http_options={"port": port})
        serve.run(stylize.cluster.page({**ARGUMENTS, "device": "cpu"}), name=APPLICATION)
        yield f"http://127.0.0.1:{port}"
        serve.shutdown()


@contextlib.contextmanager
def _cluster(cpus: int) -> Iterator[str]:
    """A cluster of one machine that has so many cores; its address."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cpus})
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


def _calls(address: str, callers: int, calls: int) -> tuple[float, float]:
    """Pictures a second, and the median seconds of a call, of so many callers at once."""
    photo, tally, latencies = report.photo(*SIZE), load.Tally(), []
    left, lock, end = iter(range(calls)), threading.Lock(), time.monotonic() + PATIENCE

    def caller(number: int) -> None:
        chance = random.Random(number)
        while True:
            with lock:
                if next(left, None) is None:
                    return
            begun = time.monotonic()
            load.call(address, photo, STYLE, 1.0, chance, end, tally, BRUSH)
            latencies.append(time.monotonic() - begun)

    load.call(address, photo, STYLE, 1.0, random.Random(0), end, tally, BRUSH)  # warm
    begun = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        for done in [pool.submit(caller, number) for number in range(callers)]:
            done.result()
    return calls / (time.monotonic() - begun), statistics.median(latencies)


def _until(condition: Callable[[], object]) -> list[int]:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            sys.exit("error: what was waited for did not happen")
        time.sleep(0.01)
    return found if isinstance(found, list) else []


def _processes(deployment: str) -> list[int]:
    return [one for one, name in _commands() if name.startswith(f"ray::ServeReplica:{APPLICATION}:{deployment}")]


def _ray_processes() -> list[int]:
    return [one for one, name in _commands() if name.startswith("ray::") or "/ray/" in name.split("\0")[0]]


def _commands() -> Iterator[tuple[int, str]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            yield int(path.parent.name), path.read_bytes().decode(errors="replace")


def _cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _painters_running() -> int:
    states = serve.status().applications[APPLICATION].deployments["Painter"].replica_states
    return int(states.get("RUNNING", 0))


PARTS = {"folder": folder, "recovery": recovery, "page": page}


if __name__ == "__main__":
    sys.exit(main())
