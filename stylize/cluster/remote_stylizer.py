"""A Stylizer whose networks run on the painter replicas of a cluster: what the page calls there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import DeploymentUnavailableError

from stylize import imaging
from stylize.callbacks import CancelCheck, NoteCallback, ProgressCallback, raise_if_cancelled, report
from stylize.cluster.painter_replica import Answer, FilmAnswer, FilmRequest
from stylize.errors import ClusterError
from stylize.grid import Grid, GridCell, Numbers
from stylize.grid.cell_photo import CellPhoto
from stylize.grid.painting import ordered_places, paint_cell
from stylize.imaging import Pixels, Source
from stylize.inference.engine_protocol import PaintFrame, StyleEngine
from stylize.options import PaintOptions, Regions, RegionStyle, StyleChoice
from stylize.styles import PHOTO, Style
from stylize.stylizer import GALLERY_SIDE, Stylizer

ATTEMPTS = 2  # of what a replica was asked that was killed
POLL_SECONDS = 0.25  # between two looks at whether an answer is still wanted
LOST = (RayActorError, DeploymentUnavailableError)  # what says that a replica is gone

_GONE = "The machine that painted this has gone, and so has the one after it. Please try again."


@dataclass(frozen=True)
class RemotePainters:
    """The painter replicas behind one handle of Ray Serve. Each request goes to the one that has least to do.

    `measured`, given the name of a task, is what every request is made within.
    """

    handle: Any
    measured: Callable[[str], AbstractContextManager[None]] = lambda task: nullcontext()

    def ask(self, method: str, *arguments: Any, cancelled: CancelCheck | None = None) -> Any:
        """What a replica's `method` makes. Raises the StylizeError that it answers, Cancelled, or ClusterError.

        If the replica dies meanwhile, another is asked, once. Call it from a thread, not from an event loop.
        """
        with self.measured(method):
            return self._ask(method, arguments, cancelled)

    def film(self, film: FilmRequest, cancelled: CancelCheck | None, progress: ProgressCallback | None) -> FilmAnswer:
        """The last answer about a film; errors as in `ask`."""
        with self.measured("video"):
            return self._film(film, cancelled, progress)

    def _ask(self, method: str, arguments: Sequence[Any], cancelled: CancelCheck | None) -> Any:
        for _ in range(ATTEMPTS):
            raise_if_cancelled(cancelled)
            response = getattr(self.handle, method).remote(*arguments)
            try:
                answer = _wait(response, cancelled)
            except LOST:
                continue
            if not isinstance(answer, Answer):
                return answer
            if answer.error is not None:
                raise answer.error
            return answer.made
        raise ClusterError(_GONE)

    def _film(self, film: FilmRequest, cancelled: CancelCheck | None, progress: ProgressCallback | None) -> FilmAnswer:
        for _ in range(ATTEMPTS):
            answers = self.handle.options(stream=True).video.remote(film)
            try:
                for answer in answers:
                    raise_if_cancelled(cancelled)
                    report(progress, answer.share)
                    if answer.error is not None:
                        raise answer.error
                    if answer.content is not None:
                        found: FilmAnswer = answer
                        return found
            except LOST:
                continue
            finally:
                answers.cancel()
        raise ClusterError(_GONE)


@dataclass(frozen=True)
class RemoteEngine:
    """Paints pixels on a replica: a `StyleEngine`. `options` name their styles by `Style`."""

    painters: RemotePainters
    options: PaintOptions

    def paint(
        self, pixels: Pixels, progress: ProgressCallback | None = None, cancelled: CancelCheck | None = None
    ) -> Pixels:
        """Paint a whole picture of any size. Raises StylizeError, also Cancelled."""
        painted: Pixels = self.painters.ask("paint", pixels, self.options, cancelled=cancelled)
        report(progress, 1.0)
        return painted

    def paint_region(
        self,
        pixels: Pixels,
        mask: Pixels,
        progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> tuple[Pixels, int, int]:
        """Raises ClusterError: a replica is sent all regions of a picture at once."""
        raise ClusterError("On a cluster the regions of a picture are painted together.")

    def frame_stylizer(self) -> PaintFrame:
        """Raises ClusterError: a film's frames depend on those before, so a film is painted whole by one replica."""
        raise ClusterError("On a cluster films are painted whole, not frame by frame.")


class RemoteStylizer(Stylizer):
    """As a Stylizer of the same models, but for where the networks run.

    `runs_on` is what the replicas paint on; of a grid, `places` cells are painted at once.
    """

    def __init__(self, painters: RemotePainters, models: str | Path | None, runs_on: str, places: int) -> None:
        super().__init__(models, "cpu", 1)
        self._painters, self._runs_on, self._places = painters, runs_on, places

    @property
    def device(self) -> str:
        """What the replicas paint on, for example "CPU"."""
        return self._runs_on

    def grid(
        self,
        grid: Grid,
        size: int = GALLERY_SIDE,
        *,
        numbers: bool = False,
        first: Collection[int] = (),
        cancelled: CancelCheck | None = None,
    ) -> Iterator[GridCell]:
        """As that of a Stylizer, in the same order; the cells are painted by all replicas at once."""
        places = ordered_places(grid, size, first)
        engines = [self._engine(place.options) for place in places]
        photos = {
            number: CellPhoto(imaging.read(grid.photos[number]), size, grid.brushes)
            for number in sorted({place.photo for place in places})
        }
        closed = threading.Event()

        def stopped() -> bool:
            return closed.is_set() or (cancelled is not None and cancelled())

        measure = self.numbers if numbers else None
        pool = ThreadPoolExecutor(self._places)
        try:
            cells = [
                pool.submit(paint_cell, place, photos[place.photo], engine, stopped, measure)
                for place, engine in zip(places, engines, strict=True)
            ]
            for cell in cells:
                yield cell.result()
        finally:  # also when nobody takes the next one
            closed.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def numbers(self, painted: Pixels, photo: Pixels, style: StyleChoice, seconds: float = float("nan")) -> Numbers:
        """As that of a Stylizer."""
        found: Numbers = self._painters.ask("numbers", painted, photo, dict(self.parts(style)), seconds)
        return found

    def predict(self, painting: Source, id: str = "own", title: str = "") -> Style:  # noqa: A002
        """As that of a Stylizer."""
        style: Style = self._painters.ask("predict", imaging.read(painting), id, title)
        return replace(style, painting=Path(painting)) if isinstance(painting, str | Path) else style

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
        """As that of a Stylizer; the film travels to a replica and back."""
        source, target = Path(source), Path(target)
        options = PaintOptions.of(style, strength, keep_colors, brush, None, regions)
        film = FilmRequest(source.read_bytes(), source.name, target.suffix, self._named(options))
        answer = self._painters.film(film, cancelled, progress)
        for told in answer.notes if note is not None else ():
            note(told)  # type: ignore[misc]
        with imaging.atomic_path(target) as part:
            part.write_bytes(answer.content or b"")
        return target

    def _engine(self, options: PaintOptions) -> StyleEngine:
        return RemoteEngine(self._painters, self._named(replace(options, keep_colors=False)))

    def _named(self, options: PaintOptions) -> PaintOptions:
        """The options with whole styles, for a replica that knows none of this page's own."""
        regions = [
            (name, None if own is None else RegionStyle(dict(self.parts(own.style)), own.strength))
            for name, own in options.by_region()
        ]
        style = options.style if options.style == PHOTO else dict(self.parts(options.style))
        return replace(options, style=style, regions=regions or None, mask=None)


def _wait(response: Any, cancelled: Callable[[], bool] | None) -> Any:
    """The result of a response, or Cancelled as soon as `cancelled` says so; the replica stops then."""
    while True:
        try:
            return response.result(timeout_s=POLL_SECONDS if cancelled else None)
        except TimeoutError as error:
            if isinstance(error, RayTaskError):  # the replica's own, not ours
                raise
            try:
                raise_if_cancelled(cancelled)
            except BaseException:
                response.cancel()
                raise
