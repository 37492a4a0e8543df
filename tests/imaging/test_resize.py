import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylize.imaging import WORKING_SIDE, resize, working_size


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(0.25, 8))
def test_working_size_never_grows_and_keeps_the_shape(width, height, brush):
    small = working_size((width, height), brush)
    assert 1 <= small[0] <= width
    assert 1 <= small[1] <= height
    assert min(small) <= max(1, round(WORKING_SIDE / brush)) or small == (width, height)


@pytest.mark.parametrize("size", [(301, 220), (1501, 1203), (901, 1), (1, 803), (40, 3000)])
@pytest.mark.parametrize("is_fast", [True, False])
def test_bands_are_parts_of_the_whole_as_pillow_has_it(
    size: tuple[int, int], is_fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_fast:
        pytest.importorskip("cykooz_resizer")
    else:
        monkeypatch.setattr(sys.modules["stylize.imaging.resize"], "cykooz_resizer", None)
    noise = np.random.default_rng(1).integers(
        80, 176, (803, 901, 3), np.uint8
    )  # so even that nothing is clipped between
    for pixels in (noise, noise[..., 0]):
        wanted = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
        assert np.abs(resize(pixels, size) - np.asarray(wanted, np.int16)).max() <= (3 if is_fast else 1)
