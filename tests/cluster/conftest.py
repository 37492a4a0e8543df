"""One cluster for all tests that need one, of two cores on this machine."""

import contextlib
import importlib
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # else what still runs after the last test would start a cluster of its own
with warnings.catch_warnings(), contextlib.suppress(ImportError):  # the tests say that it is missing
    warnings.simplefilter("ignore")  # Ray Serve's own, of Pydantic
    importlib.import_module("ray.serve")

CORES = 2
STARTS = 3  # of a cluster on a machine that is too busy for it
PATIENCE = 180  # seconds; each wait ends far earlier
WHY = 'Ray is not installed here: pip install "stylize[ray]"'


_addresses: list[str] = []  # of this process's cluster: tests that run beside these have their own


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address. This process is connected to it, and the processes of all of its tests end with it."""
    pytest.importorskip("ray", reason=WHY)
    from ray.cluster_utils import Cluster

    from stylize.cluster.connection import connected

    options = {"num_cpus": CORES, "include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
    with pytest.MonkeyPatch.context() as patch:
        # for a busy machine, which starts processes slowly, and starves workers at Ray's niceness of 15
        patch.setenv("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60")
        patch.setenv("RAY_worker_niceness", "0")
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)  # workers are killed before they could tell which lines they ran
        for left in reversed(range(STARTS)):
            try:
                machine = Cluster(initialize_head=True, head_node_args=options)
                break
            except Exception:  # Ray gives its own processes half a minute
                if not left:
                    raise
    _addresses.append(machine.address)
    with connected(machine.address):
        yield machine.address
    machine.shutdown()


@pytest.fixture(scope="session")
def entrance(cluster: str) -> Iterator[str]:
    """Where Ray Serve listens on the cluster."""
    from ray import serve

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve.start(proxy_location="HeadOnly", http_options={"port": port})
    yield f"http://127.0.0.1:{port}"
    serve.shutdown()


def until(condition: Callable[[], object]) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def processes(name: str) -> list[int]:
    """The numbers of all processes of this cluster's workers that bear this name."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            if (path / "cmdline").read_bytes().startswith(f"ray::{name}".encode()):
                parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
                started_by = Path(f"/proc/{parent}/cmdline").read_bytes()
                if any(address.encode() in started_by for address in _addresses):
                    found.append(int(path.name))
    return found
