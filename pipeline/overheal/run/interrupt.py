"""Ctrl-C that ends the reading and keeps what was read; the second one ends everything."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class Interruptible:
    """Within its block the first SIGINT only asks to stop reading, and `said` is told so.

    `requested` says that it was asked. Code that is about to block sets `waiting`, and is woken
    by `KeyboardInterrupt`. The second SIGINT always raises it, and so does the first one after
    `reading` was set to False.
    """

    def __init__(self, said: Callable[[str], None]) -> None:
        self.requested = False
        self.waiting = False
        self.reading = True
        self._said = said
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._asked)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _asked(self, _signal: int, _frame: FrameType | None) -> None:
        if self.requested or not self.reading:
            raise KeyboardInterrupt
        self.requested = True
        self._said("interrupted; what was read is judged now, Ctrl-C again ends at once")
        if self.waiting:
            raise KeyboardInterrupt
