"""A painter on the cluster: one replica of many, each of which paints for any visitor."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from stylize.callbacks import CancelCheck, Note
from stylize.errors import ClusterError, StylizeError
from stylize.grid import Numbers
from stylize.imaging import Picture, Pixels
from stylize.options import PaintOptions
from stylize.styles import Style
from stylize.stylizer import Stylizer

STUCK_SECONDS = 900.0  # after which a picture or film that is still being painted means that the replica is broken
TELL_SECONDS = 1.0  # between two messages about a film
TEST_SIDE = 32  # of the picture that an idle replica paints to know that it can, pixels

Made = TypeVar("Made")


@dataclass(frozen=True)
class Answer:
    """What a replica made, or the error that it was: Ray would wrap an error that is raised."""

    made: Any = None
    error: StylizeError | None = None


@dataclass(frozen=True)
class FilmRequest:
    """A film or animation to paint: the bytes of its file, its name, and the ending of what it becomes."""

    content: bytes
    name: str
    ending: str
    options: PaintOptions


@dataclass(frozen=True)
class FilmAnswer:
    """How far a film is, 0..1; at the end the painted file's bytes and the notes, or the error."""

    share: float
    content: bytes | None = None
    notes: tuple[Note, ...] = ()
    error: StylizeError | None = None


class Painter:
    """One picture after another; what comes meanwhile waits here, at most one (`max_ongoing_requests`).

    Styles come with the request, so it does not matter which replica a visitor's request reaches. A request that is
    cancelled ends between two tiles.
    """

    def __init__(self, models: str | None, device: str | None, threads: int) -> None:
        self._stylizer = Stylizer(models, device, threads)
        self._turn = asyncio.Lock()
        self._since = 0.0  # when the one that is painted began

    async def device(self) -> str:
        """What it paints on, for example "CPU"."""
        return self._stylizer.device

    async def paint(self, pixels: Pixels, options: PaintOptions) -> Answer:
        """`pixels`, bytes [H, W, 3], painted in the style, strength and brush of `options`."""

        def work(cancelled: CancelCheck) -> Pixels:
            return np.asarray(self._stylizer.paint(Picture(pixels), options, cancelled=cancelled))

        return await self._answer(work)

    async def predict(self, painting: Picture, id: str, title: str) -> Answer:  # noqa: A002
        """As `Stylizer.predict`."""
        return await self._answer(lambda cancelled: self._stylizer.predict(painting, id, title))

    async def numbers(self, painted: Pixels, photo: Pixels, parts: dict[Style, float], seconds: float) -> Answer:
        """As `Stylizer.numbers`."""

        def work(cancelled: CancelCheck) -> Numbers:
            return self._stylizer.numbers(painted, photo, parts, seconds)

        return await self._answer(work)

    async def video(self, film: FilmRequest) -> AsyncIterator[FilmAnswer]:
        """How far it is, every second, and at last the painted film."""
        answers: asyncio.Queue[float] = asyncio.Queue()
        loop, notes = asyncio.get_running_loop(), list[Note]()

        def work(cancelled: CancelCheck) -> bytes:
            def tell(share: float) -> None:
                loop.call_soon_threadsafe(answers.put_nowait, share)

            return self._paint_film(film, tell, cancelled, notes.append)

        task = asyncio.ensure_future(self._answer(work))
        share = 0.0
        try:
            while not task.done():
                await asyncio.wait([task], timeout=TELL_SECONDS)
                while not answers.empty():
                    share = answers.get_nowait()
                if not task.done():
                    yield FilmAnswer(share)
            answer = task.result()
            yield FilmAnswer(1.0, answer.made, tuple(notes), answer.error)
        finally:
            task.cancel()

    async def check_health(self) -> None:
        """Raises what painting raises, or ClusterError if something has been painted for too long."""
        if self._turn.locked():
            if self._since and time.monotonic() - self._since > STUCK_SECONDS:
                raise ClusterError(f"Something has been painted for more than {STUCK_SECONDS:.0f} seconds.")
            return
        style = next(iter(self._stylizer.styles))
        grey = np.full((TEST_SIDE, TEST_SIDE, 3), 128, np.uint8)
        answer = await self.paint(grey, PaintOptions(style, brush=None))
        if answer.error is not None:
            raise answer.error

    async def _answer(self, work: Callable[[CancelCheck], Made]) -> Answer:
        """Do `work` in a thread once nothing else is done. Cancelling this coroutine cancels the work."""
        stop = threading.Event()
        async with self._turn:
            self._since = time.monotonic()
            thread = asyncio.get_running_loop().run_in_executor(None, work, stop.is_set)
            try:
                return Answer(await asyncio.shield(thread))
            except asyncio.CancelledError:
                stop.set()
                await asyncio.wait([thread])  # the next one begins when the cores are free
                thread.exception()
                raise
            except StylizeError as error:
                return Answer(error=error)

    def _paint_film(
        self,
        film: FilmRequest,
        tell: Callable[[float], object],
        cancelled: CancelCheck,
        note: Callable[[Note], object],
    ) -> bytes:
        with tempfile.TemporaryDirectory(prefix="stylize-") as folder:
            source = Path(folder) / film.name
            source.write_bytes(film.content)
            target = Path(folder) / f"painted{film.ending}"
            options = film.options
            self._stylizer.video(
                source,
                target,
                options.style,
                strength=options.strength,
                keep_colors=options.keep_colors,
                brush=options.brush,
                regions=options.regions,
                progress=tell,
                cancelled=cancelled,
                note=note,
            )
            return target.read_bytes()
