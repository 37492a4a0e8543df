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


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address. The processes of all of its tests end with it."""
    pytest.importorskip("ray", reason=WHY)
    # for a busy machine, which starts processes slowly, and starves workers at Ray's niceness of 15
    os.environ.update(RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S="60", RAY_worker_niceness="0")
    from ray.cluster_utils import Cluster

    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    machines.add_node(num_cpus=1)
    yield machines.address
    machines.shutdown()


def processes(name: str) -> list[int]:
    """The numbers of all processes of Ray's workers that bear this name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(f"ray::{name}".encode()):
                found.append(int(path.parent.name))
        except OSError:  # it has just ended
            pass
    return [number for number in found if number != os.getpid()]
