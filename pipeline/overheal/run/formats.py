"""Which adapter reads a record that arrives live, and what those remember that have a memory.

A stateful adapter may hold documents back until later records decide what they say. Live, nobody
knows whether it does, so a partition's records are taken to be needed until `finish` brought out
everything: at the latest `HOLD` after the first of them, by the receipt of the records behind it,
or by the wall clock where none follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from overheal.adapters.base import Adapter, Record
from overheal.adapters.registry import printable
from overheal.errors import RecordError
from overheal.model import MINUTE
from overheal.run.cutting import Piece

HOLD = 10 * MINUTE
"""How long a record may be needed again, in microseconds."""

_read = msgspec.json.Decoder().decode


class Live:
    """The stateful adapters of one partition; records come in the order of their arrival."""

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self.adapters = {adapter.name: adapter for adapter in adapters if adapter.stateful}
        self.held: int | None = None
        self.newest = 0
        self._since = 0
        self._seen = 0

    def note(self, offset: int, received: int) -> None:
        """Take that a stateful adapter was given the record at `offset`."""
        if self.held is None:
            self.held, self._since = offset, received or self._seen
        self.newest = offset

    def seen(self, present: int) -> None:
        """Take that records arrived at `present` by the wall clock."""
        self._seen = present

    def is_due(self, received: int) -> bool:
        """Return whether the first record waits for `HOLD`, by the receipt of the newest one."""
        return self.held is not None and received - self._since >= HOLD

    def is_overdue(self, present: int) -> bool:
        """Return whether no record has arrived for `HOLD` by the wall clock."""
        return self.held is not None and present - self._seen >= HOLD

    def finish(self) -> list[bytes]:
        """Return the documents that wait; no record is needed again after this."""
        self.held = None
        return [document for adapter in self.adapters.values() for document in adapter.finish()]


class Formats:
    """Chooses adapters, canonical documents first; `insist` names the only one to be used."""

    def __init__(self, make: Callable[[], Sequence[Adapter]], insist: str | None) -> None:
        self._make = make
        self._adapters = list(make())
        self._named = {adapter.name: adapter for adapter in self._adapters}
        self._insist = insist
        self._live: dict[int, Live] = {}

    def live(self, partition: int) -> Live:
        """Return what is remembered for a partition."""
        found = self._live.get(partition)
        if found is None:
            found = self._live[partition] = Live(self._make())
        return found

    def forget(self, partition: int) -> None:
        """Drop what is remembered for a partition."""
        self._live.pop(partition, None)

    def ignored(self, partition: int) -> dict[str, int]:
        """Return how many records without events the adapters met so far, by reason."""
        found: dict[str, int] = {}
        for adapter in (*self._adapters, *self.live(partition).adapters.values()):
            for reason, count in adapter.ignored.items():
                found[reason] = found.get(reason, 0) + count
        return found

    def adapter(self, record: Record, partition: int, clean: Callable[[bytes], bytes]) -> Adapter:
        """Return the adapter that reads a record.

        What is no JSON object goes to the canonical one, whose decoder says what is wrong. Raises
        `RecordError` where no adapter knows the record; its text shows the `clean` bytes.
        """
        chosen = self._named[self._insist] if self._insist else self._recognised(record)
        if chosen is None:
            names = ", ".join(self._named)
            raise RecordError(
                "unknown_format",
                "$",
                f"no known format (tried {names}); it begins with {printable(clean(record.raw))}",
                "send canonical JSON, or name its format with `ingest.format`",
            )
        return self.live(partition).adapters[chosen.name] if chosen.stateful else chosen

    def ordered(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Piece]]:
        """Return the pieces of one record with their positions, in their order in time.

        Only a record of which every piece belongs to one stateful format is put in order.
        """
        numbered = list(enumerate(pieces))
        if len(pieces) > 1:
            adapter = self._named.get(self._insist or "") or self._recognised(pieces[0].record)
            if adapter is not None and adapter.stateful:
                numbered.sort(key=lambda pair: _order(adapter, pair[1]))
        return iter(numbered)

    def _recognised(self, record: Record) -> Adapter | None:
        raw = record.raw
        if b'"specversion"' in raw and b'"apiVersion"' not in raw:
            return self._adapters[0]
        for adapter in self._adapters:
            if adapter.recognises(record):
                return adapter
        try:
            document = _read(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return self._adapters[0]
        return None if isinstance(document, dict) else self._adapters[0]


def _order(adapter: Adapter, piece: Piece) -> tuple[int, int]:
    if piece.error is not None:
        return 0, 0
    try:
        return adapter.order(piece.record)
    except RecordError:
        return 0, 0
