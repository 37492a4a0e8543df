"""What a random visitor does: a script of steps, drawn from a seed. `visitor.Visitor` carries them out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXAMPLES = ("astronaut", "chelsea", "coffee")  # of the page
CONTROLS = {
    "strength": "#strength input[type=range]",
    "brush": "#brush input[type=range]",
    "second_share": "#second-share input[type=range]",
    "third_share": "#third-share input[type=range]",
}
# How often each step is drawn, relative to the others.
WEIGHTS = {
    "choose": 4, "drop": 2, "example": 1, "broken": 1, "remove": 1, "add": 2, "strip": 2, "strip_remove": 0.5,
    "crop": 1.5, "crop_whole": 0.5, "forget": 0.3, "tile": 6, "drag": 3, "keys": 4, "keep_colors": 2,
    "mix": 2, "mask": 2, "mask_clear": 0.5, "view": 1, "tab": 1, "pin": 2, "compare": 1.5, "undo": 1, "redo": 0.5,
    "look": 0.5, "retry": 0.5, "reload": 1, "back": 1, "offline": 0.5, "refuse": 0.5,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that a visitor does, and the milliseconds until the next."""

    name: str  # a method of `visitor.Visitor`
    value: Any = None
    pause: int = 0

    def __str__(self) -> str:
        return f"{self.name}({'' if self.value is None else repr(self.value)}) then {self.pause} ms"


def script(seed: int, photos: Sequence[str], styles: Sequence[str], network: bool = True) -> list[Step]:
    """The steps of a burst: the same for the same seed. Without `network` the connection is never lost."""
    draw = random.Random(seed)
    sliders = list(CONTROLS)[:2]
    values: Mapping[str, Callable[[], Any]] = {
        "choose": lambda: draw.choice(photos),
        "drop": lambda: (draw.choice(photos), draw.choice(("#photo", "#viewer", ".tile img", "body"))),
        "example": lambda: draw.choice(EXAMPLES),
        "add": lambda: draw.sample(photos, 2),
        "strip": lambda: draw.randrange(4),
        "strip_remove": lambda: draw.randrange(4),
        "crop": lambda: (draw.randrange(4), draw.randrange(40), draw.randrange(40)),
        "tile": lambda: draw.choice(styles),
        "drag": lambda: (draw.choice(sliders), round(draw.random(), 2)),
        "keys": lambda: (draw.choice(list(CONTROLS)), draw.choice(("ArrowLeft", "ArrowRight")), draw.randint(1, 8)),
        "mix": lambda: (draw.choice(("second", "third")), draw.randrange(len(styles) + 1)),
        "mask": lambda: [(round(draw.random(), 2), round(draw.random(), 2)) for _ in range(3)],
        "view": lambda: draw.choice(("split", "photo", "painting", "mask")),
        "tab": lambda: draw.randrange(1, 5),
        "pin": lambda: draw.choice(styles),
        "look": lambda: draw.randrange(4),
        "reload": lambda: draw.random() < 0.5,
        "back": lambda: draw.random() < 0.5,
        "offline": lambda: draw.randint(100, 2500),
        "refuse": lambda: draw.randint(1, 3),
    }
    names = [name for name in WEIGHTS if network or name not in ("offline", "refuse")]
    steps = [Step("choose", draw.choice(photos), draw.randint(0, 1500))]
    for name in draw.choices(names, [WEIGHTS[name] for name in names], k=draw.randint(3, 9)):
        pause = draw.choice((0, draw.randint(20, 400), draw.randint(200, 2000)))
        steps.append(Step(name, values[name]() if name in values else None, pause))
    return steps
