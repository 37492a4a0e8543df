"""A cluster of two machines of one core each, on this machine."""

import contextlib
import importlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings(), contextlib.suppress(ImportError):  # the tests say that it is missing
    warnings.simplefilter("ignore")  # Ray Serve's own, of Pydantic
    importlib.import_module("ray.serve")

WHY = 'Ray is not installed here: pip install "stylize[ray]"'


_addresses: list[str] = []  # of this process's cluster: tests that run beside these have their own


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address. The processes of all of its tests end with it."""
    pytest.importorskip("ray", reason=WHY)
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        # for a busy machine, which starts processes slowly, and starves workers at Ray's niceness of 15
        patch.setenv("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60")
        patch.setenv("RAY_worker_niceness", "0")
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)  # workers are killed before they could tell which lines they ran
        machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        machines.add_node(num_cpus=1)
    _addresses.append(machines.address)
    yield machines.address
    machines.shutdown()


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
