"""How far event time has come, and what is too late."""

from __future__ import annotations

import msgspec

from overheal.model import MINUTE

LATENESS = 10 * MINUTE


class Watermark(msgspec.Struct):
    """The event time up to which everything has arrived; microseconds UTC.

    It follows the newest event less `lateness`, event by event, so that how a stream was cut into
    batches makes no difference; no event moves it beyond its own receipt, so that one clock that
    runs ahead makes nobody late. An event before it is late.
    """

    lateness: int = LATENESS
    at: int = 0

    def is_late(self, time: int) -> bool:
        """Return whether an event at `time` comes too late to be judged."""
        return time < self.at
