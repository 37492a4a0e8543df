"""A call is connected to a cluster for its time, unless its program is so already."""

import pytest

from stylize.errors import ClusterError
from tests.cluster.conftest import WHY

ray = pytest.importorskip("ray", reason=WHY)

from stylize.cluster.connection import connected  # noqa: E402, needs Ray


@pytest.fixture
def unconnected():
    """This process is connected to no cluster for the time of the test."""
    address = ray.get_runtime_context().gcs_address if ray.is_initialized() else None
    ray.shutdown()
    yield
    if address is not None:
        ray.init(address, log_to_driver=False)


@pytest.mark.usefixtures("unconnected")
def test_a_cluster_that_is_not_there_is_a_sentence():
    with pytest.raises(ClusterError, match=r"no Ray cluster at 'nowhere'.*HOST:PORT"), connected("nowhere"):
        pass


@pytest.mark.parametrize("address", ["auto", None])
def test_who_is_connected_stays_so(cluster, address):
    with connected(address or cluster):
        assert ray.is_initialized()
    assert ray.get_runtime_context().gcs_address == cluster
