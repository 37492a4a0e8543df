"""When a page has come to rest: it waits for nothing, neither for its server nor for a picture."""

from __future__ import annotations

from playwright.sync_api import Page

PATIENCE = 240_000  # milliseconds that a page may wait beside busy processes
QUIET = [1000, 30]  # milliseconds and frames without anything that is waited for, after which the page must be right
# Waits until nothing is open: frames count as well, so that a busy machine does not hurry the page.
SETTLED = """([milliseconds, frames]) => {
  const now = performance.now();
  const open = !window.stylize || !document.querySelector(".tile")
    || document.querySelector(".request-status[data-state=open], .photo-status[data-state=open]")
    || [...document.querySelectorAll("#slider img, .tile img")]
      .some((image) => image.hasAttribute("src") && !(image.complete && image.naturalWidth));
  if (open) window.quiet = undefined;
  else window.quiet ??= { since: now, frames: 0 };
  return !open && now - window.quiet.since > milliseconds && ++window.quiet.frames > frames;
}"""


def settle(page: Page) -> None:
    """Wait until the page waits for nothing. Raises playwright's TimeoutError."""
    page.wait_for_function(SETTLED, arg=QUIET, timeout=PATIENCE)
