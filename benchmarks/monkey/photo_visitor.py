"""What a random visitor does with photos, and what the visitor then knows that the page must have in the end."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page

from benchmarks.monkey.rest import PATIENCE
from benchmarks.monkey.steps import Step

PHOTO, CROP, MASK = "photo", "crop", "mask"  # what a visitor knows of it
REACH = 30_000  # milliseconds until something that is visible can be used
FILE = "#photo input[type=file]"
THUMBNAIL = ".photo-strip .photo-thumbnail"
LEAST_SHARE, STEP_SHARE = 0.04, 0.01  # of a side: the least that a crop leaves, and by how much a key moves it
NOT_OPENING = "() => !document.querySelector('.photo-status[data-state=open]')"
DROP = """([selector, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const target = document.querySelector(selector) ?? document.body;
  for (const event of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def crop_text(turns: int, box: Sequence[float]) -> str:
    """A crop, to be compared; empty for the whole photo."""
    text = f"{turns} {' '.join(f'{share:.3f}' for share in box)}"
    return "" if text == "0 0.000 0.000 1.000 1.000" else text


class PhotoVisitor:
    """Carries steps out with photos; `wanted` is what the page must have in the end, as far as it can be known."""

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
        self.page.locator(FILE).first.set_input_files(self.photos[name])
        self._want_photo(name)

    def drop(self, what: tuple[str, str]) -> None:
        name, target = what
        path = self.photos[name]
        kind = "image/png" if path.suffix == ".png" else "image/jpeg"
        self.page.evaluate(DROP, [target, path.name, kind, base64.b64encode(path.read_bytes()).decode()])
        self._want_photo(name)

    def example(self, name: str) -> None:
        if button := self._in_studio(f'#examples button[data-photo="{name}"]'):
            button.click(timeout=REACH)
            self._want_photo(name)

    def broken(self) -> None:
        self._in_studio("#photo")
        self.page.locator(FILE).first.set_input_files(self.broken_file)
        self._want_photo(None)  # one that was still on its way is given up for it

    def add(self, names: Sequence[str]) -> None:
        """Several photos beside the one on show."""
        if button := self._in_studio('#photo [data-action="add"]'):
            with self.page.expect_file_chooser(timeout=REACH) as chooser:
                button.click(timeout=REACH)
            chooser.value.set_files([self.photos[name] for name in names])
            self._want_photo(names[0])

    def strip(self, number: int) -> None:
        if thumbnail := self._in_strip(number):
            name = Path(thumbnail.get_attribute("title") or "").stem
            thumbnail.click(timeout=REACH)
            self.wanted.pop(MASK, None)
            if name == self.wanted.get(PHOTO):
                return  # it is on show, or another one of the same name
            self._want_photo(name if name in self.photos else None)
            self.wanted.pop(CROP, None)

    def strip_remove(self, number: int) -> None:
        if thumbnail := self._in_strip(number):
            thumbnail.locator("xpath=../*[@class='photo-cross']").click(timeout=REACH)
            self._want_photo(None)

    def remove(self) -> None:
        if button := self._in_studio('#photo [data-action="remove"]'):
            several = self.page.locator(THUMBNAIL).count() > 1
            button.click(timeout=REACH)
            self._want_photo(None if several else "")

    def forget(self) -> None:
        if button := self._in_studio('#photo [data-action="forget"]'):
            button.click(timeout=REACH)
            self._want_photo("")

    def crop(self, what: tuple[int, int, int]) -> None:
        """Quarter turns, then so many steps narrower and lower."""
        turns, narrower, lower = what
        if (dialog := self._open_crop()) is None:
            return
        for _ in range(turns):
            dialog.locator("[data-crop=right]").click(timeout=REACH)
        dialog.locator(".crop-box").focus(timeout=REACH)
        for key, times in (("Shift+ArrowLeft", narrower), ("Shift+ArrowUp", lower)):
            for _ in range(times):
                self.page.keyboard.press(key)
        dialog.locator("[data-crop=apply]").click(timeout=REACH)
        self.wanted.pop(MASK, None)
        if CROP in self.wanted:
            self.wanted[CROP] = _cropped(self.wanted[CROP], turns, narrower, lower)

    def crop_whole(self) -> None:
        if dialog := self._open_crop():
            dialog.locator("[data-crop=whole]").click(timeout=REACH)
            self.wanted.pop(MASK, None)
            if CROP in self.wanted:
                self.wanted[CROP] = ""

    def _open_crop(self) -> Locator | None:
        """The dialog; it opens for the photo on show, once that is there."""
        self.page.wait_for_function(NOT_OPENING, timeout=PATIENCE)
        if (button := self._in_studio('#photo [data-action="crop"]')) is None:
            return None
        button.click(timeout=REACH)
        dialog = self.page.locator("dialog.photo-crop")
        dialog.wait_for(timeout=REACH)
        return dialog

    def _in_strip(self, number: int) -> Locator | None:
        self._in_studio("#photo")
        found = self.page.locator(THUMBNAIL)
        count = found.count()
        return found.nth(number % count) if count > 1 else None

    def _want_photo(self, name: str | None) -> None:
        """A photo as it was brought, none (empty), or one that the visitor does not know."""
        self.wanted.pop(MASK, None)
        for key, value in ((PHOTO, name), (CROP, name and "")):
            if value is None:
                self.wanted.pop(key, None)
            else:
                self.wanted[key] = value


def _cropped(crop: str, turns: int, narrower: int, lower: int) -> str:
    """What these turns and keys make of a crop."""
    quarters, left, top, width, height = map(float, (crop or "0 0 0 1 1").split())
    for _ in range(turns):
        quarters, left, top, width, height = (quarters + 1) % 4, 1 - top - height, left, height, width
    width, height = (max(LEAST_SHARE, side - STEP_SHARE * keys) for side, keys in ((width, narrower), (height, lower)))
    return crop_text(int(quarters), (left, top, width, height))
