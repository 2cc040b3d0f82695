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

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import msgspec

from overheal.catalog import Catalog
from overheal.contract.decode import decode_many
from overheal.detect.settings import SettingsBook
from overheal.errors import RecordError
from overheal.model import Activity, Event, Finding, ServiceSummary
from overheal.stages.activity import Condenser
from overheal.stages.fleet import FleetStage
from overheal.stages.row import Counted, Row
from overheal.stages.rules import RuleBook, rules_of
from overheal.stages.scope import ScopeStage
from overheal.state.seen import Seen
from overheal.state.watermark import LATENESS, Watermark

EventKey = tuple[str, str]
Recall = Callable[[Sequence[Event]], Collection[EventKey]]
"""Says which of some late events were taken before, by whatever remembers for longer."""


class Judged(msgspec.Struct):
    """What became of one batch: what to store, how many were known, which findings changed.

    `rows` are the events that are new, `positions` their places in the batch. `counted` are the
    recoveries among them, by the key of their event; `recounted` are events of earlier batches
    that count otherwise now. `activities` are cumulative: one replaces an earlier one of its key.
    """

    rows: list[Row]
    positions: list[int]
    duplicates: int
    findings: list[Finding]
    counted: dict[EventKey, Counted]
    recounted: list[tuple[Event, Counted | None]]
    activities: list[Activity]


class _Fresh(NamedTuple):
    position: int
    event: Event
    late: bool


class ScopeFlow:
    """The stages up to the scope stage, with what they remember of one stream.

    With `lateness` (microseconds) events may come in any order within it, duplicated or not, and
    leave the same findings; how the stream was cut into batches makes no difference. With
    `lateness=0` the caller promises event-time order, and no event is late. Where the stream is
    not the `whole` fleet, what users feel in other streams has to be brought with `feel`.
    """

    def __init__(
        self,
        rules: RuleBook,
        lateness: int = LATENESS,
        *,
        whole: bool = True,
        recall: Recall = lambda _: (),
    ) -> None:
        self.rules = rules
        self.scopes = ScopeStage(rules, lateness, whole=whole)
        self.watermark = Watermark(lateness)
        self.seen = Seen(lateness)
        self._condenser = Condenser()
        self._recall = recall

    @staticmethod
    def decode(documents: Sequence[bytes]) -> list[Event | RecordError]:
        """Return an event, or the reason for a dead letter, for each canonical document."""
        return decode_many(documents)

    def judge(self, batch: Sequence[Event], received: Sequence[int] = ()) -> Judged:
        """Take one batch of events; `received` says when each arrived (microseconds UTC)."""
        fresh = self._deduplicate(batch, received)
        rows = self._enrich(fresh)
        findings = self.scopes.detect(rows)
        counted, recounted = self._counts(rows)
        activities = self._condense(rows)
        self._forget()
        known = len(batch) - len(fresh)
        positions = [item.position for item in fresh]
        return Judged(rows, positions, known, findings, counted, recounted, activities)

    def feel(self, felt: Sequence[tuple[str, Event]]) -> list[Finding]:
        """Tell scopes, as the catalog places them, what users felt in other streams."""
        rows = []
        for home, event in felt:
            key = f"felt\0{home}\0{event.source}\0{event.id}"
            if key not in self.seen and not self.watermark.is_late(event.time):
                self.seen.add(key, event.time, self.watermark.at)
                placement = self.rules.at(event.time).catalog.place(event)
                rows.append((home, Row(event, placement)))
        return self.scopes.feel(rows)

    def tell_again(self, rows: Sequence[Row]) -> None:
        """Take rows that were judged before, and by now are stored; nothing is published."""
        self.scopes.detect(rows)
        self.scopes.take_counts()
        self._condense(rows)

    def advance(self, now: int) -> list[Finding]:
        """Let time pass up to `now` (microseconds UTC); return the findings that changed by it."""
        return self.scopes.advance(now)

    def services(self) -> list[ServiceSummary]:
        """Return the counts of every service seen, those with most recoveries first."""
        return self.scopes.services()

    def _deduplicate(self, batch: Sequence[Event], received: Sequence[int]) -> list[_Fresh]:
        """Keep the first of each (source, id), and say which of them come too late."""
        fresh: list[_Fresh] = []
        late: list[Event] = []
        seen, watermark = self.seen, self.watermark
        judges_lateness = watermark.lateness > 0
        for position, event in enumerate(batch):
            key = f"{event.source}\0{event.id}"
            if key in seen:
                continue
            time = event.time
            too_late = judges_lateness and time < watermark.at
            if too_late:
                late.append(event)
            else:
                watermark.advance(time, received[position] if received else 0)
            seen.add(key, time, watermark.at)
            fresh.append(_Fresh(position, event, too_late))
        known = self._recall(late) if late else ()
        if known:
            fresh = [item for item in fresh if not (item.late and item.event.key in known)]
        return fresh

    def _enrich(self, fresh: Sequence[_Fresh]) -> list[Row]:
        """Add where each event belongs, and the drill it is part of."""
        rules = self.rules
        rows = []
        for _, event, late in fresh:
            placement = rules.at(event.time).catalog.place(event)
            drill = placement.drill_at(event.time) if placement.drills else ""
            rows.append(Row(event, placement, late, drill))
        return rows

    def _counts(
        self, rows: Sequence[Row]
    ) -> tuple[dict[EventKey, Counted], list[tuple[Event, Counted | None]]]:
        """Tell apart what is counted of these rows, and what else counts otherwise by them."""
        counts = self.scopes.take_counts()
        if not counts:
            return {}, []
        last = {event.key: (event, counted) for event, counted in counts}
        here = {row.event.key for row in rows}
        counted = {key: count for key, (_, count) in last.items() if count and key in here}
        return counted, [change for key, change in last.items() if key not in here]

    def _condense(self, rows: Sequence[Row]) -> list[Activity]:
        woken = self.scopes.take_woken()
        if woken:
            new = {row.event.key for row in rows}
            self._condenser.take([row for row in woken if row.event.key not in new])
        return self._condenser.take(rows)

    def _forget(self) -> None:
        """Drop what only a late event could have needed; whole seconds, as activity has them."""
        edge = self.watermark.at
        if self.watermark.lateness:
            self.scopes.forget_before(edge - edge % 1_000_000)
        self._condenser.forget_before(edge)


class Flow:
    """Both stages in one process, with what they remember; see `ScopeFlow` for `lateness`."""

    def __init__(self, catalog: Catalog, settings: SettingsBook, lateness: int = LATENESS) -> None:
        self._start(RuleBook(rules_of(catalog, settings)), lateness)

    @classmethod
    def ruled(cls, rules: RuleBook, lateness: int = LATENESS) -> Flow:
        """Return a flow that judges by these rules."""
        flow = cls.__new__(cls)
        flow._start(rules, lateness)
        return flow

    def _start(self, rules: RuleBook, lateness: int) -> None:
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
        return self.scope.advance(now) + self.fleet.advance(now)

    def relate(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return those of all `findings` known so far whose relations have changed, corrected."""
        return self.fleet.relate(findings)

    def services(self) -> list[ServiceSummary]:
        """Return the counts of every service seen, those with most recoveries first."""
        return self.scope.services()
