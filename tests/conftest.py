"""What every test shares: the shipped models, and photos that scikit-image ships."""

from asyncio import run
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from stylize import Stylizer
from stylize.inference.painter import OnnxPainter
from stylize.inference.session import Device
from stylize.paths import MODELS

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in tests/training and tests/cluster and what asks for a browser, so that it can be left out."""
    for item in items:
        if TESTS / "training" in item.path.parents:
            item.add_marker("training")
        if TESTS / "cluster" in item.path.parents:
            item.add_marker("ray")
        if {"browser", "gpu_browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns. It runs on a thread of its own: on this one, tests of a browser may have a loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run, coroutine).result()


@pytest.fixture(scope="session")
def painter() -> Stylizer:
    return Stylizer(device="cpu")


@pytest.fixture(scope="session")
def onnx_painter() -> OnnxPainter:
    """The shipped painter below the pipeline: measure, fold, paint."""
    return OnnxPainter(MODELS, Device("cpu"))


@pytest.fixture(scope="session")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


@pytest.fixture
def photo(astronaut: Image.Image) -> Image.Image:
    return astronaut.resize((96, 72))


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (203, 157, 3), np.uint8)
