"""The page on a cluster: any replica serves any visitor, whatever is killed, cancelled or replaced meanwhile."""

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from gradio_client import Client, handle_file
from PIL import Image

import stylize.cluster
from stylize import Cancelled, NetworkError, PaintOptions, StyleError
from tests.cli.test_paint import make_film
from tests.cluster.conftest import PATIENCE, WHY, processes, until
from tests.conftest import awaited

ray = pytest.importorskip("ray", reason=WHY)

from ray import serve  # noqa: E402, needs Ray
from ray.serve.schema import ServeDeploySchema  # noqa: E402

from stylize.cluster import page_replica  # noqa: E402
from stylize.cluster.painter_replica import Painter  # noqa: E402
from stylize.cluster.remote_stylizer import RemotePainters, RemoteStylizer  # noqa: E402

NAME = "stylize"
REPLICA, PAGE = f"ServeReplica:{NAME}:Painter", f"ServeReplica:{NAME}:Page"
CHANGED = 0.9  # cores of a painter: another number has all of them replaced
CONFIGURATION = Path(stylize.cluster.__file__).with_name("serve.yaml")


def deploy(cores: float = 1, **arguments: object) -> None:
    """As `serve deploy` with the configuration file, but for two painters, and a trainer that needs no core."""
    config = yaml.safe_load(CONFIGURATION.read_text())
    (application,) = config["applications"]
    application["args"] = {"min_replicas": 2, "max_replicas": 2, **arguments}
    for deployment, needed in zip(application["deployments"], (cores, 0), strict=True):
        deployment["ray_actor_options"] = {"num_cpus": needed}
    serve.context._get_global_client().deploy_apps(ServeDeploySchema(**config))


def painters_running() -> int:
    application = serve.status().applications.get(NAME)
    painter = application and application.deployments.get("Painter")
    return painter.replica_states.get("RUNNING", 0) if painter else 0


@pytest.fixture(scope="module")
def address(entrance):
    deploy()
    until(lambda: painters_running() == 2 and serve.status().applications[NAME].status == "RUNNING")
    yield entrance
    serve.delete(NAME, _blocking=False)  # its painters hold the cores that other tests need


@pytest.fixture
def remote(address):
    return RemoteStylizer(RemotePainters(serve.get_deployment_handle("Painter", NAME)), None, "CPU", 4)


@pytest.fixture
def large(astronaut):
    """A photo that takes one core many seconds."""
    return astronaut.resize((4000, 3000))


def cpu_seconds(process: int) -> float:
    with open(f"/proc/{process}/stat") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy(before) -> list[int]:
    """The replicas that have worked for half a second since `before`."""
    return [process for process, seconds in before.items() if cpu_seconds(process) > seconds + 0.5]


def test_own_styles_masks_and_settings_travel_with_the_request(remote, painter, photo):
    own = replace(painter.predict(photo.rotate(90)), id="mine")
    mask = Image.linear_gradient("L")
    options = PaintOptions({own: 0.7, "udnie": 0.3}, 0.8, True, 1.5, mask)
    assert np.array_equal(np.asarray(remote.paint(photo, options)), np.asarray(painter.paint(photo, options)))
    by_region = PaintOptions("udnie", 0.8, regions={"subject": {own: 0.7, "the_scream": 0.3}, "faces": None})
    assert np.array_equal(np.asarray(remote.paint(photo, by_region)), np.asarray(painter.paint(photo, by_region)))
    assert np.allclose(remote.predict(photo).vector, painter.predict(photo).vector, atol=1e-4)
    with pytest.raises(StyleError, match="no style 'nowhere'"):
        remote(photo, "nowhere")


def test_a_grid_comes_in_order_from_all_replicas(remote, painter, astronaut):
    before = {process: cpu_seconds(process) for process in processes(REPLICA)}
    assert len(before) == 2
    made = list(remote.gallery(astronaut))
    assert len(busy(before)) == 2
    alone = list(painter.gallery(astronaut))
    assert [style.id for style, _ in made] == [style.id for style, _ in alone]
    assert all(np.array_equal(np.asarray(a), np.asarray(b)) for (_, a), (_, b) in zip(made, alone, strict=True))


def test_cancelling_reaches_the_replicas(remote, large, photo):
    before = {process: cpu_seconds(process) for process in processes(REPLICA)}
    unwanted = threading.Event()
    with ThreadPoolExecutor() as pool:
        painting = [pool.submit(remote, large, "udnie", cancelled=unwanted.is_set) for _ in range(4)]
        until(lambda: len(busy(before)) == 2)
        unwanted.set()
        for one in painting:
            with pytest.raises(Cancelled):
                one.result(PATIENCE)
    working = {process: cpu_seconds(process) for process in before}
    remote(photo, "udnie", brush=None)  # there is room at once
    assert sum(cpu_seconds(process) - working[process] for process in before) < 10


def test_a_killed_painter_costs_its_picture_one_retry(remote, painter, large):
    before = {process: cpu_seconds(process) for process in processes(REPLICA)}
    with ThreadPoolExecutor() as pool:
        painting = pool.submit(remote, large, "udnie")
        until(lambda: busy(before))
        os.kill(busy(before)[0], signal.SIGKILL)
        assert not painting.done()
        made = painting.result(PATIENCE)
    assert np.array_equal(np.asarray(made), np.asarray(painter(large, "udnie")))


def test_films_travel_whole(remote, tmp_path):
    make_film(tmp_path / "film.mp4")
    shares = []
    regions = {"background": "udnie", "faces": None}
    remote.video(tmp_path / "film.mp4", tmp_path / "painted.mp4", brush=None, regions=regions, progress=shares.append)
    assert (tmp_path / "painted.mp4").stat().st_size > 0
    assert shares[-1] == 1
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    with pytest.raises(stylize.VideoError, match="bad"):
        remote.video(tmp_path / "bad.mp4", tmp_path / "worse.mp4", "udnie")
    assert not (tmp_path / "worse.mp4").exists()


@pytest.fixture
def calls(address, photo, tmp_path):
    """Within its block, visitors call over HTTP without a pause; each of their calls must bring a picture."""
    photo.save(tmp_path / "photo.png")

    @contextmanager
    def calls(visitors: int):
        done, counts = threading.Event(), Counter()

        def visit(number: int) -> None:
            client = Client(address, verbose=False, httpx_kwargs={"timeout": PATIENCE})
            while not done.is_set() or not counts[number]:
                painted = client.predict(handle_file(tmp_path / "photo.png"), "udnie", brush=8, api_name="/stylize")
                with Image.open(painted) as image:
                    assert image.size == photo.size
                counts[number] += 1

        with ThreadPoolExecutor() as pool:
            visits = [pool.submit(visit, number) for number in range(visitors)]
            try:
                yield counts
            finally:
                done.set()
            for one in visits:
                one.result(PATIENCE)

    return calls


def test_replacing_the_painters_loses_no_request(address, calls):
    assert urllib.request.urlopen(f"{address}/healthz").status == 200
    assert urllib.request.urlopen(f"{address}/readyz").status == 200
    before, page_before = set(processes(REPLICA)), processes(PAGE)
    with calls(1):
        deploy(CHANGED)
        until(lambda: not before & set(processes(REPLICA)) and painters_running() == 2)
    assert processes(PAGE) == page_before


def test_replacing_the_page_leaves_no_gap_cuts_no_stream_and_loses_no_request(address, calls):
    def identity() -> str:  # by another one, an open page knows that it has to load itself anew
        with urllib.request.urlopen(f"{address}/gradio_api/app_id") as answer:
            return json.load(answer)["app_id"]

    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/metrics")
    before, (old,) = identity(), processes(PAGE)
    with calls(3) as counts:
        deploy(CHANGED, metrics=True)
        until(lambda: identity() != before)  # every answer comes, from the old page or from the new one
        assert old in processes(PAGE)  # what it had begun goes on
        told = counts.total()
        until(lambda: counts.total() > told + 9)  # and has been fetched

    def metrics() -> bytes:
        with urllib.request.urlopen(f"{address}/metrics") as answer:
            return answer.read()

    until(lambda: b"stylize_painters 2.0" in metrics())  # the page may be replaced before the last painter is


def test_a_painter_that_cannot_paint_says_so():
    def broken(*_, **__):
        raise NetworkError("the network failed")

    replica = Painter(None, "cpu", 1)
    awaited(replica.check_health())
    replica._stylizer.paint = broken
    with pytest.raises(NetworkError):
        awaited(replica.check_health())


def test_the_page_is_not_ready_without_painters(monkeypatch):
    monkeypatch.setattr(page_replica, "_running", lambda deployment: 0)
    assert awaited(page_replica._readiness()).status_code == 503


@pytest.mark.parametrize("wrong", [{"max_replicas": 0}, {"cpus": "many"}, {"replicas": 2}])
def test_a_wrong_argument_is_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        stylize.cluster.page(wrong)
