"""What is said, and where: lines of this package, nothing of libraries, and a progress only for who watches."""

import logging
import sys

import pytest

from stylize.cli import terminal as terminal_module
from stylize.cli.terminal import Terminal, duration_text, progress_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min"), (3541, "59 min"), (3599, "1 h 0 min"), (12_000, "3 h 20 min")],
)
def test_time_is_told_as_people_do(seconds, text):
    assert duration_text(seconds) == text


def test_the_progress_tells_how_many_how_far_and_how_long():
    assert progress_text("a.jpg", 1, 4, 0.0, 0.0) == "1/4 0%: a.jpg"
    assert progress_text("a.jpg", 3, 4, 0.0, 20.0) == "3/4 0%, 20 s left: a.jpg"
    assert progress_text("a.mp4", 1, 1, 0.25, 60.0) == "25%, 3 min left: a.mp4"


def test_the_progress_is_drawn_on_one_line_and_gone_before_the_next(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(terminal_module, "EVERY", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    terminal = Terminal()
    terminal.progress("long\nname of 画画画.jpg", 1, 2, 0.5)
    terminal.note("done")
    assert capsys.readouterr().err.split("\r") == ["", "1/2 50%: long name ", "", " " * 19, "note: done\n"]
    terminal.progress("画画画画画.jpg", 1, 2, 0.5)
    assert capsys.readouterr().err == "\r1/2 50%: 画画画画画\r"


def test_nothing_is_drawn_where_nobody_watches(capsys):
    Terminal().progress("a.jpg", 1, 2, 0.5)
    assert capsys.readouterr().err == ""


def test_warnings_of_this_package_are_notes_and_those_of_libraries_are_dropped(capsys, caplog):
    with Terminal().logging():
        logging.getLogger("stylize.video.film").warning("one track\nwas left out")
        logging.getLogger("stylizer").warning("another package")
        logging.getLogger("av.container.output").warning("Some options were not used: movflags")
        logging.getLogger("stylize").info("nothing to worry about")
    assert capsys.readouterr().err == "note: one track was left out\n"
    with caplog.at_level("WARNING"):
        logging.getLogger("stylize").warning("said to others")
    assert capsys.readouterr().err == ""
