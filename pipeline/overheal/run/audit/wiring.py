"""The order of an audit.

What Kafka says is asked before the ledger is read, and again after the topic was: a worker that
goes on meanwhile only adds to the ledger, and retention only takes from the topic's beginning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from overheal.clock import Clock
from overheal.errors import InputError, TopicError
from overheal.kafka.admin import Admin
from overheal.kafka.reader import Reader
from overheal.model import DAY, HOUR
from overheal.run import config as configuration
from overheal.run.audit.coverage import Bounds, conclude
from overheal.run.audit.lane import Lane
from overheal.run.audit.ledger import Ledger
from overheal.run.audit.looking import Looking
from overheal.run.audit.positions import Standing, ends, firsts, standing
from overheal.run.audit.sweep import sweep
from overheal.run.audit.verdict import Audited, Gaps, LaneAudit
from overheal.run.bounds import Bounds as TimeBounds
from overheal.run.config import Config
from overheal.run.intake import CanonicalIntake
from overheal.run.stored import opened
from overheal.store import Store
from overheal.store.migrate import retention

QUICK, NORMAL, DEEP = "quick", "normal", "deep"

Places = dict[tuple[str, int], Lane]


@dataclass(frozen=True)
class Request:
    """What to audit: a topic (None: that of events) and one partition of it, or all.

    `depth` is `quick` (the topic is read where the store differs only), `normal`, or `deep` (every
    event that is still in Kafka is looked up).
    """

    config: str | None = None
    topic: str | None = None
    partition: int | None = None
    depth: str = NORMAL


def audit(
    request: Request, clock: Clock, entries: Callable[[int], None], records: Callable[[int], None]
) -> Audited:
    """Return what adds up and what does not.

    `entries` and `records` are told how many were read of the ledger and of the topic. Raises
    `ConfigError`, `InputError` where there is no such partition, `TopicError` where the topic is
    made anew meanwhile, `StoreError` and `BrokerError`.
    """
    config = configuration.load(request.config, None, os.environ)
    with opened(config) as store:
        return _Audit(request, config, store, clock).run(entries, records)


class _Audit:
    """One audit under way."""

    def __init__(self, request: Request, config: Config, store: Store, clock: Clock) -> None:
        self._request = request
        self._config = config
        self._store = store
        self._admin = Admin(config.kafka)
        self._topic = request.topic or config.topics.events
        self._now = clock.now()
        self._gaps = Gaps()

    def run(self, entries: Callable[[int], None], records: Callable[[int], None]) -> Audited:
        topic = self._topic
        found = standing(self._admin, topic, self._config.worker.group)
        lows = self._chosen(found.lows if found is not None else {})
        lanes = self._ledger(found, lows, entries)
        present = self._present(lanes, found, lows)
        if found is not None:
            self._kafka(found, present, lows, records)
        for lane in lanes.values():
            _tell_store_only(lane, quick=self._request.depth == QUICK)
        notes = [] if found is not None else [f"{topic} does not exist: from the ledger alone"]
        return Audited(
            topic=topic,
            epoch=found.epoch if found is not None else "",
            at=self._now,
            depth=self._request.depth,
            lanes=[
                lanes[place].audit
                for place in sorted(lanes, key=lambda one: (lanes[one].audit.present, *one))
            ],
            gaps=self._gaps.kept,
            gaps_left_out=self._gaps.left_out,
            notes=notes,
        )

    def _chosen(self, lows: Mapping[int, int]) -> dict[int, int]:
        wanted = self._request.partition
        return {one: low for one, low in lows.items() if wanted is None or one == wanted}

    def _ledger(
        self, found: Standing | None, lows: dict[int, int], entries: Callable[[int], None]
    ) -> Places:
        ledger = Ledger(
            self._store,
            self._topic,
            self._gaps,
            epoch=found.epoch if found is not None else "",
            lows=lows,
            expired_before=self._expired_before(),
            deep=self._request.depth == DEEP,
        )
        lanes = ledger.lanes(self._request.partition, entries)
        if not lanes and not lows:
            what = "" if self._request.partition is None else f"partition {self._request.partition}"
            raise InputError(
                f"neither Kafka nor the ledger knows {what or 'anything'} of {self._topic}; give "
                "--topic and --partition as `overheal topics check` and the configuration have them"
            )
        return lanes

    def _expired_before(self) -> int:
        """Return the moment (µs UTC) before which rows may have been written that are gone."""
        days = retention(self._store._engine)  # noqa: SLF001 - how long it keeps rows
        if days is None:
            return 0
        waited = self._config.topic_settings.retention_days + 1
        return self._now - (days - waited) * DAY

    @staticmethod
    def _present(lanes: Places, found: Standing | None, lows: Mapping[int, int]) -> dict[int, Lane]:
        """Return the lanes of the topic as it is now; partitions without a ledger get one."""
        if found is None:
            return {}
        for partition, low in lows.items():
            if (found.epoch, partition) not in lanes:
                made = LaneAudit(epoch=found.epoch, partition=partition, present=True)
                lanes[found.epoch, partition] = Lane(made, reached=low)
        return {partition: lanes[found.epoch, partition] for partition in lows}

    def _kafka(
        self,
        found: Standing,
        lanes: Mapping[int, Lane],
        lows: Mapping[int, int],
        records: Callable[[int], None],
    ) -> None:
        """Read the topic where that is wanted, and compare it with the ledger."""
        topic, quick = self._topic, self._request.depth == QUICK
        reach = ends(self._admin, topic, list(found.lows))
        starts = {**reach, **(self._suspected(lanes, lows) if quick else lows)}
        settings = self._config.worker
        bounds = TimeBounds(settings.retention_days * DAY, settings.ahead_hours * HOUR)
        intake = CanonicalIntake(self._config.redactor, bounds)
        deep = self._request.depth == DEEP
        looking = Looking(self._store, topic, intake, self._gaps, present=self._now, deep=deep)
        if starts != reach:
            with closing(Reader(self._config.kafka, topic, starts)) as reader:
                sweep(reader, lanes, found.committed, looking, records)
        again = self._admin.describe([topic]).get(topic)
        if again is None or again.epoch != found.epoch:
            raise TopicError(f"{topic}: was made anew during the audit; run it again")
        after = firsts(self._admin, topic, list(lanes))
        for partition, lane in lanes.items():
            looking.leftovers(lane)
            committed = found.committed.get(partition)
            limits = Bounds(lows[partition], after[partition], reach[partition], committed)
            conclude(lane, limits, self._gaps, read=not quick, compacted=found.compacted)

    @staticmethod
    def _suspected(lanes: Mapping[int, Lane], lows: Mapping[int, int]) -> dict[int, int]:
        return {
            partition: max(lows[partition], lane.firsts[min(lane.suspects)])
            for partition, lane in lanes.items()
            if lane.suspects
        }


def _tell_store_only(lane: Lane, *, quick: bool) -> None:
    """Say what rests on the store alone."""
    audit = lane.audit
    if quick or not audit.present:
        audit.store_only = audit.ranges
    if not audit.present:
        audit.note("of an earlier topic of this name: from the ledger and the store alone")
        if audit.elsewhere:
            audit.note(
                f"{audit.elsewhere:,} events have no row of this place any more: a row keeps the "
                "place of the copy stored last, and they were most likely delivered again"
            )
    elif audit.store_only and not quick:
        ranges = "1 range is" if audit.store_only == 1 else f"{audit.store_only:,} ranges are"
        audit.note(f"{ranges} no longer whole in Kafka: checked against the store alone")
    if audit.expired:
        audit.note(f"{audit.expired:,} ranges hold fewer rows: the store keeps them no longer")
