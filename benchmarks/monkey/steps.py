"""What a random visitor does: a script of steps, drawn from a seed, and the hands that carry them out in a browser."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, Route

EXAMPLES = ("astronaut", "chelsea", "coffee")  # of the page
PHOTO = "photo"  # what a visitor knows the page must have, besides the names in CONTROLS
STYLE = "style"
CONTROLS = {
    "strength": "#strength input[type=range]",
    "brush": "#brush input[type=range]",
    "second_share": "#second-share input[type=range]",
    "third_share": "#third-share input[type=range]",
}
REACH = 30_000  # milliseconds until something that is visible can be used
# How often each step is drawn, relative to the others.
WEIGHTS = {
    "choose": 4, "drop": 2, "example": 1, "broken": 1, "remove": 1, "tile": 6, "drag": 3, "keys": 4, "keep_colors": 2,
    "mix": 2, "mask": 2, "mask_clear": 0.5, "view": 1, "tab": 1, "pin": 2, "compare": 1.5, "undo": 1, "redo": 0.5,
    "look": 0.5, "retry": 0.5, "reload": 0.5, "back": 0.5, "offline": 0.5, "refuse": 0.5,
}  # fmt: skip
DROP = """([selector, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const target = document.querySelector(selector) ?? document.body;
  for (const event of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


@dataclass(frozen=True)
class Step:
    """One thing that a visitor does, and the milliseconds until the next."""

    name: str  # a method of `Visitor`
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
        "tile": lambda: draw.choice(styles),
        "drag": lambda: (draw.choice(sliders), round(draw.random(), 2)),
        "keys": lambda: (draw.choice(list(CONTROLS)), draw.choice(("ArrowLeft", "ArrowRight")), draw.randint(1, 8)),
        "mix": lambda: (draw.choice(("second", "third")), draw.randrange(len(styles) + 1)),
        "mask": lambda: [(round(draw.random(), 2), round(draw.random(), 2)) for _ in range(3)],
        "view": lambda: draw.choice(("split", "photo", "painting", "mask")),
        "tab": lambda: draw.randrange(1, 5),
        "pin": lambda: draw.choice(styles),
        "look": lambda: draw.randrange(4),
        "offline": lambda: draw.randint(100, 2500),
        "refuse": lambda: draw.randint(1, 3),
    }
    names = [name for name in WEIGHTS if network or name not in ("offline", "refuse")]
    steps = [Step("choose", draw.choice(photos), draw.randint(0, 1500))]
    for name in draw.choices(names, [WEIGHTS[name] for name in names], k=draw.randint(3, 9)):
        pause = draw.choice((0, draw.randint(20, 400), draw.randint(200, 2000)))
        steps.append(Step(name, values[name]() if name in values else None, pause))
    return steps


class Visitor:
    """Carries steps out, and remembers in `wanted` what the page must have in the end, as far as it can be known."""

    def __init__(self, page: Page, photos: Mapping[str, Path], broken: Path) -> None:
        self.page, self.photos, self.broken_file = page, photos, broken
        self.wanted: dict[str, Any] = {}
        self.pins: list[str] = []
        self.disturbed = False  # a photo or a request may have been lost on the way: the page says that it failed
        page.on("load", lambda _: self._lose_track())

    def do(self, step: Step) -> None:
        """Carry one step out, as far as the page offers it."""
        try:
            getattr(self, step.name)(*(() if step.value is None else (step.value,)))
        except Error as error:  # the page may have loaded itself anew under the hand
            if not self.disturbed:
                raise
            print(f"  {step}: {str(error).splitlines()[0]}")
        self.page.wait_for_timeout(step.pause)

    def _lose_track(self) -> None:
        """A page that was loaded anew has its controls from its address; what was pinned is gone."""
        self.wanted.clear()
        self.pins.clear()

    def _in_studio(self, selector: str) -> Locator | None:
        """An element of the first tab, if it is on show."""
        first = self.page.locator("#tabs button[role=tab]").first
        if first.get_attribute("aria-selected") != "true":
            first.click(timeout=REACH)
        found = self.page.locator(selector).first
        return found if found.is_visible() else None

    def choose(self, name: str) -> None:
        self._in_studio("#photo")
        self.page.locator("#photo input[type=file]").first.set_input_files(self.photos[name])
        self.wanted[PHOTO] = name

    def drop(self, what: tuple[str, str]) -> None:
        name, target = what
        path = self.photos[name]
        kind = "image/png" if path.suffix == ".png" else "image/jpeg"
        self.page.evaluate(DROP, [target, path.name, kind, base64.b64encode(path.read_bytes()).decode()])
        self.wanted[PHOTO] = name

    def example(self, name: str) -> None:
        if button := self._in_studio(f'#examples button[data-photo="{name}"]'):
            button.click(timeout=REACH)
            self.wanted[PHOTO] = name

    def broken(self) -> None:
        self._in_studio("#photo")
        self.page.locator("#photo input[type=file]").first.set_input_files(self.broken_file)
        self.wanted.pop(PHOTO, None)  # a photo that was still on its way is given up for it

    def remove(self) -> None:
        if button := self._in_studio('#photo [data-action="remove"]'):
            button.click(timeout=REACH)
            self.wanted[PHOTO] = ""

    def tile(self, style: str) -> None:
        if button := self._in_studio(f'.tile[data-style="{style}"] .tile-choose'):
            button.click(timeout=REACH)
            self.wanted[STYLE] = style

    def drag(self, what: tuple[str, float]) -> None:
        name, share = what
        slider = self._in_studio(CONTROLS[name])
        if slider is None:
            return
        slider.scroll_into_view_if_needed(timeout=REACH)
        box, mouse = slider.bounding_box(), self.page.mouse
        if box is None:
            return
        middle = box["y"] + box["height"] / 2
        mouse.move(box["x"] + box["width"] / 2, middle)
        mouse.down()
        mouse.move(box["x"] + 4 + share * (box["width"] - 8), middle, steps=4)
        mouse.up()
        self.wanted[name] = slider.input_value()

    def keys(self, what: tuple[str, str, int]) -> None:
        name, key, times = what
        if slider := self._in_studio(CONTROLS[name]):
            slider.focus(timeout=REACH)
            for _ in range(times):
                self.page.keyboard.press(key)
            self.wanted[name] = slider.input_value()

    def keep_colors(self) -> None:
        if box := self._in_studio("#keep-colors input"):
            box.click(timeout=REACH)
            self.wanted["keep_colors"] = box.is_checked()

    def mix(self, what: tuple[str, int]) -> None:
        place, number = what
        if (field := self._in_studio(f"#{place}-style input")) is None:
            if opener := self._in_studio("#blend button"):
                opener.click(timeout=REACH)
            field = self.page.locator(f"#{place}-style input").first
        field.click(timeout=REACH)
        self.page.get_by_role("option").nth(number).click(timeout=REACH)
        self.wanted[f"{place}_style"] = field.input_value()

    def view(self, name: str) -> None:
        if self._in_studio("#view-mode"):
            self.page.locator(f'#view-mode label:has(input[value="{name}"])').click(timeout=REACH)

    def mask(self, points: Sequence[tuple[float, float]]) -> None:
        self.view("mask")
        canvas = self._in_studio("#slider canvas")
        if canvas is None:
            return
        canvas.scroll_into_view_if_needed(timeout=REACH)
        if (box := canvas.bounding_box()) is None:
            return
        places = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=3)
        self.page.mouse.up()

    def mask_clear(self) -> None:
        self.view("mask")
        if button := self._in_studio(".mask-clear"):
            button.click(timeout=REACH)

    def tab(self, number: int) -> None:
        tab = self.page.locator("#tabs button[role=tab]").nth(number)
        if tab.is_visible():
            tab.click(timeout=REACH)

    def pin(self, style: str) -> None:
        if tile := self._in_studio(f'.tile[data-style="{style}"]'):
            tile.hover(timeout=REACH)
            tile.locator(".tile-pin").click(timeout=REACH)
            self.pins = [name for name in self.pins if name != style] if style in self.pins else [*self.pins, style]
            self.pins = self.pins[-4:]

    def compare(self) -> None:
        if (button := self._in_studio(".pin-bar button")) and button.is_enabled():
            button.click(timeout=REACH)

    def undo(self) -> None:
        self._return(".history-undo")

    def redo(self) -> None:
        self._return(".history-redo")

    def look(self, number: int) -> None:
        self._return(f".history-looks li:nth-child({number + 1}) button")

    def _return(self, selector: str) -> None:
        """To an earlier look, which the visitor does not know by heart; the photo stays."""
        if (button := self._in_studio(selector)) and button.is_enabled():
            button.click(timeout=REACH)
            self.wanted = {name: value for name, value in self.wanted.items() if name == PHOTO}

    def retry(self) -> None:
        for button in self.page.locator(".request-status button").all():
            if button.is_visible():
                button.click(timeout=REACH)

    def reload(self) -> None:
        self.page.reload()

    def back(self) -> None:
        self.page.goto("about:blank")
        self.page.go_back()

    def offline(self, milliseconds: int) -> None:
        self.disturbed = True
        self.page.context.set_offline(True)
        self.page.wait_for_timeout(milliseconds)
        self.page.context.set_offline(False)

    def refuse(self, count: int) -> None:
        """The next requests of the page are lost, as by a weak signal."""
        self.disturbed = True
        left = count

        def lose(route: Route) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                route.continue_()
            else:
                route.abort("connectionreset")

        self.page.route("**/gradio_api/**", lose, times=count)
