from hypothesis import given
from hypothesis import strategies as st

from stylize.imaging import WORKING_SIDE, working_size


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(0.25, 8))
def test_working_size_never_grows_and_keeps_the_shape(width, height, brush):
    small = working_size((width, height), brush)
    assert 1 <= small[0] <= width
    assert 1 <= small[1] <= height
    assert min(small) <= max(1, round(WORKING_SIDE / brush)) or small == (width, height)
