"""The hands of a random visitor: everything beside photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Route

from benchmarks.monkey.photo_visitor import CROP, MASK, PHOTO, REACH, PhotoVisitor
from benchmarks.monkey.rest import settle
from benchmarks.monkey.steps import CONTROLS

STYLE = "style"  # what a visitor knows the page must have, besides photos and the names in CONTROLS
HELD = "(selectors) => selectors.findIndex((one) => document.querySelector(one) === document.activeElement)"
SHOWN = "() => document.querySelector('#photo img')?.src ?? ''"


class Visitor(PhotoVisitor):
    """Carries any step out."""

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
        held = self.page.evaluate(HELD, list(CONTROLS.values()))  # a picture that comes may push another slider there
        name = list(CONTROLS)[held] if held >= 0 else name
        self.wanted[name] = self.page.locator(CONTROLS[name]).input_value()

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
        self.wanted.pop(MASK, None)
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
        self.wanted.pop(MASK, None)
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
            button.evaluate("(one) => one.click()")  # it may be closed by now, when a new photo has come
            self.wanted = {name: value for name, value in self.wanted.items() if name in (PHOTO, CROP)}

    def retry(self) -> None:
        for button in self.page.locator(".request-status button").all():
            if button.is_visible():
                button.click(timeout=REACH)

    def reload(self, rested: bool) -> None:
        self._leave(rested, self.page.reload)

    def back(self, rested: bool) -> None:
        def go() -> None:
            self.page.goto("about:blank")
            self.page.go_back()

        self._leave(rested, go)

    def _leave(self, rested: bool, go: Callable[[], object]) -> None:
        """Leave and return. What the page had come to rest on is there again, and any photo that was on show."""
        if rested:
            settle(self.page)
            self.wanted[MASK] = self.page.evaluate("() => window.stylize.mask ?? ''")
        kept = dict(self.wanted) if rested else {}
        if not rested and Path(self.page.evaluate(SHOWN)).stem == self.wanted.get(PHOTO):
            kept = {name: self.wanted[name] for name in (PHOTO, CROP) if name in self.wanted}
        go()
        if not self.disturbed:
            self.wanted = kept

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
