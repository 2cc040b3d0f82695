"""Signals that end a command as Ctrl-C does: what it began is cleared away, and it says so.

A process that runs until it is told to stop takes them itself (`run.stopping`).
"""

from __future__ import annotations

import signal
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_KILLED_BY = 128
"""What a shell adds to a signal's number to say that it ended a process."""


class Ended(KeyboardInterrupt):
    """Raised in the main thread by a signal other than Ctrl-C's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_by_signals() -> None:
    """Let SIGTERM and SIGHUP raise `Ended` from now on; one that is ignored (nohup) stays so."""
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raised)


def exit_code(error: KeyboardInterrupt) -> int:
    """Return what the process exits with: 130 after Ctrl-C, 143 after SIGTERM."""
    return _KILLED_BY + _number(error)


def told(error: KeyboardInterrupt, remedy: str = "") -> str:
    """Return the sentence on what ended a command, and what stands now, or is to be done."""
    number = _number(error)
    by = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    return f"overheal: {by}; {remedy}" if remedy else f"overheal: {by}"


def _number(error: KeyboardInterrupt) -> int:
    return error.number if isinstance(error, Ended) else signal.SIGINT


def _raised(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)
