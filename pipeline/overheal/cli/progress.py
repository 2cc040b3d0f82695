"""What stands on standard error: progress on a terminal, and one line for each dead letter."""

from __future__ import annotations

import time
from typing import Self, TextIO

from overheal.model import DeadLetter
from overheal.report.words import clean

SHOWN = 20
"""Dead letters told one by one; the rest are counted."""

EVERY_SECONDS = 0.1


class DeadLetterLines:
    """Says `file:line: reason` for each dead letter, the first 20, then how many more."""

    def __init__(self, stream: TextIO) -> None:
        self.count = 0
        self._stream = stream

    def __call__(self, letter: DeadLetter) -> None:
        """Take one dead letter."""
        self.count += 1
        if self.count <= SHOWN:
            self._stream.write(f"{clean(letter.place)}: {clean(letter.reason)}\n")

    def close(self) -> None:
        """Say how many were not told."""
        if self.count > SHOWN:
            self._stream.write(f"... and {self.count - SHOWN:,} more refused records\n")


class Progress:
    """One line about what is being done, rewritten in place; silent without a terminal."""

    def __init__(self, stream: TextIO, doing: str = "") -> None:
        self._stream = stream
        self._doing = doing
        self._shown = stream.isatty()
        self._last = 0.0
        self._dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._dirty:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, name: str, consumed: int, size: int | None) -> None:
        """Take how far something is, in bytes or whatever `size` counts."""
        now = time.monotonic()
        if not self._shown or now - self._last < EVERY_SECONDS:
            return
        self._last, self._dirty = now, True
        share = f"{100 * consumed // size:3d} %" if size else f"{consumed / 1e6:,.1f} MB"
        self._stream.write(f"\r\x1b[K{clean(f'{self._doing} {name}'.strip())}: {share}")
        self._stream.flush()
