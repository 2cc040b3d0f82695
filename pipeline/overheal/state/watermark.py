"""How far event time has come, and what is too late."""

from __future__ import annotations

import msgspec

from overheal.model import MINUTE

LATENESS = 10 * MINUTE


class Watermark(msgspec.Struct):
    """The event time up to which everything has arrived; microseconds UTC.

    It follows the newest event less `lateness`, event by event, so that how a stream was cut into
    batches makes no difference. An event is late when it lies before it. No event moves it beyond
    its own receipt, so that one clock that runs ahead makes nobody late.
    """

    lateness: int = LATENESS
    at: int = 0

    def advance(self, time: int, received_at: int = 0) -> None:
        """Take an event's time and when it was received (0: unknown)."""
        reach = min(time, received_at) if received_at else time
        self.at = max(self.at, reach - self.lateness)

    def is_late(self, time: int) -> bool:
        """Return whether an event at `time` comes too late to be judged."""
        return time < self.at
