"""The painter and its styles for the browser: what `stylize/web/static/webgpu/` reads.

painter.json   layers, sizes, styles, and the names of the files beside it
painter-*.bin  the convolutions' weights, half precision, as 4x4 matrices: [out / 4][in / 4][row][column][in][out]
fine-*.bin     the same of the fine painter, where there is one
styles-*.bin   style vectors, float32, one after the other as painter.json lists them
grain-*.bin    the grain's field, int8 [side, side, 3]
test-*.bin     what ONNX Runtime makes of the known picture, bytes [height, width, 3]: a device must agree

Names hold a part of the SHA-256 of what is inside, so that a browser may keep them for good.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.errors import StyleError, TrainingError
from stylize.imaging import atomic_path
from stylize.inference.input_noise import FIELD, grain
from stylize.inference.layers import multiple, shallow, shrink
from stylize.inference.painter import FINE
from stylize.inference.style_vector import of_layers
from stylize.styles import PHOTO
from stylize.stylizer import Stylizer
from stylize.training.models.instance_norm import EPSILON
from stylize.training.models.painter import Painter
from stylize.training.models.trained_run import read_painter

BLOCK = 4  # channels that the kernels compute side by side
DESCRIPTION = "painter.json"
TEST_SIZE = 64, 48  # width and height of the known picture


def known_picture() -> NDArray[np.uint8]:
    """The picture that every device is tried with, [H, W, 3]: colours that rise along columns, rows and both."""
    y, x = np.mgrid[: TEST_SIZE[1], : TEST_SIZE[0]]
    return np.stack([x * 5 % 256, y * 7 % 256, (x + y) * 3 % 256], -1).astype(np.uint8)


def matrices(weight: NDArray[np.float32]) -> NDArray[np.float16]:
    """A convolution's weights [out, in, k, k] as [out / 4, in / 4, k, k, 4 (in), 4 (out)], with zeros for channels that
    fill up a block of what it sees. Raises TrainingError if its own channels fill no whole blocks.
    """
    channels, inputs = weight.shape[:2]
    if channels % BLOCK:
        raise TrainingError(f"The browser's painter computes {BLOCK} channels at once; a layer has {channels}.")
    filled = np.pad(weight, ((0, 0), (0, -inputs % BLOCK), (0, 0), (0, 0)))
    blocks = filled.reshape(channels // BLOCK, BLOCK, filled.shape[1] // BLOCK, BLOCK, *weight.shape[2:])
    return blocks.transpose(0, 2, 4, 5, 3, 1).astype(np.float16)


def export_web_model(models: Path, out: Path, chosen: Sequence[str] = ()) -> list[Path]:
    """Write the painter of a models folder for the browser into `out`; returns the files, painter.json first.

    `chosen` are the ids of the styles, by default all that are no external networks. Raises TrainingError or
    NetworkError if the models cannot be read, StyleError if a style is not there or is an external network.
    """
    painter, stylizer = read_painter(models), Stylizer(models, "cpu", precision="float32")
    wanted = [stylizer.styles[name] for name in chosen] or [s for s in stylizer.styles if s.network is None]
    for style in wanted:
        if style.network is not None:
            raise StyleError(f"{style.id} is an external network, which the browser's painter cannot run.")
    styles = [stylizer.styles[PHOTO], *wanted]
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "weights": _write(out, "painter", _weights(painter)),
        "vectors": _write(out, "styles", np.stack([style.vector for style in styles]).astype("<f4").tobytes()),
        "grain": _write(out, "grain", grain(range(FIELD), range(FIELD)).tobytes()),
    }
    tested = styles[-1]
    painted = stylizer(Image.fromarray(known_picture()), tested)
    files["test"] = _write(out, "test", np.asarray(painted).tobytes())
    about = {
        **{name: path.name for name, path in files.items() if name != "test"},
        "test": {"painted": files["test"].name, "style": tested.id, "width": TEST_SIZE[0], "height": TEST_SIZE[1]},
        "sha256": styles[0].painter,
        **_network(painter),
        "style_size": painter.shape.style_size,
        "epsilon": EPSILON,
        "grain_side": FIELD,
        "styles": [style.as_dict() for style in styles],
    }
    if (models / FINE.float32).is_file():
        fine = read_painter(models, FINE.float32)
        files["fine"] = _write(out, "fine", _weights(fine))
        numbers = of_layers(np.arange(painter.shape.style_size), painter.shape.channels, shallow(painter.shape.layers))
        about["fine"] = {**_network(fine), "weights": files["fine"].name, "numbers": numbers.tolist()}
    description = out / DESCRIPTION
    with atomic_path(description) as path:
        path.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    return [description, *files.values()]


def _network(painter: Painter) -> dict[str, Any]:
    """What the browser must know of a painter's network."""
    layers = painter.shape.layers
    return {
        "layers": [asdict(layer) for layer in layers],
        "pad": painter.pad,
        "border": painter.pad - shrink(layers),
        "multiple": multiple(layers),
    }


def _weights(painter: Painter) -> bytes:
    weights = [matrices(layer.weight.detach().numpy()) for layer in painter.convolutions]
    return np.concatenate([part.ravel() for part in weights]).tobytes()


def _write(out: Path, name: str, data: bytes) -> Path:
    target = out / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    with atomic_path(target) as path:
        path.write_bytes(data)
    return target
