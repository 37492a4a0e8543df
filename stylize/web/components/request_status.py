"""Lines that tell how far something is: open, busy, done, or failed, with a button to try again."""

from __future__ import annotations

from stylize.web.locale.markup import element


def request_status(kind: str) -> str:
    """HTML of the line for a kind of request; static/requests.js fills it in. A component's script has the button."""
    retry = element("try_again", "button", type="button", hidden="")
    return f'<p class="request-status" data-kind="{kind}" role="status"><span></span>{retry}</p>'


def work_status(name: str) -> str:
    """HTML of the line and bar for work that takes a while; `showProgress` of static/i18n.js fills them in."""
    line = f'<p class="work-status {name}-status" role="status" aria-live="polite"></p>'
    retry = element("try_again", "button", type="button", class_="work-retry", hidden="")
    return f'{line}{retry}<progress max="1" hidden></progress>'
