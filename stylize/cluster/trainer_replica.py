"""Teaching and optimising on the cluster: a replica of its own for each job, there while somebody needs it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from stylize.errors import StylizeError
from stylize.paths import MODELS
from stylize.web.services import training_jobs
from stylize.web.services.training_jobs import Message


@dataclass(frozen=True)
class TrainingRequest:
    """A request to `training_jobs`, for at most so many seconds.

    `files` are those that its keys name on the page's machine, one or several: the ending and the content of each.
    """

    request: Message
    files: dict[str, list[tuple[str, bytes]]]
    seconds: float


@dataclass(frozen=True)
class TrainingAnswer:
    """A message of the job, the error that ended it, or neither: it begins."""

    message: Message | None = None
    error: StylizeError | None = None


class Trainer:
    """One job after another, each in a process of its own that a cancelled job takes with it."""

    def __init__(self, models: str | None, threads: int) -> None:
        self._models, self._threads = models or str(MODELS), threads

    async def prepare(self) -> None:
        """As `training_jobs.prepare`."""
        training_jobs.prepare()

    async def train(self, wanted: TrainingRequest) -> AsyncIterator[TrainingAnswer]:
        """That it begins, its messages as they come and, if it fails, the error."""
        yield TrainingAnswer()
        answers: asyncio.Queue[TrainingAnswer | None] = asyncio.Queue()
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def work() -> None:
            with tempfile.TemporaryDirectory(prefix="stylize-") as folder:
                request = {**wanted.request, "models": self._models, "threads": self._threads}
                for key, contents in wanted.files.items():
                    names = [str(Path(folder) / f"{key}-{i}{ending}") for i, (ending, _) in enumerate(contents)]
                    for name, (_, content) in zip(names, contents, strict=True):
                        Path(name).write_bytes(content)
                    request[key] = names if isinstance(request[key], list) else names[0]
                for message in training_jobs.run(request, wanted.seconds, stop.is_set):
                    loop.call_soon_threadsafe(answers.put_nowait, TrainingAnswer(message))

        job = asyncio.ensure_future(asyncio.to_thread(work))
        job.add_done_callback(lambda _: answers.put_nowait(None))
        try:
            while (answer := await answers.get()) is not None:
                yield answer
            try:
                job.result()
            except StylizeError as error:
                yield TrainingAnswer(error=error)
        finally:
            stop.set()
            await asyncio.wait([job])
