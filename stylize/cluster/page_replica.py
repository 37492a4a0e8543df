"""The page on a cluster: one replica that serves it and never paints, and painter replicas behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from starlette.concurrency import run_in_threadpool

from stylize.cluster.metrics import Metrics
from stylize.cluster.page_overlap import OtherPages, OverlapMiddleware, finished, listening
from stylize.cluster.painter_replica import Painter
from stylize.cluster.remote_stylizer import RemotePainters, RemoteStylizer
from stylize.cluster.remote_training import RemoteTraining
from stylize.cluster.trainer_replica import Trainer
from stylize.web.app import build_demo, launch_options
from stylize.web.config import WebConfig
from stylize.web.hosting import gradio_hooks, gradio_sessions, memory, shutdown
from stylize.web.services.training_jobs import IDLE_SECONDS

AHEAD = 2  # pictures at a replica: one is painted, and the next is there when it ends
FINISH_SECONDS = 120.0  # that a replica has for what it is painting when it is replaced
UPSCALE_SECONDS, DOWNSCALE_SECONDS = 5.0, 120.0  # of more, or less, waiting than the replicas are there for
MEET_SECONDS = 30.0  # that the page before has to say where it is
PAINTER = "Painter"  # the deployment's name, in the configuration file, too
TRAINER: dict[str, Any] = {  # there is none until somebody may want one, and each has one job
    "max_ongoing_requests": 1,
    "autoscaling_config": {
        "min_replicas": 0,
        "max_replicas": 1,
        "target_ongoing_requests": 1,
        "upscale_delay_s": 0.0,
        "downscale_delay_s": IDLE_SECONDS,
    },
}


_log = logging.getLogger(__name__)


class PageArguments(BaseModel):
    """What a host may choose: `serve run stylize.cluster:page max_replicas=8 cpus=2`.

    min_replicas, max_replicas: painter replicas, between which their number follows what waits.
    max_trainers: replicas that teach or optimise, each there while it has a job.
    cpus, gpus: of one replica of either kind; a part of a GPU is a fraction.
    device, models: as those of a Stylizer, the same on all machines.
    metrics: serve /metrics for Prometheus, to everybody who reaches the page.
    """

    model_config = ConfigDict(extra="forbid")

    min_replicas: int = Field(1, ge=1)
    max_replicas: int = Field(4, ge=1)
    max_trainers: int = Field(1, ge=1)
    cpus: float = Field(1.0, gt=0)
    gpus: float = Field(0.0, ge=0)
    device: str | None = None
    models: str | None = None
    metrics: bool = False


class Page:
    """The page's only replica: Gradio keeps its queue and its sessions in one process.

    It is ready once a painter has answered.
    """

    async def __init__(  # type: ignore[misc]
        self, painters: Any, trainers: Any, models: str | None, places: int, lessons: int, metrics: bool
    ) -> None:
        memory.limit_heap()
        shutdown.isolate_temp_files()
        runs_on = await painters.device.remote()
        self._metrics = (
            Metrics(lambda: gradio_sessions.queue_length(self._page), partial(_running, PAINTER)) if metrics else None
        )
        measured = self._metrics.measured if self._metrics else lambda task: nullcontext()
        stylizer = RemoteStylizer(RemotePainters(painters, measured), models, runs_on, places)
        self._config = replace(WebConfig.from_environment(), concurrency_limit=places, training_limit=lessons)
        # in a thread: a style without a thumbnail is painted now, and an event loop must not wait for that
        training = RemoteTraining(trainers, measured)
        self._page = await asyncio.to_thread(build_demo, stylizer, self._config, training)
        self._others = OtherPages(partial(gradio_sessions.is_with, self._page))

    async def meet(self, address: str) -> list[str]:
        """Know the page that is to take the place of this one; answers where this one is, and others that it knows."""
        known = [self._others.address, *self._others.addresses]
        self._others.add([address])
        return known

    def __serve_build_asgi_app__(self) -> FastAPI:
        """The page, `/healthz`, `/readyz` and, if they are wanted, `/metrics`."""
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.add_api_route("/healthz", _health)
        app.add_api_route("/readyz", _readiness)
        if metrics := self._metrics:
            app.add_api_route("/metrics", lambda: PlainTextResponse(metrics.text()))  # in a thread: no coroutine
        gradio_hooks.mount(app, self._page, launch_options(self._config))
        app.add_middleware(OverlapMiddleware, others=self._others)
        app.router.lifespan_context = partial(self._lifespan, app.router.lifespan_context)
        return app

    @asynccontextmanager
    async def _lifespan(self, inner: Any, app: FastAPI) -> AsyncIterator[Any]:
        """That of the page: it knows the page before from its start, and ends when what was handed over is done."""
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(inner(app))
            await stack.enter_async_context(listening(app, self._others))
            try:
                self._others.add(await _met(self._others.address))
            except Exception:  # the page before has just ended, or is an older release's: nothing can be handed over
                _log.warning("the page before cannot be asked", exc_info=True)
            yield state
            await finished(self._others, partial(gradio_sessions.is_busy, self._page))


async def _met(address: str) -> list[str]:
    """Where the pages are that run already, which know this one now."""
    context = serve.get_replica_context()
    if not await asyncio.to_thread(_running, context.deployment):
        return []
    before = serve.get_deployment_handle(context.deployment, context.app_name)
    found: list[str] = await asyncio.wait_for(before.meet.remote(address), MEET_SECONDS)
    return found


async def _health() -> dict[str, str]:
    """The page's process answers."""
    return {"status": "ok"}


async def _readiness() -> JSONResponse:
    """Whether somebody could have a picture painted now: status 200, or 503 while no painter replica runs."""
    running = await run_in_threadpool(_running, PAINTER)
    return JSONResponse({"painters": running}, status_code=200 if running else 503)


def _running(deployment: str) -> int:
    """How many of its replicas run."""
    name = serve.get_replica_context().app_name
    states = serve.status().applications[name].deployments[deployment].replica_states
    return int(states.get("RUNNING", 0))


def application(arguments: PageArguments) -> Any:
    """The application of Ray Serve."""
    painter = serve.deployment(
        Painter,
        name=PAINTER,
        ray_actor_options={"num_cpus": arguments.cpus, "num_gpus": arguments.gpus},
        max_ongoing_requests=AHEAD,
        autoscaling_config={
            "min_replicas": arguments.min_replicas,
            "max_replicas": max(arguments.min_replicas, arguments.max_replicas),
            "target_ongoing_requests": AHEAD,
            "upscale_delay_s": UPSCALE_SECONDS,
            "downscale_delay_s": DOWNSCALE_SECONDS,
        },
        graceful_shutdown_timeout_s=FINISH_SECONDS,
    )
    trainer = serve.deployment(
        Trainer,
        name="Trainer",
        ray_actor_options={"num_cpus": arguments.cpus, "num_gpus": arguments.gpus},
        max_ongoing_requests=TRAINER["max_ongoing_requests"],
        autoscaling_config={**TRAINER["autoscaling_config"], "max_replicas": arguments.max_trainers},
        graceful_shutdown_timeout_s=WebConfig.from_environment().max_training_seconds + FINISH_SECONDS,
    )
    page = serve.deployment(
        serve.ingress()(Page),
        name="Page",
        num_replicas=1,
        ray_actor_options={"num_cpus": 0},
        max_surge_percent=100,  # a new one is ready before the old one goes
        max_ongoing_requests=10_000,  # every open page holds a stream of answers
        graceful_shutdown_timeout_s=FINISH_SECONDS,
    )
    models, threads, places = arguments.models, max(1, int(arguments.cpus)), AHEAD * arguments.max_replicas
    painters, trainers = painter.bind(models, arguments.device, threads), trainer.bind(models, threads)
    return page.bind(painters, trainers, models, places, arguments.max_trainers, arguments.metrics)
