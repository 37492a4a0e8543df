"""The numbers beside a painting: how near it is to the style, how near to the photo, and what it took."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

from stylize.imaging import Pixels
from stylize.imaging.comparison import colors_moved, luminance, ssim
from stylize.inference.style_judge import StyleJudge, Target


@dataclass(frozen=True)
class Numbers:
    """What can be told of one painting. Not a number is what cannot: the painting of a style may be unknown.

    style_full, style_half, style_quarter: the style loss of our own loss network with the picture and the painting at
        these sizes; 0 is the painting itself. Fine strokes count in the first, large forms in the last.
    ssim: structural similarity to the photo, at most 1.
    colors_moved: how far the colours at large are from the photo's; 2 is just seen, 100 is black beside white.
    seconds: that painting took.
    """

    style_full: float
    style_half: float
    style_quarter: float
    ssim: float
    colors_moved: float
    seconds: float

    @classmethod
    def of(cls, painted: Pixels, photo: Pixels, judge: StyleJudge, target: Target | None, seconds: float) -> Numbers:
        """The numbers of `painted`, bytes [H, W, 3] like `photo`, in the style of `target` if that is known."""
        full, half, quarter = judge.distances(painted, target) if target is not None else (math.nan,) * 3
        alike = ssim(luminance(painted), luminance(photo))
        return cls(full, half, quarter, alike, colors_moved(painted, photo), seconds)

    def values(self) -> list[float | None]:
        """The numbers in the order of `NUMBERS`; None is what cannot be told."""
        return [None if math.isnan(value) else value for value in astuple(self)]

    def texts(self) -> list[str]:
        """The numbers with three digits, empty where there is none, in the order of `NUMBERS`."""
        return ["" if value is None else f"{value:.3g}" for value in self.values()]


NUMBERS = tuple(field.name for field in fields(Numbers))
