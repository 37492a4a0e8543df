"""The experiments of `ablation`: what each changes of the shipped recipe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from stylize.inference.layers import Layer
from stylize.inference.style_vector import COLORS
from stylize.training.models.instance_norm import Affine, Folded
from stylize.training.models.painter import Painter, Shape


class _NearestShape(Shape):
    @property
    def layers(self) -> tuple[Layer, ...]:
        *before, wide, last = super().layers
        wide = replace(wide, channels=self.head, enlarged=True, shuffled=False)
        return (*before, wide, replace(last, channels=COLORS, enlarged=True, shuffled=False))


class NearestPainter(Painter):
    """The painter with nearest enlargement before each of the last two convolutions instead of a shuffle after it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(_NearestShape(**shape.as_dict()))


def paint_folded(painter: Painter, pixels: Tensor, vectors: Tensor, grained: Tensor, pad: int) -> Tensor:
    """`paint` without any normalisation: the statistics are inside `vectors`."""
    style: Affine = Folded(painter.shape.channels, vectors)
    painted: Tensor = painter(pixels, grained, style, style.gate, pad)
    return painted


@dataclass(frozen=True)
class Variant:
    """One experiment: what differs from the shipped recipe."""

    name: str
    config: dict[str, Any] = field(default_factory=dict)
    augmentation: dict[str, Any] = field(default_factory=dict)
    shape: dict[str, Any] = field(default_factory=dict)
    layers: dict[str, tuple[int, ...]] = field(default_factory=dict)  # `style` and `content` of the loss network
    kind: type[Painter] = Painter
    others: bool = False  # other paintings than those of the shipped painter
    trained: bool = False  # begins with the shipped painter
    frozen: bool = False  # the shipped painter with each style's mean statistics instead of a picture's own
    steps: float = 1.0  # times the budget


_GENTLE = {"rate": 5e-4, "style_rate": 1e-3, "between": 0.0}

VARIANTS = (
    Variant("the recipe"),
    Variant("trunk 32 wide", shape={"trunk": 32}),
    Variant("trunk 96 wide", shape={"trunk": 96}),
    Variant("3 blocks", shape={"blocks": 3}),
    Variant("7 blocks", shape={"blocks": 7}),
    Variant("head: nearest + convolution", kind=NearestPainter),
    Variant("head: 16 channels", shape={"head": 16}),
    Variant("head: last kernel 5x5", shape={"head_kernel": 5}),
    Variant("style layers without relu1_1", layers={"style": (1, 2, 3, 4)}),
    Variant("style layers without relu5_1", layers={"style": (0, 1, 2, 3)}),
    Variant("content relu3_1 alone", layers={"content": (2,)}),
    Variant("content relu4_1 alone", layers={"content": (3,)}),
    Variant("style weight 3", config={"style_weight": 3.0}),
    Variant("style weight 12", config={"style_weight": 12.0}),
    Variant("no total variation", config={"tv_weight": 0.0}),
    Variant("no jitter of the loss grid", config={"offset": 1}),
    Variant("paintings at 256 px", config={"style_sizes": (256,)}),
    Variant("paintings at 500 px", config={"style_sizes": (500,)}),
    Variant("paintings at 800 px", config={"style_sizes": (800,)}),
    Variant("dropout 0.1", shape={"dropout": 0.1}),
    Variant("dropout 0.3", shape={"dropout": 0.3}),
    Variant("no zoom", augmentation={"zoom": 1.0}),
    Variant("no flip", augmentation={"flip": False}),
    Variant("no colour jitter", augmentation={"jitter": 0.0}),
    Variant("no grain", augmentation={"noise": 0.0}),
    Variant("grain 2.5 times", augmentation={"noise": 2.5}),
    Variant("nothing between styles", config={"between": 0.0}),
    Variant("Adam", config={"optimizer": "adam"}),
    Variant("other paintings, from scratch", others=True),
    Variant("other paintings, from the trained painter", others=True, trained=True),
    Variant("the trained painter, a picture's own statistics", trained=True, steps=0),
    Variant("the trained painter, frozen statistics", trained=True, frozen=True, steps=0),
    Variant("the trained painter, frozen statistics, then trained so", trained=True, frozen=True, config=_GENTLE),
    Variant("the same, three times as long", trained=True, frozen=True, config=_GENTLE, steps=3),
)
