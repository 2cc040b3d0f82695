"""One line on a terminal says what is being done and how far it is."""

from __future__ import annotations

import io

from overheal.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_what_is_done_and_how_far_it_is_and_left_clean():
    terminal = Terminal()
    with Progress(terminal) as progress:
        progress("judging events", 1, 4)
    assert "judging events:  25 %" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_what_a_file_is_called_does_no_harm_to_the_terminal():
    terminal = Terminal()
    with Progress(terminal, "reading") as progress:
        progress("a\x1b[31mb", 3_000_000, None)
    assert "\x1b[31m" not in terminal.getvalue()
    assert "3.0 MB" in terminal.getvalue()


def test_nothing_is_said_where_nobody_watches():
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress("judging events", 1, 4)
    assert stream.getvalue() == ""
