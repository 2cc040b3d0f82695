"""Start here: the order of the stages, stated once.

    source → decode → deduplicate → enrich → detect (scope) ─→ tier → store → dispatch
              └ dead letter ┘     (catalog)      └ activity → detect (fleet) ┘

Everything here is pure: no driver, socket, file or clock. `Flow.decode` makes events of canonical
documents, `Flow.judge` takes batches of events and returns what is to be stored and which findings
changed. Time is event time; where the present matters it is passed in.

`ScopeFlow` ends where the scope stage does: on Kafka one runs for each partition, and the fleet
stage elsewhere. `Flow` is both stages in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from overheal.contract.decode import decode_many
from overheal.errors import RecordError
from overheal.model import MICROSECOND, Activity, Event, Finding, ServiceSummary
from overheal.stages.activity import Condenser
from overheal.stages.fleet import FleetStage
from overheal.stages.row import Counted, Restated, Row
from overheal.stages.rules import RuleBook
from overheal.stages.scope import ScopeKey, ScopeStage
from overheal.stages.snapshot import Snapshot
from overheal.stages.turns import Turns
from overheal.state.seen import Seen
from overheal.state.watermark import LATENESS, Watermark

EventKey = tuple[str, str]
Recall = Callable[[Sequence[Event]], Collection[EventKey]]
"""Says which of some late events were taken before, by whatever remembers for longer."""


class Judged(msgspec.Struct):
    """What became of one batch: what to store, how many were known, which findings changed.

    `rows` are the events that are new, `positions` their places in the batch. `counted` are the
    recoveries among them, by the key of their event; `recounted` are events of earlier batches
    that count otherwise now, `restated` successes that were disproved. `activities` are cumulative:
    one replaces an earlier one of its key.
    """

    rows: list[Row]
    positions: list[int]
    duplicates: int
    findings: list[Finding]
    counted: dict[EventKey, Counted]
    recounted: list[tuple[Event, Counted | None]]
    activities: list[Activity]
    restated: list[Restated] = []


class _Fresh(msgspec.Struct, gc=False):
    position: int
    event: Event
    late: bool
    key: EventKey
    mark: int = 0


class ScopeFlow:
    """The stages up to the scope stage, with what they remember of one stream.

    With `lateness` (microseconds) events may come in any order within it, duplicated or not, and
    leave the same findings; how the stream was cut into batches makes no difference. With
    `lateness=0` the caller promises event-time order, and no event is late. Where the stream is
    not the `whole` fleet, what users feel in other streams has to be brought with `feel`. Where
    events come late, others wait for them for up to `patience` (microseconds); see `Turns`.
    """

    def __init__(
        self,
        rules: RuleBook,
        lateness: int = LATENESS,
        *,
        whole: bool = True,
        recall: Recall = lambda _: (),
        patience: int = 0,
    ) -> None:
        self.rules = rules
        self.scopes = ScopeStage(rules, lateness, whole=whole)
        self.watermark = Watermark(lateness)
        self.seen = Seen(lateness)
        self._condenser = Condenser(self.scopes.rows_between)
        self._recall = recall
        self.turns = Turns(min(patience, lateness // 2))

    def judge(self, batch: Sequence[Event], received: Sequence[int] = ()) -> Judged:
        """Take one batch of events; `received` says when each arrived (microseconds UTC)."""
        fresh = self._deduplicate(batch, received)
        rows = self._enrich(fresh)
        present = rows
        if received:
            present = self.turns.take(rows, [received[item.position] for item in fresh])
        activities = self._condenser.take(present)
        findings = self.scopes.detect(present, self._edge)
        counted, recounted = self._counts(rows)
        self._forget()
        known = len(batch) - len(fresh)
        positions = [item.position for item in fresh]
        restated = self.scopes.take_restated()
        return Judged(rows, positions, known, findings, counted, recounted, activities, restated)

    def feel(self, felt: Sequence[tuple[str, Event]]) -> list[Finding]:
        """Tell scopes, as the catalog places them, what users felt in other streams."""
        rows = []
        for home, event in felt:
            key = (f"felt\0{home}\0{event.source}", event.id)
            if key not in self.seen and not self.watermark.is_late(event.time):
                self.seen.add(key, event.time, self.watermark.at)
                placement = self.rules.at(event.time).catalog.place(event)
                rows.append((home, Row(event, placement)))
        return self.scopes.feel(rows)

    def tell_again(self, rows: Sequence[Row], received: Sequence[int]) -> None:
        """Take rows that were judged before, and by now are stored; nothing is published."""
        present = self.turns.take(rows, received) + self.turns.release()
        self._condenser.take(present)
        self.scopes.detect(present)
        self.scopes.take_counts()
        self.scopes.take_restated()

    def resume_at(self, watermark: int) -> None:
        """Go on where another process came to; `watermark` is its own (microseconds UTC)."""
        self.watermark.at = watermark
        if watermark:
            self._condenser.begin_at(watermark + self.watermark.lateness)

    def advance(self, now: int, clock: int = 0) -> Judged:
        """Let event time pass up to `now`, and the present up to `clock` (microseconds UTC)."""
        return self._passed(self.turns.advance(clock), now)

    def release(self) -> Judged:
        """Tell what waits for others to come before it: they will not."""
        return self._passed(self.turns.release(), 0)

    def _passed(self, present: Sequence[Row], now: int) -> Judged:
        activities = self._condenser.take(present)
        findings = self.scopes.detect(present) + self.scopes.advance(now)
        counted, recounted = self._counts([])
        restated = self.scopes.take_restated()
        return Judged([], [], 0, findings, counted, recounted, activities, restated)

    def take_snapshots(self) -> Iterator[tuple[ScopeKey, Snapshot]]:
        """Return every scope that changed since the last call, as it stands."""
        return self.scopes.take_snapshots(self._edge)

    def services(self) -> list[ServiceSummary]:
        """Return the counts of every service seen, those with most recoveries first."""
        return self.scopes.services()

    def _deduplicate(self, batch: Sequence[Event], received: Sequence[int]) -> list[_Fresh]:
        """Keep the first of each (source, id), and say which of them come too late."""
        fresh: list[_Fresh] = []
        late: list[Event] = []
        here: set[EventKey] = set()
        seen, lateness, mark = self.seen, self.watermark.lateness, self.watermark.at
        for position, event in enumerate(batch):
            key = (event.source, event.id)
            if key in here or key in seen:
                continue
            here.add(key)
            time = event.time
            too_late = lateness > 0 and time < mark
            if too_late:
                late.append(event)
            else:
                at = received[position] if received else 0
                reach = (min(time, at) if at else time) - lateness
                mark = max(mark, reach)
            fresh.append(_Fresh(position, event, too_late, key, mark))
        known = self._recall(late) if late else ()
        # Only now is anything remembered: where the question fails, the batch can come again.
        for item in fresh:
            seen.add(item.key, item.event.time, item.mark)
        self.watermark.at = mark
        if known:
            fresh = [item for item in fresh if not (item.late and item.event.key in known)]
        return fresh

    def _enrich(self, fresh: Sequence[_Fresh]) -> list[Row]:
        """Add where each event belongs, and the drill it is part of."""
        rules = self.rules
        rows = []
        for item in fresh:
            event = item.event
            placement = rules.at(event.time).catalog.place(event)
            rows.append(Row(event, placement, item.late, rules.drill_of(event, placement)))
        return rows

    def _counts(
        self, rows: Sequence[Row]
    ) -> tuple[dict[EventKey, Counted], list[tuple[Event, Counted | None]]]:
        """Tell apart what is counted of these rows, and what else counts otherwise by them."""
        counts = self.scopes.take_counts()
        if not counts:
            return {}, []
        last = {event.key: (event, counted) for event, counted in counts}
        here = {(row.event.source, row.event.id) for row in rows}
        counted = {key: count for key, (_, count) in last.items() if count and key in here}
        return counted, [change for key, change in last.items() if key not in here]

    def _forget(self) -> None:
        """Drop what only a late event could have needed; whole seconds, as activity has them."""
        if self.watermark.lateness:
            self.scopes.forget_before(self._edge)

    @property
    def _edge(self) -> int:
        """The second before which nothing comes any more (microseconds UTC)."""
        return self.watermark.at - self.watermark.at % MICROSECOND


class Flow:
    """Both stages in one process, with what they remember; see `ScopeFlow` for `lateness`."""

    def __init__(self, rules: RuleBook, lateness: int = LATENESS) -> None:
        self.scope = ScopeFlow(rules, lateness)
        self.fleet = FleetStage(rules, lateness)

    @staticmethod
    def decode(documents: Sequence[bytes]) -> list[Event | RecordError]:
        """Return an event, or the reason for a dead letter, for each canonical document."""
        return decode_many(documents)

    def judge(self, batch: Sequence[Event], received: Sequence[int] = ()) -> Judged:
        """Take one batch of events; `received` says when each arrived (microseconds UTC)."""
        judged = self.scope.judge(batch, received)
        judged.findings += self.fleet.detect(judged.activities)
        if self.scope.watermark.lateness:
            self.fleet.forget_before(self.scope.watermark.at)
        return judged

    def advance(self, now: int) -> list[Finding]:
        """Let time pass up to `now` (microseconds UTC); return the findings that changed by it."""
        judged = self.scope.advance(now)
        return judged.findings + self.fleet.detect(judged.activities) + self.fleet.advance(now)

    def relate(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return those of all `findings` known so far whose relations have changed, corrected."""
        return self.fleet.relate(findings)

    def services(self) -> list[ServiceSummary]:
        """Return the counts of every service seen, those with most recoveries first."""
        return self.scope.services()
