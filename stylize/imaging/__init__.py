"""Pictures in and out: decoded, resized, mixed, written."""

from stylize.imaging.atomic import atomic_path, remove_parts
from stylize.imaging.color_management import recolor
from stylize.imaging.file_kind import READABLE
from stylize.imaging.identify import has_picture_ending, is_picture
from stylize.imaging.layered_picture import LayeredPicture
from stylize.imaging.masks import drawn_mask, luminance_and_alpha, mix, product, without_excess
from stylize.imaging.picture import Picture, Pixels
from stylize.imaging.read import MAX_PIXELS, MAX_SIDE, Source, read
from stylize.imaging.resize import WORKING_SIDE, Area, resize, resize_in_bands, working_size
from stylize.imaging.shown import SQUARE, Shown, squares
from stylize.imaging.write import WRITABLE, write

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "READABLE",
    "SQUARE",
    "WORKING_SIDE",
    "WRITABLE",
    "Area",
    "LayeredPicture",
    "Picture",
    "Pixels",
    "Shown",
    "Source",
    "atomic_path",
    "drawn_mask",
    "has_picture_ending",
    "is_picture",
    "luminance_and_alpha",
    "mix",
    "product",
    "read",
    "recolor",
    "remove_parts",
    "resize",
    "resize_in_bands",
    "squares",
    "without_excess",
    "working_size",
    "write",
]
