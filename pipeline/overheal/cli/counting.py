"""How far something without a known size has come, on standard error; silent without a terminal."""

from __future__ import annotations

import time
from typing import Self, TextIO

EVERY_SECONDS = 0.1


class Counting:
    """One line that counts, rewritten in place and gone at the end."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream = stream
        self._what = what
        self._shown = stream.isatty()
        self._last = 0.0
        self._dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._dirty:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, count: int) -> None:
        """Take how many were read so far."""
        now = time.monotonic()
        if self._shown and now - self._last >= EVERY_SECONDS:
            self._last, self._dirty = now, True
            self._stream.write(f"\r\x1b[Kreading {self._what}: {count:,}")
            self._stream.flush()
