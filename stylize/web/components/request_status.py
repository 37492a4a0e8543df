"""One line that tells whether what was asked for is open or failed, with a button to try again."""

from __future__ import annotations

from stylize.web.locale.markup import element


def request_status(kind: str) -> str:
    """HTML of the line for a kind of request; static/requests.js fills it in. A component's script has the button."""
    retry = element("try_again", "button", type="button", hidden="")
    return f'<p class="request-status" data-kind="{kind}" role="status"><span></span>{retry}</p>'
