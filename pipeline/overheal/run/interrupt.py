"""Ctrl-C that ends the reading and keeps what was read; the second one ends everything."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self


class Interruptible:
    """Within its block the first SIGINT only asks to stop, unless somebody waits for input.

    `requested` says that it was asked. Code that is about to block sets `waiting`, and is woken
    by `KeyboardInterrupt`. The second SIGINT always raises it.
    """

    def __init__(self) -> None:
        self.requested = False
        self.waiting = False
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
        if self.requested or self.waiting:
            self.requested = True
            raise KeyboardInterrupt
        self.requested = True
