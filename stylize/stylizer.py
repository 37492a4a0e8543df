"""Picture and style in, painting out: the one pipeline that the page, the command, the API and the tests call."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from PIL import Image

from stylize import imaging, styles
from stylize.callbacks import CancelCheck, NoteCallback, ProgressCallback
from stylize.grid import Grid, GridCell, Numbers
from stylize.grid.painting import paint_cells
from stylize.imaging import Pixels, Source
from stylize.inference import external_network
from stylize.inference.engine_protocol import PaintFrame, StyleEngine
from stylize.inference.fastest_device import open_device
from stylize.inference.painter import OnnxPainter, fine_painter
from stylize.inference.regions import REGIONS, Region, RegionsNetwork
from stylize.inference.style_judge import StyleJudge
from stylize.inference.style_predictor import PredictedStyles, StylePredictor
from stylize.options import PaintOptions, Regions, StyleChoice
from stylize.painter_engine import PainterEngine
from stylize.paths import MODELS
from stylize.region_engine import WatchedFrames, region_engine
from stylize.styles import PHOTO, Style, StyleRegistry, Vector, check_id
from stylize.video.animation import KINDS, paint_animation

GALLERY_SIDE = 384  # longer side of a picture in the gallery, pixels


class Stylizer:
    """Paints photos in the styles of a models folder.

    `device` is "auto" (what paints fastest here, tried once), "cpu", "cuda" or another name of
    `stylize.inference.session.PROVIDERS` (default: the environment variable STYLIZE_DEVICE, else "auto"); `threads` the
    CPU threads of one run (default: the cores there are); `precision` is "float32", "int8" or "auto" (default:
    STYLIZE_PRECISION, else int8 where that is faster).
    One Stylizer may be called from several threads at once.

    Raises NetworkError if the models are missing or broken, OptionError if the device is not there or an option is bad.
    """

    def __init__(
        self,
        models: str | Path | None = None,
        device: str | None = None,
        threads: int | None = None,
        precision: str | None = None,
    ) -> None:
        folder = Path(models) if models is not None else MODELS
        self._folder, self._opens_paths = folder, True
        self._encoder_file = folder / "encoder.onnx"
        self._device, precision = open_device(device, folder, threads, precision)
        self._painter = OnnxPainter(folder, self._device, precision)
        self._fine = fine_painter(folder, self._device, precision, self._painter)
        ours = styles.in_folder(folder / "styles", self._painter.sha256, self._painter.style_size)
        networks = list(external_network.find_networks(folder, self._device, (style.id for style in ours)))
        self._external = {style.network: network for style, network in networks}
        self._predicted = PredictedStyles(self.predict)
        self.styles = StyleRegistry([*ours, *(style for style, _ in networks)], folder / "thumbnails")

    @property
    def folder(self) -> Path:
        """The models folder."""
        return self._folder

    @property
    def device(self) -> str:
        """What painting really runs on now, for example "CPU" or "CUDA"."""
        return self._device.name

    @property
    def precision(self) -> str:
        """What pictures are painted in: "float32" or "int8"."""
        return self._painter.precision

    def for_strangers(self) -> Stylizer:
        """The same painter for what strangers ask for: a string is a style's id, and never the path of a picture."""
        other = copy.copy(self)
        other._opens_paths = False
        return other

    def __call__(
        self,
        photo: Source,
        style: StyleChoice | None = None,
        *,
        strength: float = PaintOptions.strength,
        keep_colors: bool = PaintOptions.keep_colors,
        brush: float | None = PaintOptions.brush,
        mask: Image.Image | None = PaintOptions.mask,
        regions: Regions | None = PaintOptions.regions,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> Image.Image:
        """Paint `photo` (a path, the bytes of a file, or a PIL image) in `style`, or by `regions`.

        Args:
            style: an id of `styles`, the path of any picture (whose style is predicted), a Style, or a mapping of these
                to weights (a blend). With `regions` it is that of the rest; None leaves the rest as it is.
            strength: 0 is the photo, 1 the style.
            keep_colors: take only the luminance from the painting, the colours from the photo.
            brush: stroke size relative to the picture, 0.25 to 8; None paints at the photo's own size.
            mask: 255 where the painting applies, 0 where the photo stays; any size.
            regions: the style of each region, by `region_names`, such as {"subject": "starry_night",
                "background": "great_wave"}. None leaves a region as it is; a RegionStyle has a strength of its own. In
                pairs, [(mask, "udnie")], a PIL image drawn by hand may stand for a name.
            progress: is told the share done, 0..1.
            cancelled: is asked between tiles; when it answers True, Cancelled is raised.

        Returns an RGB image of the upright photo's size, or RGBA if something in the photo is transparent.
        Raises OptionError, PictureError, StyleError, NetworkError or Cancelled.
        """
        options = PaintOptions.of(style, strength, keep_colors, brush, mask, regions)
        return self.paint(photo, options, progress=progress, cancelled=cancelled)

    def paint(
        self,
        photo: Source,
        options: PaintOptions,
        *,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> Image.Image:
        """Paint `photo` with checked options; the rest is as in a call with the options one by one."""
        engine = self._engine(options)
        picture = imaging.read(photo)
        with self._device.shared():
            painted = engine.paint(picture.pixels, progress, cancelled)
        if options.keep_colors:
            painted = imaging.recolor(painted, picture.pixels)
        if options.mask is not None:
            mask = imaging.resize(imaging.drawn_mask(options.mask), picture.size)
            painted = imaging.mix(picture.pixels, painted, mask)
        picture = picture.with_pixels(painted)  # and the photo's are given back: Pillow needs a copy
        del painted
        return picture.as_image()

    def regions(self, photo: Source) -> list[Region]:
        """What a photo shows and where: subject and background, things by their classes, faces; nobody is recognised.

        Raises PictureError, MissingNetworkError if the models have no regions.onnx, NetworkError if it is damaged.
        """
        return self._regions(imaging.read(photo).pixels).found()

    @property
    def region_names(self) -> tuple[str, ...]:
        """What regions may be called. Raises NetworkError as `regions`."""
        return self._regions.names

    @cached_property
    def _regions(self) -> RegionsNetwork:
        return RegionsNetwork(self._folder / REGIONS, self._device)

    def predict(self, painting: Source, id: str = "own", title: str = "") -> Style:  # noqa: A002
        """The style of any picture, at once: a path, the bytes of a file, or a PIL image.

        It is a style like any other: paint with it, blend it, or write it with `stylize.styles.save`.
        Raises StyleError for what is no id, PictureError for a picture that shows no style, MissingNetworkError if the
        models lack an encoder (see `can_predict`), NetworkError if it is damaged or another painter's.
        """
        name, vector = check_id(id), self._encoder(painting)
        file = Path(painting) if isinstance(painting, str | os.PathLike) else None
        return Style(name, title or name, painter=self._painter.sha256, vector=vector, painting=file)

    @property
    def can_predict(self) -> bool:
        """Whether the models have an encoder, which `predict` and pictures as styles need. It may still be damaged."""
        return self._encoder_file.is_file()

    @cached_property
    def _encoder(self) -> StylePredictor:
        return StylePredictor.of_painter(self._encoder_file, self._device, self._painter)

    def gallery(
        self,
        photo: Source,
        only: Iterable[str] | None = None,
        size: int = GALLERY_SIDE,
        *,
        strength: float = PaintOptions.strength,
        keep_colors: bool = PaintOptions.keep_colors,
        cancelled: CancelCheck | None = None,
    ) -> Iterator[tuple[Style, Image.Image]]:
        """Paint `photo` in every style, or in those of the ids `only`, longer side `size` pixels, one by one."""
        only = [only] if isinstance(only, str) else only
        chosen = [self.styles[name] for name in only] if only is not None else list(self.styles)
        if chosen:
            grid = Grid([photo], chosen, (strength,), keep_colors=(keep_colors,), most=len(chosen))
            yield from ((chosen[cell.column], cell.image) for cell in self.grid(grid, size, cancelled=cancelled))

    def grid(
        self,
        grid: Grid,
        size: int = GALLERY_SIDE,
        *,
        numbers: bool = False,
        first: Collection[int] = (),
        cancelled: CancelCheck | None = None,
    ) -> Iterator[GridCell]:
        """Paint every cell of `grid`, longer side `size` pixels, row by row; each photo is read once.

        The columns `first` come before the others. With `numbers`, each cell has its own.
        Raises OptionError, PictureError, StyleError, NetworkError or Cancelled.
        """
        measure = self.numbers if numbers else None
        yield from paint_cells(grid, self._engine, size, self._device, cancelled, measure, first)

    def numbers(self, painted: Pixels, photo: Pixels, style: StyleChoice, seconds: float = math.nan) -> Numbers:
        """How near a painting, bytes [H, W, 3], is to its style and to its photo of the same size.

        `seconds` are those that painting took. Raises as `parts`, MissingNetworkError without our loss network.
        """
        target = self._judge.target(self.parts(style), self.styles)
        return Numbers.of(painted, photo, self._judge, target, seconds)

    @cached_property
    def _judge(self) -> StyleJudge:
        return StyleJudge(self._folder, self._device)

    def frame_stylizer(
        self,
        style: StyleChoice | None = None,
        *,
        strength: float = PaintOptions.strength,
        keep_colors: bool = PaintOptions.keep_colors,
        brush: float | None = PaintOptions.brush,
        regions: Regions | None = PaintOptions.regions,
    ) -> PaintFrame:
        """What paints the frames [H, W, 3] of one film or camera, in order, with statistics smoothed over time."""
        paint = self._engine(PaintOptions.of(style, strength, keep_colors, brush, None, regions)).frame_stylizer()
        return (lambda pixels: imaging.recolor(paint(pixels), pixels)) if keep_colors else paint

    def video(
        self,
        source: str | Path,
        target: str | Path,
        style: StyleChoice | None = None,
        *,
        strength: float = PaintOptions.strength,
        keep_colors: bool = PaintOptions.keep_colors,
        brush: float | None = PaintOptions.brush,
        regions: Regions | None = PaintOptions.regions,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
        note: NoteCallback | None = None,
    ) -> Path:
        """Paint the film or animation `source` into the film `target` (.mp4, .m4v, .mov, .mkv).

        An animation may become an animation, too (.gif, .webp, .png, .avif). Size, times of frames, duration, sounds
        and chapters are kept; memory does not grow with a film's length. What cannot be kept, and that no frame shows a
        region, is told to `note`, or logged. `target` appears whole or not at all. The settings are those of a photo.
        Returns `target`. Raises OptionError, VideoError, StyleError, PictureError, NetworkError or Cancelled.
        """
        from stylize.video.film import paint_video  # PyAV is slow to import, and most never paint a film

        paint = self.frame_stylizer(style, strength=strength, keep_colors=keep_colors, brush=brush, regions=regions)
        paint = paint if regions is None else WatchedFrames(paint)
        source, target = Path(source), Path(target)
        with self._device.shared():
            if target.suffix.lower() in KINDS:
                paint_animation(source, target, paint, progress, cancelled)
            else:
                paint_video(source, target, paint, progress, cancelled, note)
        if isinstance(paint, WatchedFrames):
            paint.tell_if_unpainted(source.name, note)
        return target

    def parts(self, style: StyleChoice) -> list[tuple[Style, float]]:
        """The styles of a choice with their shares, which sum to 1; those of picture files are predicted.

        Raises StyleError, OptionError, PictureError or NetworkError for what is no style.
        """
        return self._predicted.parts(style, self.styles, self._opens_paths)

    def vector(self, style: StyleChoice, strength: float = PaintOptions.strength) -> Vector:
        """The style vector [style_size] of a style or blend at a strength of 0..1.

        Raises StyleError, also for an external network, which has none.
        """
        options = PaintOptions(style, strength)
        return styles.blend_at(self.parts(options.style), options.strength, self.styles[PHOTO])

    def _engine(self, options: PaintOptions) -> StyleEngine:
        """What paints with these options. Raises StyleError for styles that are not there or cannot be blended."""
        if options.regions is not None:
            return region_engine(options, self._engine, lambda: self._regions, self._device)
        parts = self.parts(options.style)
        network = parts[0][0].network
        if len(parts) == 1 and network is not None:
            return external_network.engine(self._external, network, self._device, options.strength, options.brush)
        photo = self.styles[PHOTO]
        vector = styles.blend_at(parts, options.strength, photo)
        return PainterEngine(self._painter, self._fine, vector, photo.vector, options.strength, options.brush)
