"""Keeping what was judged, where a store is asked for; the base class keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from overheal.declared import Declared
from overheal.flow import Judged
from overheal.model import DeadLetter, Finding, Totals
from overheal.run.catalogs import settled_catalog, tell_rules
from overheal.run.config import Config
from overheal.run.reading import Reading
from overheal.run.restating import restatement
from overheal.store import IngestRange, Restatement, Store, StoredEvent, open_store

ROWS_PER_WRITE = 5_000


class Keeper:
    """Keeps nothing; what is not a duplicate within the input counts as stored."""

    recalled = 0
    """How many events were kept earlier and are part of this history."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def declared(self) -> Declared:
        """Return the expectations and drills that were declared where things are kept."""
        return Declared()

    def settled(self, config: Config) -> Config:
        """Return the configuration, with the catalog of where things are kept if it has none."""
        return config

    def tell(self, config: Config) -> None:
        """Keep the rules that everything was judged by."""

    def recall(self, reading: Reading) -> None:
        """Give the reading what was kept before, so that both are one history."""

    def keep(self, judged: Judged) -> None:
        """Keep judged events."""

    def refuse(self, letter: DeadLetter) -> None:
        """Keep a dead letter."""

    def finish(self, origin: str, totals: Totals, findings: Sequence[Finding]) -> None:  # noqa: ARG002 - keeps nothing
        """Keep the findings and the ledger's entry, and settle `stored` and `duplicates`."""
        totals.stored = totals.received - totals.duplicates - totals.dead_letters


class StoreKeeper(Keeper):
    """Keeps everything once, whatever was kept before; `now` is microseconds UTC."""

    def __init__(self, store: Store, now: int) -> None:
        self._store = store
        self._now = now
        self._had = store.counts().events > 0
        self._rows: list[StoredEvent] = []
        self._letters: list[DeadLetter] = []
        self._written = 0
        self._revisions: dict[str, int] | None = None
        self._restated: dict[tuple[str, ...], Restatement] = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.close()

    def declared(self) -> Declared:
        """Return those of the store."""
        return self._store.declared()

    def settled(self, config: Config) -> Config:
        """Return the configuration, with the catalog the store was told last if it has none."""
        return settled_catalog(self._store, config)

    def tell(self, config: Config) -> None:
        """Tell the store the rules, where it has others."""
        tell_rules(self._store, config, "analyze", self._now)

    def recall(self, reading: Reading) -> None:
        """Add every stored event to the reading."""
        if self._had:
            for batch in self._store.history():
                reading.add(batch)
                self.recalled += len(batch)

    def keep(self, judged: Judged) -> None:
        """Write the events that are not stored yet, many at a time."""
        counted = judged.counted
        for found in map(restatement, judged.restated):
            self._restated[_key(found)] = found
        for row in judged.rows:
            event = row.event
            fact = counted.get(event.key)
            self._rows.append(
                StoredEvent(
                    event=event,
                    scope=row.placement.scope.partition("\0")[2],
                    counted=0 if fact is None else fact.by_automation,
                    human_counted=0 if fact is None else fact.by_hand,
                    late=row.late,
                    drill=row.drill,
                    received_at=self._now,
                    counted_at=fact.at if fact is not None else None,
                )
            )
        if len(self._rows) >= ROWS_PER_WRITE:
            self._write()

    def refuse(self, letter: DeadLetter) -> None:
        """Keep a dead letter until there are enough to write."""
        self._letters.append(letter)
        if len(self._letters) >= ROWS_PER_WRITE:
            self._write_letters()

    def finish(self, origin: str, totals: Totals, findings: Sequence[Finding]) -> None:
        """Write what is left, then the findings, then the ledger's entry that speaks of all."""
        self._write()
        self._write_letters()
        self._store.write_findings([self._renewed(finding) for finding in findings])
        self._restate()
        totals.stored = self._written
        totals.duplicates = totals.received - totals.dead_letters - self._written
        self._store.write_range(
            IngestRange(
                origin=origin,
                epoch=str(self._now),
                first=0,
                last=max(0, totals.records - 1),
                records=totals.records,
                received=totals.received,
                stored=totals.stored,
                duplicates=totals.duplicates,
                dead_letters=totals.dead_letters,
                ignored=sum(totals.ignored.values()),
                written_at=self._now,
            )
        )

    def _renewed(self, finding: Finding) -> Finding:
        """Return a finding with a revision that replaces what is stored of it.

        What was declared since may judge the same history otherwise, with fewer changes.
        """
        if self._revisions is None:
            self._revisions = {one.id: one.revision for one in self._store.findings()}
        known = self._revisions.get(finding.id, -1)
        if finding.revision > known:
            return finding
        return msgspec.structs.replace(finding, revision=known + 1)

    def _restate(self) -> None:
        """Write what this history disproves, and withdraw what it does not disprove any more."""
        gone = [
            msgspec.structs.replace(one, withdrawn=True)
            for one in self._store.restatements()
            if _key(one) not in self._restated
        ]
        self._store.write_restatements([*self._restated.values(), *gone])

    def _write(self) -> None:
        rows = self._rows
        if self._had and rows:
            known = self._store.known([row.event.key for row in rows])
            rows = [row for row in rows if row.event.key not in known]
        if rows:
            self._store.write_events(rows)
        self._written += len(rows)
        self._rows = []

    def _write_letters(self) -> None:
        self._store.write_dead_letters(self._letters, self._now)
        self._letters = []


def _key(one: Restatement) -> tuple[str, ...]:
    return (one.environment, one.service, one.action_id, one.decided_by)


def open_keeper(folder: Path | None, now: int) -> Keeper:
    """Return what keeps everything in the embedded store in `folder`, or nothing without one.

    Raises `StoreError` where the folder cannot be used.
    """
    return Keeper() if folder is None else StoreKeeper(open_store(folder), now)
