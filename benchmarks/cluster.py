"""Ray on one machine: painter replicas against one process, the folder route against a plain loop, a killed painter.

python -m benchmarks.cluster --out docs/cluster.md
python -m benchmarks.cluster --only page recovery

Needs the extra `ray`. Clients, page and painters share the machine's cores, on both sides of each comparison.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import stylize.cluster
from benchmarks import load, report
from stylize.cluster.manifest import NAME as MANIFEST

try:
    from ray import serve
    from ray.cluster_utils import Cluster

    from stylize.cluster.connection import connected
    from stylize.cluster.remote_stylizer import RemotePainters, RemoteStylizer
except ModuleNotFoundError:
    serve = None

STYLE = "great_wave"
CALLERS = {1: 6, 8: 24, 32: 48}  # callers and the calls that all of them make together
SIZE, BRUSH = (640, 480), 2.0  # of a caller's photo
PHOTOS = 5  # of the folder
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
        found[f"{REPLICAS} replicas of one core"] = [_calls(address, *some) for some in CALLERS.items()]
        names = {"the page": "Page", "each painter": "Painter"}
        sizes = {what: [load.resident(one) for one in _processes(name)] for what, name in names.items()}
        everything = sum(load.resident(one) for one in _ray_processes())
    told = ", ".join(f"{what} {statistics.mean(some):.0f} MB" for what, some in sizes.items())
    rest = everything - sum(sum(some) for some in sizes.values())
    rows = [[what, *(f"{rate:.2f} / {median:.1f} s" for rate, median in numbers)] for what, numbers in found.items()]
    return (
        report.table(["pictures a second / median latency", *(f"{count} callers" for count in CALLERS)], rows)
        + f"\n\nPhotos of {SIZE[0]}x{SIZE[1]}, brush {BRUSH:g}, over HTTP. {memory}; on the cluster {told}, "
        f"Ray's own processes {rest:.0f} MB (resident, shared pages counted in each)."
    )


def folder() -> str:
    """Seconds per photo of a plain loop and of one worker of the folder route, both with one thread."""
    with tempfile.TemporaryDirectory() as name:
        photos = Path(name) / "photos"
        photos.mkdir()
        for number in range(PHOTOS):
            report.photo(LARGE[0] + number, LARGE[1]).save(photos / f"{number}.jpg")
        command = [sys.executable, "-m", "stylize", str(photos), "--recursive", "--style", STYLE, "--threads", "1"]
        times = _written([*command, "--out-dir", str(Path(name) / "plain"), "--device", "cpu"])
        loop = (times[-1] - times[0]) / (len(times) - 1)
        with _cluster(cpus=1) as address:
            spread, begun = Path(name) / "spread", time.time()
            times = _written([*command, "--out-dir", str(spread), "--device", "cpu", "--ray", address])
            lines = [json.loads(line) for line in (spread / MANIFEST).read_text().splitlines()]
        ray = (times[-1] - times[0]) / (len(times) - 1)
        work = statistics.mean(line["seconds"] for line in lines[1:])
        first = times[0] - begun - lines[0]["seconds"]
    rows = [["plain loop", loop], ["folder route, one worker", ray], ["of which the worker paints", work]]
    return (
        report.table(["12 MP photos, one thread", "seconds a photo"], [[what, f"{some:.2f}"] for what, some in rows])
        + f"\n\nThe first photo left out. Between two photos the worker waits {1000 * (ray - work):.0f} ms, "
        f"{(ray - work) / work:.1%} of a photo. Before the first one, the command, the connection and the worker take "
        f"{first:.1f} s to start, once."
    )


def recovery() -> str:
    """What a killed painter costs: the picture that it was painting, and the time until there is another."""
    with _replicas():
        remote = RemoteStylizer(
            RemotePainters(serve.get_deployment_handle("Painter", APPLICATION)), None, "CPU", REPLICAS
        )
        photo = report.photo(*SIZE)
        alone = statistics.median(report.seconds(lambda: remote(photo, STYLE, brush=1.0)) for _ in range(3))
        before = {process: _cpu_seconds(process) for process in _processes("Painter")}
        with ThreadPoolExecutor() as pool:
            begun = time.monotonic()
            painting = pool.submit(remote, photo, STYLE, brush=1.0)
            (killed,) = _until(lambda: [one for one in before if _cpu_seconds(one) > before[one] + 0.3][:1])
            os.kill(killed, signal.SIGKILL)
            at = time.monotonic()
            painting.result(PATIENCE)
            picture = time.monotonic() - begun
            _until(lambda: len(set(_processes("Painter"))) == REPLICAS and _painters_running() == REPLICAS)
            again = time.monotonic() - at
    return (
        f"A picture takes {alone:.1f} s; the one whose painter was killed in the middle came after {picture:.1f} s, "
        f"painted by the other. The killed painter was replaced after {again:.0f} s."
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


def _written(command: list[str]) -> list[float]:
    """When each line of a command's standard output came."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        return [time.time() for _ in process.stdout]


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
