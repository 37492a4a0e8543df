"""A few of what `python -m benchmarks.hostile` tries by the thousand: a painting or one sentence, whatever comes."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks import hostile, mutations
from stylize import PictureError, StylizeError, imaging, styles
from stylize.imaging.deep_gray import BAND

SEEDS = range(40)


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    return hostile.trials(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("kind", hostile.SHARES)
def test_every_kind_of_hostile_input_ends_in_a_painting_or_a_sentence(trials, kind):
    for seed in SEEDS:
        verdict, said = hostile.judged(trials[kind], random.Random(f"{kind} {seed}"))
        assert verdict in ("painted", "refused"), f"{kind} {seed}: {said}"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(imaging.READABLE)), st.integers(0, 2**32), st.data())
def test_a_changed_picture_is_read_or_refused(kind, seed, data):
    sound = data.draw(st.sampled_from([n for n in mutations.few_pictures() if n.startswith(kind)]))
    changed = mutations.mutated(mutations.few_pictures()[sound], random.Random(seed))
    with contextlib.suppress(PictureError):
        assert imaging.read(changed, max_pixels=1_000_000).pixels.shape[2] == 3


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_changed_style_file_is_read_or_refused(seed):
    with contextlib.suppress(StylizeError):
        styles.loads(mutations.style(random.Random(seed)), "a.safetensors")


def test_decoders_that_nobody_was_promised_are_never_asked(photo, tmp_path):
    for kind in ("PPM", "EPS", "ICO", "TGA"):  # PostScript would be run by another program
        photo.convert("RGB").save(tmp_path / "photo.png", kind)
        with pytest.raises(PictureError, match=r"not a picture we can read|which is not read"):
            imaging.read(tmp_path / "photo.png")


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("TIFF", "F"), ("PNG", "I;16"), ("GIF", "P")])
def test_a_picture_of_the_largest_size_is_converted_in_bands(kind, mode, monkeypatch):
    """Whatever its mode, no part of more than `BAND` rows is converted at once: memory is what decoding takes."""
    file, asked, real = mutations.saved(Image.new(mode, (40, 3 * BAND)), mode, kind), [], Image.Image.convert
    monkeypatch.setattr(Image.Image, "convert", lambda self, *a, **k: asked.append(self.height) or real(self, *a, **k))
    assert imaging.read(file).size == (40, 3 * BAND)
    assert max(asked, default=0) <= BAND
