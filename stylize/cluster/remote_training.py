"""The page's training jobs where there is a cluster: `stylize.web.services.training_jobs`, on replicas."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from stylize.callbacks import CancelCheck
from stylize.cluster.remote_stylizer import LOST
from stylize.cluster.trainer_replica import TrainingAnswer, TrainingRequest
from stylize.errors import ClusterError
from stylize.web.services.training_jobs import IDLE_SECONDS, Message

ATTEMPTS = 2  # of a job whose replica is killed
START_SECONDS = 90.0  # that a job waits for a replica
POLL_SECONDS = 0.25  # between two looks at whether the job is still wanted
FILES = ("painting", "paintings", "photo")  # keys of a request that name a file, or several


class RemoteTraining:
    """Jobs on the trainer replicas behind one handle of Ray Serve, each from a thread of the page.

    `measured`, given the name of a task, is what every job is done within.
    """

    def __init__(
        self, handle: Any, measured: Callable[[str], AbstractContextManager[None]] = lambda task: nullcontext()
    ) -> None:
        self._handle, self._measured = handle, measured
        self._prepared = -IDLE_SECONDS  # when

    def prepare(self) -> None:
        """Say that a job may be asked for soon: a replica starts, and torch in it, unless it was just said."""
        now = time.monotonic()
        if now - self._prepared >= IDLE_SECONDS / 2:
            self._prepared = now
            self._handle.prepare.remote()

    def run(self, request: Message, seconds: float, cancelled: CancelCheck) -> Iterator[Message]:
        """As `training_jobs.run`; also raises ClusterError if no replica can be had.

        If the replica dies, another goes on, once: with what was taught so far, or from the beginning.
        """
        files = {key: _contents(request[key]) for key in FILES if key in request}
        end = time.monotonic() + seconds
        with self._measured("train"):
            for _ in range(ATTEMPTS):
                left = end - time.monotonic()
                try:
                    for message in self._messages(TrainingRequest(request, files, left), cancelled):
                        if "vector" in message:
                            request = {**request, "start": message["vector"]}
                        yield message
                    return
                except LOST:
                    continue
            raise ClusterError("The machine that learnt this has gone, and so has the one after it. Please try again.")

    def _messages(self, wanted: TrainingRequest, cancelled: CancelCheck) -> Iterator[Message]:
        answers = self._handle.options(stream=True).train.remote(wanted)
        arrived: queue.Queue[TrainingAnswer | Exception | None] = queue.Queue()
        threading.Thread(target=_fetch, args=(answers, arrived), daemon=True).start()
        latest = time.monotonic() + START_SECONDS
        try:
            while not cancelled():
                try:
                    answer = arrived.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    if time.monotonic() > latest:
                        raise ClusterError("No machine is free to learn now. Please try again later.") from None
                    continue
                latest = float("inf")
                if answer is None:
                    return
                if isinstance(answer, Exception):
                    raise answer
                if answer.error is not None:
                    raise answer.error
                if answer.message is not None:
                    yield answer.message
        finally:
            answers.cancel()


def _contents(named: str | list[str]) -> list[tuple[str, bytes]]:
    """The ending and the content of a file, or of each of several."""
    return [(Path(name).suffix, Path(name).read_bytes()) for name in ([named] if isinstance(named, str) else named)]


def _fetch(answers: Any, arrived: queue.Queue[TrainingAnswer | Exception | None]) -> None:
    """Put every answer where it can be waited for, and None or the error at the end."""
    try:
        for answer in answers:
            arrived.put(answer)
    except Exception as error:
        arrived.put(error)
    else:
        arrived.put(None)
