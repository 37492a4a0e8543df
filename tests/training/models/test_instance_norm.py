"""Instance normalisation by its own gradient: that of torch, and no noise in half precision."""

import pytest
import torch

from stylize.training.models.instance_norm import EPSILON, NormaliseChannels


@pytest.mark.parametrize("styles", [1, 3])
def test_normalising_has_the_gradients_that_torch_derives(styles):
    x = (torch.randn(3, 4, 7, 9) + 3).requires_grad_()
    scale, shift = (torch.randn(styles, 4, 1, 1, requires_grad=True) for _ in range(2))
    weights = torch.randn(3, 4, 7, 9)
    variance, mean = torch.var_mean(x, (2, 3), keepdim=True, correction=0)
    wanted = scale * (x - mean) * (variance + EPSILON).rsqrt() + shift
    got = NormaliseChannels.apply(x, scale, shift)
    assert torch.allclose(got, wanted, atol=1e-5)
    gradients = (torch.autograd.grad((y * weights).sum(), (x, scale, shift)) for y in (got, wanted))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(*gradients, strict=True))


def test_normalising_an_even_picture_in_half_precision_makes_no_noise():
    even = torch.full((1, 2, 64, 64), 3.3, dtype=torch.bfloat16)
    one, zero = torch.ones(1, 2, 1, 1), torch.zeros(1, 2, 1, 1)
    assert NormaliseChannels.apply(even, one, zero).abs().max() < 0.01
