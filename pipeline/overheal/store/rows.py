"""What goes into the store and what comes back, as plain values."""

from __future__ import annotations

import msgspec

from overheal.model import Event


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as the flow left it; times are microseconds UTC.

    `scope` is the one it was judged in (`event.scope` is what the document says). `counted` is how
    many automated recoveries the event stands for and `human_counted` how many by hand: 0 for
    whatever the flow did not count. They count at `counted_at`, the start of the action, or at
    event time where that is None. `topic`, `partition` and `offset` say where the event stood: for
    a file its name, 0 and the line.
    """

    event: Event
    scope: str = ""
    counted: int = 0
    human_counted: int = 0
    late: bool = False
    drill: str = ""
    received_at: int = 0
    counted_at: int | None = None
    topic: str = ""
    partition: int = 0
    offset: int = 0


class IngestRange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger: what became of one contiguous range of one origin.

    `epoch` tells apart incarnations of an origin: a recreated topic, one reading of a file. The
    same range of the same epoch written again replaces the entry. Counts are of events, except
    `records`; received = stored + duplicates + dead_letters.
    """

    origin: str
    epoch: str
    partition: int = 0
    first: int
    last: int
    records: int = 0
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    ignored: int = 0
    written_at: int = 0


class HourlyRow(msgspec.Struct, frozen=True):
    """Recoveries of one service in the hour that starts at `hour` (microseconds UTC)."""

    environment: str
    service: str
    hour: int
    recoveries: int
    human_recoveries: int


class StoreCounts(msgspec.Struct, frozen=True):
    """What the store holds, each event once; `first_at` and `last_at` are 0 in an empty store.

    `findings` counts findings, not their revisions.
    """

    actions: int
    observations: int
    recoveries: int
    human_recoveries: int
    late: int
    first_at: int
    last_at: int
    findings: int
    dead_letters: int

    @property
    def events(self) -> int:
        """Action events and observations together."""
        return self.actions + self.observations
