"""Where the networks lie that come with the package: in a checkout beside it, in an installed package inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

MODELS = _PACKAGE / "models" if (_PACKAGE / "models").is_dir() else _PACKAGE.parent / "models"
LOSS_NETWORK = MODELS / "loss.safetensors"  # our own, made by `stylize distil`
