"""Repaint photos in the style of paintings.

    from stylize import Stylizer
    Stylizer()("photo.jpg", "great_wave").save("painted.png")

Neither torch nor gradio is imported here.
"""

from stylize.errors import Cancelled, NetworkError, PictureError, StyleError, StylizeError, VideoError
from stylize.styles import Style, StyleBook
from stylize.stylizer import Stylizer

__all__ = [
    "Cancelled",
    "NetworkError",
    "PictureError",
    "Style",
    "StyleBook",
    "StyleError",
    "StylizeError",
    "Stylizer",
    "VideoError",
]
