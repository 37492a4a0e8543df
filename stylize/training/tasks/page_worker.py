"""Teaching and optimising in a process of its own, for a page that must go on painting meanwhile.

    python -m stylize.training.tasks.page_worker < request.json

One request comes in as a line of JSON, and every step goes out as one (`stylize.web.services.training_jobs` is
the other end):

    {"task": "teach", "models": folder, "paintings": [files], "start": [floats], "steps": n, "threads": n}
        -> {"step": 20, "steps": 120, "loss": 1.2, "vector": [floats]}       the best so far
    {"task": "optimise", "photo": file, "painting": file, "size": pixels, "steps": n, "threads": n}
        -> {"step": 20, "steps": 100, "loss": 1.2, "picture": base64 of a JPEG}
    what goes wrong -> {"error": a sentence}

The process ends when its standard input closes: with the page, or when nobody waits any more.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from stylize.errors import StylizeError
from stylize.styles import Style
from stylize.stylizer import Stylizer
from stylize.training.data.images import to_image
from stylize.training.device import best_device
from stylize.training.tasks import optimise, teach
from stylize.training.tasks.style_trainer import TeachConfig

PREVIEW_EVERY = 1.5  # seconds between two pictures of an optimisation
QUALITY = 92  # of the JPEG
OCTAVES = 2  # coarse-to-fine sizes of an optimisation

Line = dict[str, Any]


def teach_lines(request: Line) -> Iterator[Line]:
    """Fit a style to a painting, or to several."""
    config = TeachConfig()
    if request["steps"]:
        config = replace(config, steps=request["steps"])
    style = Style("taught", "Taught", vector=np.array(request["start"], np.float32))
    stylizer = Stylizer(request["models"], "cpu", request["threads"])
    for at in teach.teach_style(request["paintings"], stylizer.folder, style=style, config=config, stylizer=stylizer):
        yield {"step": at.step, "steps": at.steps, "loss": at.best, "vector": at.style.vector.tolist()}


def optimise_lines(request: Line) -> Iterator[Line]:
    """Optimise one picture from coarse to fine; yields now and then, and at the end."""
    config = optimise.OptimiseConfig(
        size=request["size"], iterations=max(1, request["steps"] // OCTAVES), octaves=OCTAVES, optimizer="lbfgs"
    )
    shown, total = 0.0, config.iterations * OCTAVES
    steps = optimise.optimise(request["photo"], request["painting"], config=config, device=best_device())
    for done, at in enumerate(steps):
        step = min(total, done - (at.size > config.size / OCTAVES))  # each octave also reports its start
        last = at.iteration == at.iterations and at.size == config.size
        if last or time.monotonic() - shown > PREVIEW_EVERY:
            shown = time.monotonic()
            picture = _jpeg(to_image(at.pixels))
            yield {"step": total if last else step, "steps": total, "loss": at.total, "picture": picture}


def main() -> int:
    """The command. Returns the exit status."""
    torch.optim.Adam([torch.zeros(1)])  # the first one imports for two seconds; better before there is a request
    asked = sys.stdin.readline()
    if not asked:  # nobody wants anything any more
        return 0
    request = json.loads(asked)
    threading.Thread(target=_watch, daemon=True).start()
    torch.set_num_threads(request["threads"])
    answers = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            for line in {"teach": teach_lines, "optimise": optimise_lines}[request["task"]](request):
                print(json.dumps(line), file=answers, flush=True)
    except StylizeError as error:
        print(json.dumps({"error": str(error)}), file=answers, flush=True)
        return 1
    return 0


def _watch() -> None:
    """End the process when nobody holds the other end of standard input."""
    sys.stdin.read()
    os._exit(0)


def _jpeg(image: Image.Image) -> str:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=QUALITY)
    return base64.b64encode(data.getvalue()).decode()


if __name__ == "__main__":
    sys.exit(main())
