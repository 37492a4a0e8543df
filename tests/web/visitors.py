"""What handlers are called with, and the requests that visitors make."""

from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

from stylize.web.app_context import AppContext
from stylize.web.share import ControlValues

UDNIE = ControlValues("udnie")

_numbers = count(1)

Handler = Callable[..., Iterator[Any]]


def visit(language: str = "en", session: str = "one") -> Any:
    """The request of an open page."""
    return SimpleNamespace(session_hash=session, headers={"accept-language": language})


def ask(app: AppContext, kind: str, content: Any, session: str = "one") -> int:
    """Want something new, as the page does; returns its number."""
    number = next(_numbers)
    assert app.requests.ask(session, kind, number, content)
    return number


def answers(
    app: AppContext, kind: str, content: Any, handler: Callable[[AppContext], Handler], language: str = "en"
) -> Any:
    """What a handler yields when it is asked for something."""
    ask(app, kind, content)
    return handler(app)(visit(language))
