"""The connection of this process to a cluster, for the time of a call."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

import ray
from ray.exceptions import RayError

from stylize.errors import ClusterError


@contextlib.contextmanager
def connected(address: str) -> Iterator[None]:
    """Be connected to the cluster at `address` within the block; what runs there for this process ends with it.

    "auto" is the cluster that RAY_ADDRESS names or that runs on this machine, else one that is started for the block;
    "local" always starts one. A program that is connected there already stays so. Raises ClusterError if there is none
    at the address, or none can be started.
    """
    if ray.is_initialized() and address in ("auto", ray.get_runtime_context().gcs_address):
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    given = None if address == "auto" else address
    try:
        ray.init(given, include_dashboard=False, log_to_driver=False, logging_level="error")
    except (RayError, RuntimeError, ValueError, OSError) as error:  # RayError: it asks for a token
        what = " ".join(str(error).split())[:200]
        raise ClusterError(f"There is no Ray cluster at {address!r} ({what}). Give auto, or its HOST:PORT.") from error
    try:
        signal.signal(signal.SIGTERM, before)  # Ray's own ends the process without cleaning up
        yield
    finally:
        ray.shutdown()
        signal.signal(signal.SIGTERM, before)
