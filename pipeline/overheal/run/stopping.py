"""Signals of a process that runs until it is told to stop."""

from __future__ import annotations

import os
import signal
import threading
from types import TracebackType
from typing import Any, Self

_WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_KILLED_BY = 128
"""What a shell adds to a signal's number to say that it ended a process."""


class Signals:
    """Within its block: the first SIGTERM or SIGINT asks to stop, the second stops at once.

    A thread of its own takes them, so that the second one ends the process (with 128 and the
    signal's number) even where a driver holds the main thread and waits for a broker.
    SIGHUP asks to reload. Outside the main thread nothing is caught, and only `stop` asks.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._reload = False
        self._before: dict[signal.Signals, Any] = {}
        self._ends: tuple[int, int] | None = None
        self._woken = -1
        self._watcher = threading.Thread(target=self._watch, name="signals", daemon=True)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._ends = os.pipe()
            os.set_blocking(self._ends[1], False)
            self._woken = signal.set_wakeup_fd(self._ends[1], warn_on_full_buffer=False)
            for number in _WATCHED:
                self._before[number] = signal.signal(number, _left_to_watcher)
            self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ends is None:
            return
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken)
        os.close(self._ends[1])
        self._watcher.join()
        os.close(self._ends[0])

    def stop(self) -> None:
        """Ask to stop."""
        self.stopping = True

    def take_reload(self) -> bool:
        """Return whether a reload was asked for since the last call."""
        asked, self._reload = self._reload, False
        return asked

    def _watch(self) -> None:
        """Take signals as they come, each a byte; ends when the block does."""
        assert self._ends is not None
        ended = False
        while told := os.read(self._ends[0], 64):
            for number in told:
                if number == signal.SIGHUP:
                    self._reload = True
                elif number in _WATCHED:
                    if ended:
                        os._exit(_KILLED_BY + number)
                    self.stopping = ended = True


def _left_to_watcher(*_: object) -> None:
    """Do nothing: a handler has to be there for the signal to be passed on."""
