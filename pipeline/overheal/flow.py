"""Start here: the order of the stages, stated once.

    source → decode → deduplicate → enrich → detect (scope) ─→ tier → store → dispatch
              └ dead letter ┘     (catalog)      └ activity → detect (fleet) ┘

Everything here is pure: no driver, socket, file or clock. `Flow.decode` makes events of canonical
documents, `Flow.judge` takes batches of events and returns what is to be stored and which findings
changed. Time is event time; where the present matters it is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from overheal.catalog import Catalog
from overheal.contract.decode import decode_many
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook
from overheal.errors import RecordError
from overheal.model import Event, Finding, ServiceSummary
from overheal.stages.activity import condense
from overheal.stages.fleet import FleetStage
from overheal.stages.row import Row
from overheal.stages.scope import ScopeStage
from overheal.state.facts import Recovery
from overheal.state.memory import RecentKeys
from overheal.state.watermark import LATENESS, Watermark


class Judged(msgspec.Struct):
    """What became of one batch: what to store, how many were known, which findings changed.

    `recoveries` are those counted in this batch, by the key of their event.
    """

    rows: list[Row]
    duplicates: int
    findings: list[Finding]
    recoveries: dict[tuple[str, str], Recovery]


class Flow:
    """The stages, with what they remember.

    With `lateness` (microseconds) events may come in any order within it, duplicated or not, and
    leave the same findings. With `lateness=0` the caller promises event-time order, and no event
    is late.
    """

    def __init__(self, catalog: Catalog, settings: SettingsBook, lateness: int = LATENESS) -> None:
        self._catalog = catalog
        self._lateness = lateness
        self._seen = RecentKeys(max(lateness, LATENESS))
        self._watermark = Watermark(lateness)
        scope_detectors = [kind(settings.lookup(kind)) for kind in SCOPE_DETECTORS]
        fleet_detectors = [kind(settings.lookup(kind)) for kind in FLEET_DETECTORS]
        self._scopes = ScopeStage(scope_detectors, catalog, lateness)
        self._fleet = FleetStage(fleet_detectors, catalog, lateness)

    @staticmethod
    def decode(documents: Sequence[bytes]) -> list[Event | RecordError]:
        """Return an event, or the reason for a dead letter, for each canonical document."""
        return decode_many(documents)

    def judge(self, batch: Sequence[Event], *, partition: int = 0, received_at: int = 0) -> Judged:
        """Take one batch of events; `received_at` is when it arrived (microseconds, 0: unknown)."""
        fresh = self._deduplicate(batch)
        rows = self._enrich(fresh, partition)
        findings = self._scopes.detect(rows)
        findings += self._fleet.detect(condense(rows))
        if fresh and self._lateness:
            newest = max([event.time for event in fresh])
            self._watermark.advance(partition, newest, received_at)
            self._scopes.forget_before(self._watermark.low)
            self._fleet.forget_before(self._watermark.low)
        return Judged(rows, len(batch) - len(fresh), findings, self._scopes.take_recoveries())

    def advance(self, now: int) -> list[Finding]:
        """Let time pass up to `now` (microseconds UTC); return the findings that changed by it."""
        return self._scopes.advance(now) + self._fleet.advance(now)

    def relate(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return those of all `findings` known so far whose relations have changed, corrected."""
        return self._fleet.relate(findings)

    def services(self) -> list[ServiceSummary]:
        """Return the counts of every service seen, those with most recoveries first."""
        return self._scopes.services()

    def _deduplicate(self, batch: Sequence[Event]) -> list[Event]:
        """Keep the first of each (source, id)."""
        fresh, seen = [], self._seen
        for event in batch:
            key = f"{event.source}\0{event.id}"
            if seen.get(key) is None:
                seen.put(key, 1, event.time)
                fresh.append(event)
        return fresh

    def _enrich(self, events: Sequence[Event], partition: int) -> list[Row]:
        """Add where each event belongs, whether it came too late, and the drill it is part of."""
        place, late = self._catalog.place, self._watermark.is_late
        rows = []
        for event in events:
            placement = place(event)
            too_late = self._lateness > 0 and late(partition, event.time)
            drill = placement.drill_at(event.time) if placement.drills else ""
            rows.append(Row(event, placement, too_late, drill))
        return rows
