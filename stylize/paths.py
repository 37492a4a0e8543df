"""Where the files lie that come with the package. Networks: in a checkout beside it, installed inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

MODELS = _PACKAGE / "models" if (_PACKAGE / "models").is_dir() else _PACKAGE.parent / "models"
STATIC = _PACKAGE / "web" / "static"  # what browsers get: scripts, style sheets, the demo without a server
FONTS = _PACKAGE / "fonts"  # of the page and of contact sheets
LOSS_NETWORK = MODELS / "loss.safetensors"  # our own, made by `stylize distil`
