"""Which event times can be: neither older than what is kept, nor far in the future."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from overheal.errors import RecordError
from overheal.model import DAY, HOUR, Event


class Bounds(msgspec.Struct, frozen=True):
    """How far an event may lie before and after its receipt, in microseconds; 0 is no bound."""

    past: int = 0
    ahead: int = 0

    def refusal(self, event: Event, received: int) -> RecordError | None:
        """Return why an event's time is impossible; None where it is not, or `received` unknown."""
        early = self.past and event.time < received - self.past
        late = self.ahead and received and event.time > received + self.ahead
        if not (early or late):
            return None
        time, at = _moment(event.time), _moment(received)
        if late:
            return RecordError(
                "impossible_time",
                "$.time",
                f"{time} lies more than {self.ahead // HOUR} hours after its receipt at {at}",
                "correct the producer's clock, or raise `worker.ahead_hours`",
            )
        return RecordError(
            "impossible_time",
            "$.time",
            f"{time} lies more than {self.past // DAY} days before its receipt at {at}",
            "correct the producer's clock, raise `worker.retention_days`, "
            "or judge history with `overheal analyze --store`",
        )


def _moment(micros: int) -> str:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
