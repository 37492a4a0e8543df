import torch

from stylize.training.muon import Muon, orthogonal


def test_weights_of_one_shape_move_as_each_would_alone():
    generator = torch.Generator().manual_seed(1)
    shapes = [(6, 4, 3, 3), (6, 4, 3, 3), (3, 8, 1, 1)]
    together = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    alone = [torch.nn.Parameter(weight.detach().clone()) for weight in together]
    optimizers = [Muon(together, 0.1), *(Muon([weight], 0.1) for weight in alone)]
    for _ in range(2):
        for one, other in zip(together, alone, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other)


def test_a_matrix_becomes_nearly_orthogonal():
    matrices = torch.randn(2, 5, 9, generator=torch.Generator().manual_seed(2))
    values = torch.linalg.svdvals(orthogonal(matrices))
    assert 0.6 < values.min() < values.max() < 1.3
