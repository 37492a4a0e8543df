"""What every test shares: the shipped painter, and photos that scikit-image ships."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from stylize import Stylizer


@pytest.fixture(scope="session")
def painter() -> Stylizer:
    return Stylizer(device="cpu")


@pytest.fixture(scope="session")
def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


@pytest.fixture
def photo(astronaut: Image.Image) -> Image.Image:
    return astronaut.resize((96, 72))


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (203, 157, 3), np.uint8)
