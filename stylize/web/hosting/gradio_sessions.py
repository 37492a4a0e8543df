"""Every place where this page reaches into Gradio's queue, and into what it keeps for each visitor.

See gradio_hooks for all else that is private; a new version of Gradio may change each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.utils import LRUCache

from stylize.web.hosting.gradio_hooks import is_uploaded_file


def disconnect_check(page: gr.Blocks, request: gr.Request) -> Callable[[], bool]:
    """What says whether a caller over HTTP has hung up: only the queue's running events know."""
    session = request.session_hash

    def disconnected() -> bool:
        jobs = page._queue.active_jobs
        own = [event for job in jobs if job for event in job if event.session_hash == session]
        return bool(own) and not any(event.alive for event in own)

    return disconnected


def has_events(page: gr.Blocks, session: str) -> bool:
    """Whether anything of a session is in the queue, running or waiting."""
    queue = page._queue
    waiting = [event for line in queue.event_queue_per_concurrency_id.values() for event in line.queue]
    running = [event for job in queue.active_jobs for event in job or ()]
    return any(event.session_hash == session for event in (*running, *waiting))


def owes_answer(page: gr.Blocks, session: str) -> bool:
    """Whether a session waits for an answer, or for the rest of one."""
    return bool(page._queue.pending_event_ids_session.get(session))


def owes_event(page: gr.Blocks, event: str) -> bool:
    """Whether somebody waits for the answer to an event."""
    return any(event in events for events in list(page._queue.pending_event_ids_session.values()))


def is_with(page: gr.Blocks, kind: str, name: str) -> bool:
    """Whether an upload ("file"), the answer to a session ("session") or to one event ("event") is this page's."""
    if kind == "file":
        return is_uploaded_file(name)
    return owes_answer(page, name) if kind == "session" else owes_event(page, name)


def keep_session_if(page: gr.Blocks, kept: Callable[[], bool]) -> None:
    """Have the end of a stream of answers leave its session's events and messages alone where `kept` says so."""
    queue = page._queue

    class Messages(LRUCache[str, Any]):
        def __delitem__(self, session: str) -> None:
            if not kept():
                super().__delitem__(session)

    async def clean_events(*, session_hash: str | None = None, event_id: str | None = None) -> None:
        if session_hash is None or not kept():
            await clean(session_hash=session_hash, event_id=event_id)

    queue.pending_messages_per_session = Messages(queue.pending_messages_per_session.max_size)
    clean = queue.clean_events
    setattr(queue, "clean_events", clean_events)  # noqa: B010


async def drop_session(page: gr.Blocks, session: str) -> None:
    """As Gradio does where a stream ends: what the session waits for is done no more."""
    messages = page._queue.pending_messages_per_session
    if session in messages:
        del messages[session]
    await page._queue.clean_events(session_hash=session)


def forget_session(page: Any, session: str) -> None:
    """Drop a session's state, which Gradio keeps for every single call over HTTP until many others came.

    Call it on the page's event loop: there Gradio makes a state and reads it in two steps, with none of ours between.
    """
    holder = getattr(page, "state_holder", None)  # it is there once the page was launched
    if holder is not None:
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)


def refuse_requests(page: gr.Blocks) -> None:
    """From now on, tell newcomers that the queue is full: Gradio has no other way to close a running page's queue."""
    page._queue.max_size = 0


def is_busy(page: gr.Blocks) -> bool:
    """Whether something is being painted or waits for it."""
    return bool(queue_length(page)) or any(page._queue.active_jobs)


def queue_length(page: gr.Blocks) -> int:
    """How many requests wait; Gradio tells it to nobody."""
    return len(page._queue)


def on_join(page: gr.Blocks, joined: Callable[[str], None]) -> None:
    """Have `joined` told the session of each event before it is put in the queue."""
    push = page._queue.push

    async def told_push(body: Any, *arguments: Any, **options: Any) -> Any:
        joined(body.session_hash or "")
        return await push(body, *arguments, **options)

    setattr(page._queue, "push", told_push)  # noqa: B010


def reopen_session(page: Any, session: str) -> None:
    """Keep the state of a session whose heartbeat has ended: Gradio deletes it in the hour after."""
    holder = getattr(page, "state_holder", None)
    if holder is not None and session in holder.session_data:
        holder.session_data[session].is_closed = False
