import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylize.imaging import WORKING_SIDE, resize, resize_in_bands, working_size


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(0.25, 8))
def test_working_size_never_grows_and_keeps_the_shape(width, height, brush):
    small = working_size((width, height), brush)
    assert 1 <= small[0] <= width
    assert 1 <= small[1] <= height
    assert min(small) <= max(1, round(WORKING_SIDE / brush)) or small == (width, height)


@pytest.mark.parametrize("size", [(301, 220), (1501, 1203), (901, 1)])
@pytest.mark.parametrize("gap", [None, 2.0])
def test_bands_are_parts_of_the_whole(size, gap):
    pixels = np.random.default_rng(1).integers(0, 256, (803, 901, 3), np.uint8)
    wanted = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    found = np.zeros((size[1], size[0], 3), np.uint8)
    resize_in_bands(pixels, size, lambda rows, values: found.__setitem__(rows, values), gap)
    assert np.abs(found - np.asarray(wanted, np.int16)).max() <= (1 if gap is None else 25)
    assert np.abs(resize(pixels, size) - np.asarray(wanted, np.int16)).max() <= 1
    gray = np.asarray(Image.fromarray(pixels[..., 0]).resize(size, Image.Resampling.BICUBIC), np.int16)
    assert np.abs(resize(pixels[..., 0], size) - gray).max() <= 1
