"""Several frames of a film painted at the same time, each on a thread of its own, beside decoding and encoding.

A network on two threads is 1.3 times as fast as on one, two networks on one each are nearly twice as fast.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from stylize.imaging import Pixels
from stylize.inference.engine_protocol import PaintFrame
from stylize.video.temporal import FrameStylizer, StartedFrame

AHEAD = 3  # frames that wait for each one that is painted: there is work while a frame is measured or encoded

Item = TypeVar("Item")


def paint_frames(paint_frame: PaintFrame, frames: Iterable[tuple[Item, Pixels]]) -> Iterator[tuple[Item, Pixels]]:
    """Paint frames [H, W, 3] in their order, each with something that goes with it.

    Some are read ahead where `paint_frame` can paint several at once.
    """
    count = paint_frame.at_once if isinstance(paint_frame, FrameStylizer) else 1
    if not isinstance(paint_frame, FrameStylizer) or count < 2:
        for item, pixels in frames:
            yield item, paint_frame(pixels)
        return
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(count))
        for _ in range(count - 1):  # one is the film itself; so each frame has its threads from the first to the last
            stack.enter_context(paint_frame.shared())
        in_work: deque[tuple[Item, StartedFrame, Future[Pixels]]] = deque()
        stack.callback(lambda: [painted.cancel() for _, _, painted in in_work])
        for item, pixels in frames:
            started = paint_frame.start(pixels)
            in_work.append((item, started, pool.submit(paint_frame.paint, started)))
            if len(in_work) > AHEAD * count:
                done, begun, painted = in_work.popleft()
                yield done, paint_frame.finish(begun, painted.result())
        while in_work:
            done, begun, painted = in_work.popleft()
            yield done, paint_frame.finish(begun, painted.result())
