"""What handlers are called with."""

from types import SimpleNamespace
from typing import Any

from stylize.web.share import ControlValues

UDNIE = ControlValues("udnie")


def visit(language: str = "en", session: str = "one") -> Any:
    """The request of an open page."""
    return SimpleNamespace(session_hash=session, headers={"accept-language": language})


def wanted() -> bool:
    """A CancelCheck that never cancels."""
    return False
