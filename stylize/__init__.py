"""Repaint photos in the style of paintings.

    from stylize import Stylizer
    Stylizer()("photo.jpg", "great_wave").save("painted.png")

Neither torch nor gradio is imported here.
"""

from stylize.errors import (
    Cancelled,
    MissingNetworkError,
    NetworkError,
    OptionError,
    PictureError,
    StyleError,
    StylizeError,
    VideoError,
)
from stylize.inference.regions import Region
from stylize.options import CorrectedRegion, PaintOptions, RegionStyle
from stylize.styles import Style, StyleRegistry
from stylize.stylizer import Stylizer

__version__ = "0.2.0"

__all__ = [
    "Cancelled",
    "CorrectedRegion",
    "MissingNetworkError",
    "NetworkError",
    "OptionError",
    "PaintOptions",
    "PictureError",
    "Region",
    "RegionStyle",
    "Style",
    "StyleError",
    "StyleRegistry",
    "StylizeError",
    "Stylizer",
    "VideoError",
    "__version__",
]
